"""Shares on a small machine with a front of its own: real sockets on both sides."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.clock import Clock, SystemClock
from services.contract.share import Audience, ExposeService
from services.database import Database
from services.hero.proxy import ProxyClient
from services.shares.expiries import Expiries
from services.shares.gate import Gate
from services.shares.records import ShareRecords
from services.shares.shares import Shares
from services.shares.targets import Targets
from services.shares.witness import Stranger
from services.state.store import Store
from services.wire.node import LocalNode
from services.wire.outside import Outside
from tests.services.daemons import HttpServer, Request, http
from tests.services.fronts import Front, fronting
from tests.services.machines import Machine, machine

PAGE = b"<!doctype html><title>Whiteboard</title><body><h1>Boards</h1><script>no()</script> for all"
MANIFEST = b'{"protocol":"ui"}'


async def page_handler(request: Request) -> bytes:
    """An app with a page."""
    if request.target == "/":
        return http(PAGE, kind="text/html")
    if request.target.endswith("heroservice.json"):
        return http(MANIFEST)
    return http('{"status":"ok"}') if request.target == "/health" else http("no", 404)


@dataclass
class Sharing:
    sockets: Path
    machine: Machine
    front: Front
    shares: Shares
    records: ShareRecords
    servers: list[HttpServer]
    clock: Clock

    def address(self, name: str) -> str:
        """Return the link of a name."""
        return f"http://{name}.localhost:{self.front.port}/"

    async def add(self, name: str, *paths: str) -> None:
        """Add a service with sockets that show a page."""
        self.machine.supervisor.add(name, sockets=[str(self.sockets / path) for path in paths])
        for path in paths:
            if not os.path.lexists(self.sockets / path):
                server = HttpServer(self.sockets / path, page_handler)
                await server.start()
                self.servers.append(server)
        await self.machine.store.refresh()


def asked(
    service: str = "hero_whiteboard_web", subdomain: str = "mik", **more: Any
) -> ExposeService:
    """Return parameters of `expose_service`; public unless said otherwise, and of any length."""
    given = {"service": service, "subdomain": subdomain, "audience": Audience.PUBLIC}
    ends = {"expires_in_s": more.pop("expires_in_s")} if "expires_in_s" in more else {}
    return ExposeService(**(given | more)).model_copy(update=ends)


def records_of(database: Database) -> ShareRecords:
    """Return the records in `database`, with the file of expiries beside it."""
    return ShareRecords(database, Expiries(database.path.with_name("share.expiries")))


@asynccontextmanager
async def shares_of(
    store: Store, sockets: Path, *, database: Path, domain: str, clock: Clock
) -> AsyncIterator[tuple[Shares, ShareRecords]]:
    """Give the shares of a machine, put together as in a cockpit, and what is kept of them."""
    node = LocalNode()
    kept = await Database.open(database)
    proxy = ProxyClient.at(node, sockets)
    records = records_of(kept)
    gate = Gate(proxy, Targets(node, sockets), domain=domain)
    stranger = Stranger(Outside(node, sockets), node, clock)
    try:
        yield Shares(store, gate, stranger, records, clock=clock), records
    finally:
        await proxy.close()
        await kept.close()


@asynccontextmanager
async def sharing(
    sockets: Path, front: Front | None = None, *, clock: Clock | None = None
) -> AsyncIterator[Sharing]:
    """Run a machine with a whiteboard, a front, and the shares between them."""
    clock = clock or SystemClock()
    async with (
        machine(sockets) as small,
        fronting(sockets, front or Front()) as door,
        shares_of(
            small.store,
            sockets,
            database=sockets / "cockpit.db",
            domain=f"localhost:{door.port}",
            clock=clock,
        ) as (shares, records),
    ):
        made = Sharing(sockets, small, door, shares, records, [], clock)
        await made.add("hero_whiteboard_web", "hero_whiteboard/web.sock")
        try:
            yield made
        finally:
            for server in made.servers:
                await server.stop()
