"""What every part of the cockpit stands on: settings, node, clients, store, database, audit."""

import logging
import tempfile
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from cockpit_app.settings import Settings
from services.apps.catalog import CATALOG
from services.audit.log import AuditLog
from services.clock import Clock, SystemClock
from services.database import Database
from services.defaults import DEFAULTS, Defaults
from services.errors import CockpitError
from services.hero.proc import ProcClient
from services.manifest.file import ManifestFile
from services.state.actions import Actions
from services.state.store import Store
from services.wire.node import Node
from services.wire.outside import Outside

log = logging.getLogger(__name__)

Beginning = Callable[[], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Ground:
    """What everything else stands on."""

    settings: Settings
    node: Node
    names: Defaults
    clock: Clock
    proc: ProcClient
    store: Store
    actions: Actions
    database: Database
    audit: AuditLog
    manifest: ManifestFile
    outside: Outside
    closing: AsyncExitStack
    """Ends what was built, in the opposite order."""
    beginnings: list[Beginning] = field(default_factory=list)
    """What begins to work by itself, once it is sure that this is the machine's only cockpit."""

    def problem(self) -> str:
        """Return what the cockpit itself suffers from now, in words; empty when it is well."""
        return f"{self.database.problem} {self.audit.problem}".strip()


async def open_ground(settings: Settings, node: Node, closing: AsyncExitStack) -> Ground:
    """Open what is needed; `closing` ends it, in the opposite order."""
    names = DEFAULTS.overridden(settings.file.names)
    clock = SystemClock()
    database = await _database(settings.state / "cockpit.db", closing)
    closing.push_async_callback(database.close)
    audit = AuditLog(database, heads=database.path.with_name("audit.heads"), clock=clock)
    await audit.start()
    proc = ProcClient.at(node, settings.sockets, names)
    closing.push_async_callback(proc.close)
    store = Store(proc, node, sockets=settings.sockets, defaults=names)
    closing.push_async_callback(store.close)
    actions = Actions(store, proc)
    closing.push_async_callback(actions.close)
    manifest = ManifestFile(
        settings.root / "cfg" / "cockpit" / "services.toml",
        demo=[app.name for app in CATALOG if not app.always_on],
        always_on=("hero_proc", *(app.name for app in CATALOG if app.always_on)),
    )
    outside = Outside(node, settings.sockets, proxy=settings.file.outside.proxy)
    return Ground(
        settings, node, names, clock, proc, store, actions, database, audit, manifest, outside,
        closing, beginnings=[audit.take_up],
    )  # fmt: skip


async def _database(path: Path, closing: AsyncExitStack) -> Database:
    """Open the database; where it cannot be, one that is forgotten at the end, saying so.

    A full disk must not take the cockpit away from the person who could free it.
    """
    try:
        return await Database.open(path)
    except CockpitError as error:
        log.error("%s Until the next start nothing is kept.", error.message)
        scratch = tempfile.TemporaryDirectory(prefix="hero_cockpit.", ignore_cleanup_errors=True)
        database = await Database.open(Path(closing.enter_context(scratch)) / path.name)
        database.problem = f"{error.message} What is done now is forgotten at the next start."
        return database
