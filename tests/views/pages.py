"""The cockpit's pages on a small machine of real sockets, as somebody with certain rights."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from services.claims import Identity, Right, acting_as
from services.cockpit import Cockpit
from services.handlers.console import ConsoleHandler
from services.handlers.machine import MachineHandler
from services.handlers.service import ServiceHandler
from services.machine.consoles import Consoles
from services.wire.node import LocalNode
from tests.services.machines import Machine, machine
from tests.views.harness import PageUnderTest, open_page
from views.app import make_main

OWNER = Identity(user="mik", right=Right.ADMIN, via="web")
VIEWER = Identity(user="ann", right=Right.READ, via="web")


@dataclass
class Shown:
    """A machine, its cockpit, and one page of it."""

    machine: Machine
    cockpit: Cockpit
    page: PageUnderTest


@asynccontextmanager
async def cockpit_of(machine: Machine) -> AsyncIterator[tuple[Cockpit, Consoles]]:
    """Run the operations of `machine`."""
    consoles = Consoles(LocalNode(), vms=machine.sockets / "vms")
    cockpit = Cockpit(
        [
            ServiceHandler(machine.store, machine.actions),
            ConsoleHandler(consoles),
            MachineHandler(machine.store, home=machine.sockets, version="0"),
        ]
    )
    try:
        yield cockpit, consoles
    finally:
        await consoles.close()


@asynccontextmanager
async def shown(
    sockets: Path, *services: str, who: Identity = OWNER, **page: Any
) -> AsyncIterator[Shown]:
    """Run a machine with running `services` and open one page of its cockpit."""
    async with machine(sockets) as made:
        for name in services:
            await made.add(name)
        async with cockpit_of(made) as (cockpit, consoles):
            with acting_as(who):
                async with open_page(make_main(cockpit, consoles), **page) as opened:
                    yield Shown(made, cockpit, opened)
