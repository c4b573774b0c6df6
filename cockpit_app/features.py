"""Builds the features of the cockpit on their ground; each is one handler and what it needs."""

from collections.abc import Container, Mapping, Sequence
from datetime import datetime
from functools import partial

from cockpit_app import __version__
from cockpit_app.ground import Ground
from cockpit_app.settings import check_settings
from cockpit_app.workshop import Place, Workshop, make_workshop
from services.apps.catalog import CATALOG, find_app
from services.apps.components import Components
from services.archive.export import ExportWork
from services.archive.folder import ExportFolder
from services.archive.loss import Losses
from services.archive.parts import Home
from services.archive.restore_work import RestoreWork
from services.archive.secrets import ProcKeys
from services.audit.sightings import Sightings
from services.audit.timeline import TimeLines
from services.contract.audit import Event, ReadTimeLine
from services.contract.log import LogLine
from services.errors import NotFound
from services.feedback.evidence import EvidenceCollector
from services.feedback.forge import Forge
from services.feedback.reports import Feedback
from services.handlers.archive import ArchiveHandler
from services.handlers.compute import ComputeHandler
from services.handlers.feedback import FeedbackHandler
from services.handlers.manifest import ManifestHandler
from services.handlers.share import ShareHandler
from services.hero.compute import Compute
from services.hero.proxy import ProxyClient
from services.jobs.engine import Jobs
from services.keys.dependants import Dependants
from services.keys.keys import Keys
from services.keys.probe import KeyProbe
from services.keys.providers import Provider, providers
from services.keys.records import KeyRecords
from services.keys.undo import KeyUndo
from services.keys.vault import KeyVault
from services.machine.facts import shortages
from services.machine.logs import Logs
from services.manifest.keeping import Keeping
from services.shares.expiries import Expiries
from services.shares.gate import Gate
from services.shares.keeper import ShareKeeper
from services.shares.records import ShareRecords
from services.shares.shares import Shares
from services.shares.targets import Targets
from services.shares.witness import Stranger


def workshop_of(ground: Ground) -> Workshop:
    """Return the jobs, and what installs and upgrades."""
    place = Place(
        root=ground.settings.root,
        sockets=ground.settings.sockets,
        node=ground.node,
        proc=ground.proc,
        clock=ground.clock,
        names=ground.names,
    )
    return make_workshop(
        place,
        database=ground.database,
        store=ground.store,
        outside=ground.outside,
        forge=ground.settings.file.forge.address,
        kept=ground.manifest.enabled_apps,
        keep=ground.manifest.keep,
    )


def manifest_handler(ground: Ground) -> ManifestHandler:
    """Return what edits the manifest."""
    known = [app.name for app in CATALOG]
    keeping = Keeping(ground.manifest, ground.proc, ground.store, known=known)
    return ManifestHandler(ground.manifest, keeping)


def providers_of(ground: Ground) -> Sequence[Provider]:
    """Return the table of providers, at the addresses that the settings give."""
    file = ground.settings.file
    return providers(
        ground.names, file.providers, forge=file.forge.address, feedback=file.forge.feedback
    )


def keys_of(ground: Ground, table: Sequence[Provider]) -> Keys:
    """Return the keys, and have former values erased when their time is up."""
    vault, records = KeyVault(ground.proc, ground.names), KeyRecords(ground.database)
    undo = KeyUndo(vault, records, ground.clock)
    ground.beginnings.append(undo.start)
    ground.closing.push_async_callback(undo.close)
    users = {p.key: tuple(app.name for app in CATALOG if p.key in app.uses_keys) for p in table}
    probe = KeyProbe(ground.outside, table, ground.clock)
    dependants = Dependants(ground.store, ground.actions, users)
    return Keys(table, vault, records, undo, probe, dependants, ground.clock)


