"""Turns the parameters of an operation into those of a command, and what was typed back again.

What must be given stands by place, all else by name. A secret is never an argument: it would stand
in the shell's history and in the list of processes.
"""

import re
import sys
from collections.abc import Mapping
from enum import Enum
from types import NoneType
from typing import Annotated, Any, get_args, get_origin

import click
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cockpit_app.cli.completion import complete
from services.api import Operation

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 24 * 3600, "w": 7 * 24 * 3600}
_NEVER = "never"


def parameters_of(operation: Operation[Any, Any]) -> list[click.Parameter]:
    """Return the parameters of the command for `operation`."""
    made = (_parameter(operation, name, f) for name, f in operation.params.model_fields.items())
    return [parameter for parameter in made if parameter is not None]


def values_of(operation: Operation[Any, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parameters that were given, secrets asked for; raises click.UsageError."""
    values: dict[str, Any] = {}
    for name, info in operation.params.model_fields.items():
        said = given.get(name)
        if is_secret(info):
            if info.is_required() or said:
                values[name] = ask_secret(name, confirm=name == "passphrase")
        elif _is_duration(name, info) and isinstance(said, str):
            values[name] = seconds(said)
        elif said is not None and said != ():
            values[name] = said
    return values


def as_typed(operation: Operation[Any, Any], message: str) -> str:
    """Return a message about parameters with the options that a person typed instead."""
    options = {o.name: o for o in parameters_of(operation) if isinstance(o, click.Option)}

    def typed(found: re.Match[str]) -> str:
        option = options.get(found[1])
        if option is None:
            return found[0]
        unit = (
            " (in seconds)"
            if _is_duration(found[1], operation.params.model_fields[found[1]])
            else ""
        )
        return f"The option {option.opts[0]}{unit}"

    return re.sub(r"The parameter (\w+)", typed, message)


def ask_secret(name: str, *, confirm: bool = False) -> str:
    """Return a secret typed without an echo, or the first line of standard input."""
    if sys.stdin.isatty():
        typed: str = click.prompt(
            name.capitalize(), hide_input=True, confirmation_prompt=confirm, err=True
        )
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise click.UsageError(f"The {name} is read from standard input, and nothing came.")
    return line


def is_secret(info: FieldInfo) -> bool:
    """Tell whether a field is a secret."""
    return _plain(info) is SecretStr


def is_asked_for(info: FieldInfo) -> bool:
    """Tell whether a field is a secret that must be given: it never stands on a command line."""
    return is_secret(info) and info.is_required()


def seconds(text: str) -> float | None:
    """Return what `90`, `15m`, `2h`, `3d` or `never` stands for; raises click.UsageError."""
    if text.strip().lower() == _NEVER:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([smhdw]?)", text.strip().lower())
    if found is None:
        raise click.UsageError(f"{text!r} is no duration; say 90, 15m, 2h, 3d or never.")
    return float(found[1]) * _UNITS[found[2] or "s"]


def _parameter(
    operation: Operation[Any, Any], name: str, info: FieldInfo
) -> click.Parameter | None:
    if is_secret(info):
        if is_asked_for(info):
            return None
        ask = f"Ask for it: {_described(info)}"
        return click.Option([f"--ask-{name}", name], is_flag=True, help=ask)
    several = get_origin(_plain(info)) is tuple
    if info.is_required() or (several and name == operation.target):
        return click.Argument(
            [name],
            required=info.is_required(),
            nargs=-1 if several else 1,
            shell_complete=complete(operation, name),
        )
    return _option(operation, name, info, several=several)


def _option(
    operation: Operation[Any, Any], name: str, info: FieldInfo, *, several: bool
) -> click.Option:
    duration = _is_duration(name, info)
    flag = "--" + (name.removesuffix("_s") if duration else name).replace("_", "-")
    if bool in (_plain(info), *get_args(_plain(info))):
        return click.Option([f"{flag}/--no-{flag[2:]}", name], default=None, help=_described(info))
    return click.Option(
        [flag, name],
        default=None,
        multiple=several,
        type=_type(info),
        metavar="90|15m|2h|3d|never" if duration else None,
        help=_described(info),
        shell_complete=complete(operation, name),
    )


def _type(info: FieldInfo) -> click.ParamType[Any]:
    """Return a choice where there are few values; the rest is checked with the operation."""
    for kind in (_plain(info), *get_args(_plain(info))):
        if isinstance(kind, type) and issubclass(kind, Enum):
            return click.Choice([member.value for member in kind])
    return click.STRING


def _described(info: FieldInfo) -> str:
    default = info.get_default(call_default_factory=True)
    shown = default.value if isinstance(default, Enum) else default
    if shown in (None, "", ()) or isinstance(shown, bool):
        return info.description or ""
    return f"{info.description or ''} Default: {shown}."


def _plain(info: FieldInfo) -> Any:
    """Return the type of a field without its annotations and without None."""
    kind = info.annotation
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    rest = [inner for inner in get_args(kind) if inner is not NoneType]
    return rest[0] if NoneType in get_args(kind) and len(rest) == 1 else kind


def _is_duration(name: str, info: FieldInfo) -> bool:
    return name.endswith("_s") and _plain(info) in (int, float)
