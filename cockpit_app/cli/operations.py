"""Commands made from the registry: one group per noun, one command per operation."""

from collections.abc import Callable
from typing import Any

import click
from pydantic.fields import FieldInfo

from cockpit_app.cli.output import show
from cockpit_app.cli.target import target_of, target_options
from services.api import Operation
from services.contract.service import ServiceList
from services.errors import Unreachable
from services.operations import OPERATIONS
from services.params import read_params

GROUPS = {
    "services": "What runs on this machine.",
    "consoles": "Consoles that live in the cockpit.",
    "system": "The machine and you.",
}


def add_operations(root: click.Group) -> None:
    """Add a command for every operation to `root`."""
    groups: dict[str, click.Group] = {}
    for operation in OPERATIONS.values():
        noun, verb = operation.command
        if noun not in groups:
            groups[noun] = click.Group(noun, help=GROUPS.get(noun, ""))
            root.add_command(groups[noun])
        groups[noun].add_command(command_of(operation), verb)


def command_of(operation: Operation[Any, Any]) -> click.Command:
    """Return the command for one operation: required parameters by place, others by name."""
    fields = operation.params.model_fields
    return target_options(
        click.Command(
            operation.command[1],
            callback=click.pass_context(_carry_out(operation)),
            params=[_parameter(name, info) for name, info in fields.items()],
            help=f"{operation.summary}.",
            epilog=f"The same over JSON-RPC: {operation.name}",
        )
    )


def _carry_out(operation: Operation[Any, Any]) -> Callable[..., None]:
    def callback(context: click.Context, **given: Any) -> None:
        said = {name: value for name, value in given.items() if value is not None}
        params = read_params(operation.params, said)
        target = target_of(context)
        result = target.call(operation, params)
        show(result, json=target.json)
        if isinstance(result, ServiceList) and not result.source.reachable:
            raise Unreachable(f"What is shown may have changed: {result.source.sentence}")

    return callback


def _parameter(name: str, info: FieldInfo) -> click.Parameter:
    if info.is_required():
        return click.Argument([name])
    flag = "--" + name.replace("_", "-")
    if isinstance(info.default, bool):
        return click.Option([f"{flag}/--no-{flag[2:]}", name], default=None, help=info.description)
    return click.Option([flag, name], default=None, help=info.description)
