"""Puts the parts together that install and upgrade apps on one machine."""

from dataclasses import dataclass
from pathlib import Path

from services.apps.apps import Apps, Kept
from services.apps.receipts import Shelf
from services.apps.releases import Releases
from services.clock import Clock
from services.database import Database
from services.defaults import Defaults
from services.hero.proc import ProcClient
from services.jobs.engine import Jobs
from services.state.store import Store
from services.upgrades.exchange import Exchange
from services.upgrades.handover import Handover
from services.upgrades.lab import Lab
from services.upgrades.plan import Planner
from services.upgrades.preflight import Preflight
from services.upgrades.proof import Proof
from services.upgrades.trial import Mark, Trial
from services.upgrades.works import InstallWork, Keep, Upgrades, UpgradeWork
from services.wire.node import Node
from services.wire.outside import Outside


@dataclass(frozen=True, slots=True)
class Place:
    """Where everything of one machine is, and who answers there."""

    root: Path
    sockets: Path
    node: Node
    proc: ProcClient
    clock: Clock
    names: Defaults


@dataclass(frozen=True, slots=True)
class Workshop:
    """The jobs of one machine, with those kinds registered that install and upgrade."""

    jobs: Jobs
    """Take up what was left once everything else is there; close it before all it works with."""
    upgrades: Upgrades


def make_trial(place: Place, mark: Mark) -> Trial:
    """Return what restarts services and proves that they serve."""
    proof = Proof(place.proc, place.node, place.clock, sockets=place.sockets, defaults=place.names)
    return Trial(place.proc, proof, place.clock, mark)


def make_workshop(
    place: Place,
    *,
    database: Database,
    store: Store,
    outside: Outside,
    forge: str,
    kept: Kept,
    keep: Keep,
) -> Workshop:
    """Build the parts; `kept` gives the apps that the manifest keeps, `keep` adds one."""
    jobs = Jobs(database, place.clock)
    shelf = Shelf(place.root, receipts=place.names.receipts)
    releases = Releases(outside, place.clock, forge=forge)
    exchange = Exchange(
        shelf=shelf,
        saved=place.root / "var" / "hero_cockpit" / "builds",
        lab=Lab(place.proc, place.clock, shelf=shelf, defaults=place.names),
        trial=make_trial(place, store.mark),
        handover=Handover(
            place.proc, place.clock, root=place.root, sockets=place.sockets, defaults=place.names
        ),
    )
    jobs.register(UpgradeWork(exchange, own_app=place.names.own_app))
    jobs.register(InstallWork(exchange, keep=keep, own_app=place.names.own_app))
    apps = Apps(shelf=shelf, store=store, releases=releases, kept=kept)
    preflight = Preflight(
        shelf=shelf, proc=place.proc, releases=releases, jobs=jobs, defaults=place.names
    )
    return Workshop(jobs, Upgrades(apps=apps, planner=Planner(apps, preflight), jobs=jobs))
