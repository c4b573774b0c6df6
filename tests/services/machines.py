"""A small machine of real sockets: a hero_proc, and services that come and go with its actions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.clock import Clock
from services.defaults import DEFAULTS
from services.hero.proc import ProcClient
from services.hero.socket_names import candidates
from services.state.actions import Actions
from services.state.store import Pace, Store
from services.state.truth import Action
from services.wire.node import LocalNode
from services.wire.rpc import RpcClient
from tests.services.daemons import HttpServer, Supervisor, health_handler

QUICK = Pace(poll_s=0.05, pending_s=0.02, linger_s=0.1, patience_s=0.05)


@dataclass
class Machine:
    sockets: Path
    store: Store
    actions: Actions
    proc: ProcClient
    supervisor: Supervisor
    daemon: HttpServer
    running: dict[str, HttpServer] = field(default_factory=dict)

    def web_socket(self, name: str) -> Path:
        return self.sockets / name / "web.sock"

    async def add(self, name: str, **members: Any) -> None:
        """Add a service with a web socket that answers."""
        self.supervisor.add(name, sockets=[str(self.web_socket(name))], **members)
        await self.serve(name)

    async def serve(self, name: str) -> None:
        server = HttpServer(self.web_socket(name), health_handler)
        self.web_socket(name).unlink(missing_ok=True)
        await server.start()
        self.running[name] = server

    async def end(self, name: str) -> None:
        """End the service's process in an orderly way: its socket goes with it."""
        if server := self.running.pop(name, None):
            await server.stop()
            self.web_socket(name).unlink(missing_ok=True)

    async def follow(self, action: str, name: str) -> None:
        """Do to the socket what the supervisor does to the process."""
        if action in {"stop", "restart"}:
            await self.end(name)
        if action in {"start", "restart"}:
            await self.serve(name)


@asynccontextmanager
async def machine(
    sockets: Path, *, clock: Clock | None = None, pace: Pace = QUICK, **switches: Any
) -> AsyncIterator[Machine]:
    supervisor = Supervisor(**switches)
    daemon = HttpServer(sockets / "hero_proc" / "rpc.sock", supervisor.handler())
    await daemon.start()
    places = candidates(sockets, DEFAULTS.proc_sockets)
    node = LocalNode()
    proc = ProcClient(RpcClient(node, places, daemon="hero_proc"))
    store = Store(proc, node, sockets=sockets, clock=clock, pace=pace)
    made = Machine(sockets, store, Actions(store, proc), proc, supervisor, daemon)
    supervisor.on_change = made.follow
    try:
        yield made
    finally:
        await made.actions.close()
        await store.close()
        await proc.close()
        await daemon.stop()
        for name in list(made.running):
            await made.end(name)


async def no_mark(name: str, action: Action | None) -> None:
    """Show nothing of what is done with a service: nobody watches a store here."""
