"""The service layer of one machine: built for as long as it is served, and ended in order."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial

from cockpit_app import __version__
from cockpit_app.features import (
    archive_handler,
    compute_handler,
    feedback_handler,
    keys_of,
    manifest_handler,
    note_sightings,
    providers_of,
    share_handler,
    time_lines,
    workshop_of,
)
from cockpit_app.ground import Ground, open_ground
from cockpit_app.only_cockpit import only_cockpit
from cockpit_app.settings import Settings
from services.apps.components import Components
from services.apps.receipts import Shelf
from services.claims import RightsTable
from services.cockpit import Cockpit
from services.handlers.audit import AuditHandler
from services.handlers.console import ConsoleHandler
from services.handlers.job import JobHandler
from services.handlers.key import KeyHandler
from services.handlers.log import LogHandler
from services.handlers.machine import MachineHandler
from services.handlers.service import ServiceHandler
from services.handlers.upgrade import UpgradeHandler
from services.machine.consoles import Consoles
from services.machine.logs import Logs
from services.manifest.owners import Owners
from services.wire.node import Node


@dataclass(frozen=True, slots=True)
class Parts:
    """The cockpit of one machine, ready to be shown."""

    cockpit: Cockpit
    consoles: Consoles
    rights: RightsTable
    """Which claims give which right; the owner is whom the manifest names at that moment."""
    begin: Callable[[], Awaitable[None]]
    """Takes up jobs and starts what works by itself; Refused beside another cockpit."""


@asynccontextmanager
async def open_parts(settings: Settings, node: Node) -> AsyncIterator[Parts]:
    """Build everything and end it all afterwards; nothing works by itself before `begin`."""
    # Freed last of all: until everything has ended, jobs and changes may be under way.
    with ExitStack() as held:
        async with AsyncExitStack() as closing:
            ground = await open_ground(settings, node, closing)
            consoles = Consoles(node, vms=settings.vms, keep_s=settings.file.console.keep_s)
            closing.push_async_callback(consoles.close)
            owners = Owners(settings.file.rights.owners, ground.manifest)
            handlers = _handlers(ground, consoles, owners)
            cockpit = Cockpit(handlers, ground.audit, clock=ground.clock)
            closing.push_async_callback(cockpit.close)
            rights = replace(settings.rights, owners=owners)
            yield Parts(cockpit, consoles, rights, begin=partial(_begin, ground, held))


async def _begin(ground: Ground, held: ExitStack) -> None:
    held.enter_context(only_cockpit(ground.settings.lock))
    for beginning in ground.beginnings:
        await beginning()


def _handlers(ground: Ground, consoles: Consoles, owners: Owners) -> list[object]:
    settings, store = ground.settings, ground.store
    shelf = Shelf(settings.root, receipts=ground.names.receipts)
    components = Components(store, shelf, own_app=ground.names.own_app, version=__version__)
    logs, lines, table = Logs(ground.proc, settings.logs), time_lines(ground), providers_of(ground)
    keys, workshop = keys_of(ground, table), workshop_of(ground)
    machine = MachineHandler(
        store,
        home=settings.root,
        version=__version__,
        components=components.list,
        manifest=ground.manifest.read,
        problem=ground.problem,
    )
    handlers: list[object] = [
        ServiceHandler(store, ground.actions),
        manifest_handler(ground),
        LogHandler(logs),
        UpgradeHandler(workshop.upgrades),
        JobHandler(workshop.jobs),
        KeyHandler(keys),
        share_handler(ground),
        feedback_handler(ground, keys=keys, components=components, lines=lines, logs=logs),
        machine,
        archive_handler(
            ground, workshop.jobs, table, keys=keys, components=components, owners=owners
        ),
        AuditHandler(ground.audit, lines),
        compute_handler(ground),
        ConsoleHandler(consoles),
    ]
    note_sightings(ground)
    ground.beginnings.append(workshop.jobs.take_up)
    ground.closing.push_async_callback(workshop.jobs.close)
    return handlers