def share_handler(ground: Ground) -> ShareHandler:
    """Return what shares, and have shares closed when their time is up."""
    settings, clock = ground.settings, ground.clock
    proxy = ProxyClient.at(ground.node, settings.sockets, ground.names)
    ground.closing.push_async_callback(proxy.close)
    gate = Gate(
        proxy,
        Targets(ground.node, settings.sockets),
        domain=settings.share_domain,
        oauth_provider=settings.file.share.oauth_provider,
    )
    stranger = Stranger(ground.outside, ground.node, clock)
    records = ShareRecords(ground.database, Expiries(settings.state / "share.expiries"))
    shares = Shares(ground.store, gate, stranger, records, clock=clock)
    keeper = ShareKeeper(shares, clock, ground.audit)
    ground.beginnings.append(keeper.start)
    ground.closing.push_async_callback(keeper.close)
    return ShareHandler(shares)


def feedback_handler(
    ground: Ground, *, keys: Keys, components: Components, lines: TimeLines, logs: Logs
) -> FeedbackHandler:
    """Return what collects evidence and files reports."""

    async def versions() -> Mapping[str, str]:
        return {component.name: component.version for component in await components.list()}

    async def events(since: datetime) -> Sequence[Event]:
        return (await lines.read(ReadTimeLine(since=since, limit=1000))).events

    async def last_lines(name: str, count: int) -> Sequence[LogLine]:
        return (await logs.read(name, lines=count)).lines

    collector = EvidenceCollector(
        ground.store, ground.clock, versions=versions, time_line=events, logs=last_lines
    )
    table = ground.settings.file.forge
    forge = Forge(ground.outside, address=table.address, repo=table.feedback, page=table.page)
    feedback = Feedback(
        forge, collector, ground.clock, secrets=keys.live_values, tokens=[keys.forge_token]
    )
    return FeedbackHandler(feedback)


def archive_handler(
    ground: Ground,
    jobs: Jobs,
    table: Sequence[Provider],
    *,
    keys: Keys,
    components: Components,
    owners: Container[str],
) -> ArchiveHandler:
    """Return what exports and restores; registers both kinds of jobs."""
    store = ProcKeys(ground.proc, table, put=keys.set)
    home = Home(ground.settings.root, ground.database, store, ground.manifest)
    folder = ExportFolder(ground.settings.state / "exports", ground.database, clock=ground.clock)
    export = ExportWork(
        home,
        folder,
        components=components.list,
        version=__version__,
        clock=ground.clock,
        check_settings=check_settings,
    )
    restore = RestoreWork(home, folder, clock=ground.clock, check_settings=check_settings)
    jobs.register(export)
    jobs.register(restore)
    losses = Losses(home, folder, clock=ground.clock)
    return ArchiveHandler(jobs, folder, losses, export=export, restore=restore, owners=owners)


def compute_handler(ground: Ground) -> ComputeHandler:
    """Return what knows the virtual machines."""
    settings = ground.settings
    compute = Compute.at(ground.node, settings.sockets, vms=settings.vms, defaults=ground.names)
    ground.closing.push_async_callback(compute.close)
    return ComputeHandler(compute)


def note_sightings(ground: Ground) -> None:
    """Have what happens by itself noted, watched or not."""
    short = partial(shortages, ground.settings.root)
    sightings = Sightings(ground.database, ground.store, shortages=short, clock=ground.clock)
    ground.beginnings.append(sightings.start)
    ground.closing.push_async_callback(sightings.close)


def time_lines(ground: Ground) -> TimeLines:
    """Return the time line, which knows who uses which key and who leans on whom."""
    return TimeLines(ground.database, ground.store, keys_of=_keys_of_app, needs_of=_needs_of_app)


def _keys_of_app(name: str) -> Sequence[str]:
    try:
        return find_app(name).uses_keys
    except NotFound:
        return ()


def _needs_of_app(name: str) -> Sequence[str]:
    return tuple(app.name for app in CATALOG if app.always_on and app.name != name)
