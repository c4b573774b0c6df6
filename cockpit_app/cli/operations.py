"""Commands made from the registry: one group per noun, one command per operation."""

from collections.abc import Callable
from typing import Any

import click

from cockpit_app.cli.follow import follow
from cockpit_app.cli.output import show
from cockpit_app.cli.parameters import as_typed, is_asked_for, parameters_of, values_of
from cockpit_app.cli.target import target_of, target_options
from services.api import Operation
from services.contract.key import KeyReason, KeyTest
from services.contract.service import ServiceList
from services.contract.share import CLOSE_SHARES, ShareState
from services.errors import Invalid, Unreachable
from services.operations import OPERATIONS
from services.params import read_params

GROUPS = {
    "services": "What runs on this machine.",
    "manifest": "Which apps this machine keeps.",
    "apps": "What can be installed.",
    "upgrade": "Newer builds, with a way back.",
    "jobs": "Upgrades, installs, exports: work that goes on by itself.",
    "keys": "Your own keys for AI providers; they go in and never come out.",
    "shares": "Services that others may open under a name.",
    "feedback": "Tell the makers.",
    "system": "The machine and you.",
    "export": "Take your data home.",
    "audit": "Who changed what, and what happened by itself.",
    "vms": "Virtual machines of this host.",
    "consoles": "Consoles that live in the cockpit.",
}


def add_operations(root: click.Group) -> None:
    """Add a command for every operation to `root`."""
    for operation in OPERATIONS.values():
        noun, verb = operation.command
        group = root.commands.get(noun)
        if not isinstance(group, click.Group):
            group = click.Group(noun, help=GROUPS[noun])
            root.add_command(group)
        group.add_command(command_of(operation), verb)


def command_of(operation: Operation[Any, Any]) -> click.Command:
    """Return the command for one operation."""
    params = parameters_of(operation)
    if operation.starts_job:
        params.append(_FOLLOW)
    return target_options(
        click.Command(
            operation.command[1],
            callback=click.pass_context(_carry_out(operation)),
            params=params,
            help=_help(operation),
            epilog=f"The same over JSON-RPC: {operation.name}",
        )
    )


def _help(operation: Operation[Any, Any]) -> str:
    asked = [name for name, f in operation.params.model_fields.items() if is_asked_for(f)]
    hint = "".join(
        f"\n\nThe {name} is asked for, or read from the first line of standard input."
        for name in asked
    )
    return f"{operation.summary}.{hint}"


_FOLLOW = click.Option(
    ["--follow/--no-follow", "follow_job"],
    default=True,
    help="Stay and show how it goes on; it goes on without you too.",
)


def _carry_out(operation: Operation[Any, Any]) -> Callable[..., None]:
    def callback(context: click.Context, follow_job: bool = False, **given: Any) -> None:
        try:
            params = read_params(operation.params, values_of(operation, given))
        except Invalid as error:
            raise click.UsageError(as_typed(operation, error.message), context) from error
        target = target_of(context)
        result = target.call(operation, params)
        if follow_job and not target.json:
            context.exit(follow(target, result.id))
        show(result, json=target.json)
        if _is_bad(operation, result):
            context.exit(1)
        if isinstance(result, ServiceList) and not result.source.reachable:
            raise Unreachable(f"What is shown may have changed: {result.source.sentence}")

    return callback


def _is_bad(operation: Operation[Any, Any], result: Any) -> bool:
    """Tell whether an answer says that what was asked for is not so; a script must notice."""
    if isinstance(result, KeyTest):
        return result.reason is not KeyReason.WORKS
    if operation is CLOSE_SHARES:
        return any(share.state is not ShareState.CLOSED for share in result.shares)
    return False
