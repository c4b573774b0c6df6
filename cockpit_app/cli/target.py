"""The options that every command shares: which cockpit to ask, and how to print its answer."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

import click
from pydantic import BaseModel

from cockpit_app.settings import read_settings
from services.api import Operation
from services.errors import Unreachable
from services.remote import Remote
from services.wire.node import LocalNode

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)
F = TypeVar("F", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Target:
    """Which cockpit a command asks, and whether it prints JSON."""

    socket: Path | None = None
    """An `rpc.sock`; None for the one of this machine's socket directory."""
    json: bool = False

    @property
    def rpc_socket(self) -> Path:
        """The socket to ask, as an absolute path."""
        return self.socket.absolute() if self.socket else read_settings().rpc_socket

    def remote(self) -> Remote:
        """Return the cockpit's operations, spoken over its socket.

        Raises Unreachable when there is no such socket.
        """
        with suppress(OSError):  # what may not be looked at is told when it is opened
            if not self.rpc_socket.exists():
                raise Unreachable(self._absence())
        return Remote(LocalNode(), self.rpc_socket)

    def _absence(self) -> str:
        if self.socket:
            return f"There is no socket {self.rpc_socket}. Name that of a running cockpit."
        return (
            f"No cockpit runs here: there is no {self.rpc_socket}. Start it: hero_cockpit "
            "--start. For another Hero folder set PATH_ROOT to it."
        )

    def call(self, operation: Operation[P, R], params: P) -> R:
        """Carry one operation out and wait for its result; raises CockpitError."""

        async def once() -> R:
            async with self.remote() as remote:
                return await remote.call(operation, params)

        return asyncio.run(once())


def target_options(command: F) -> F:
    """Give a command `--socket` and `--json`; both may also stand before the command."""
    json_option = click.option(
        "--json", "as_json", is_flag=True, expose_value=False, callback=_keep_json,
        help="Print the answer as JSON.",
    )  # fmt: skip
    socket_option = click.option(
        "--socket", type=click.Path(path_type=Path), expose_value=False, callback=_keep_socket,
        metavar="PATH", help="The rpc.sock to ask; default: the one of this machine.",
    )  # fmt: skip
    return json_option(socket_option(command))


def target_of(context: click.Context) -> Target:
    """Return what the shared options of this command line say."""
    target = context.find_object(Target)
    return target or Target()


def _keep_json(context: click.Context, _: click.Parameter, value: bool) -> None:
    if value:
        context.obj = replace(target_of(context), json=True)


def _keep_socket(context: click.Context, _: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.obj = replace(target_of(context), socket=value)
