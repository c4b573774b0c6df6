"""Upgrades and installs: the works of the jobs `upgrade` and `install`, over one exchange each."""

import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final

from services.apps.apps import AppHere, Apps
from services.apps.catalog import find_app
from services.contract.job import ItemState, Job, JobItem
from services.contract.upgrade import Catalog, ListCatalog, Upgrade, UpgradePlan
from services.errors import CockpitError, Refused
from services.jobs.engine import Jobs
from services.jobs.records import OPEN
from services.jobs.run import Run
from services.upgrades.exchange import Exchange
from services.upgrades.phases import Order
from services.upgrades.plan import Planner

log = logging.getLogger(__name__)

UPGRADE, INSTALL = "upgrade", "install"

Keep = Callable[[str], Awaitable[object]]
"""Has the manifest keep an app."""

_WORDS: Final = {
    ItemState.DONE: "renewed",
    ItemState.FAILED: "not changed",
    ItemState.ROLLED_BACK: "put back",
    ItemState.BROKEN: "broken",
}


class Upgrades:
    """What is done with apps as a whole: listing, planning, starting the jobs."""

    def __init__(self, *, apps: Apps, planner: Planner, jobs: Jobs) -> None:
        self._apps = apps
        self._planner = planner
        self._jobs = jobs

    async def catalog(self, wish: ListCatalog) -> Catalog:
        """Return the apps that fit `wish`, in the order of their titles."""
        entries = [standing.as_entry() for standing in await self._apps.standings()]
        sought = wish.filter.casefold().strip()
        fitting = [
            entry
            for entry in entries
            if (wish.installed is None or entry.installed is wish.installed)
            and any(
                sought in text.casefold() for text in (entry.name, entry.title, entry.description)
            )
        ]
        return Catalog(
            apps=tuple(sorted(fitting, key=lambda entry: entry.title.casefold())),
            sentence=self._apps.trouble,
        )

    async def plan(self, wish: Upgrade) -> UpgradePlan:
        """Return what an upgrade would change; raises NotFound for a name not in the catalog."""
        plan, _ = await self._planner.plan(wish)
        return plan

    async def upgrade(self, wish: Upgrade) -> Job:
        """Start an upgrade; raises Refused when there is nothing to do or it may not start."""
        plan, due = await self._planner.plan(wish)
        if not plan.may_start:
            raise Refused(plan.sentence)
        titles = ", ".join(standing.app.title for standing in due)
        return await self._start(UPGRADE, f"Upgrade of {titles}", due)

    async def install(self, name: str) -> Job:
        """Start the install of an app.

        Raises NotFound for a name not in the catalog, Refused when all of it is here already.
        """
        (standing,) = await self._apps.standings([find_app(name)])
        if standing.installed.is_whole:
            raise Refused(f"{name} is installed already. Upgrade it instead.")
        return await self._start(INSTALL, f"Install of {standing.app.title}", [standing])

    async def _start(self, kind: str, title: str, due: Sequence[AppHere]) -> Job:
        orders = {
            standing.app.name: {"channel": standing.channel, "available": standing.available}
            for standing in due
        }
        return await self._jobs.start(
            kind, title=title[:200], items=list(orders), plan={"orders": orders}
        )


class UpgradeWork:
    """Exchanges the builds of several apps, one after the other; one failure stops no other."""

    kind = UPGRADE

    def __init__(self, exchange: Exchange, *, own_app: str) -> None:
        self._exchange = exchange
        self._own_app = own_app

    async def carry_out(self, run: Run) -> str:
        """Do every item that has not ended; before each a person may have it stop."""
        for place, item in enumerate(run.items):
            if item.state not in OPEN:
                continue
            if item.state is ItemState.WAITING and run.stopping:
                break
            await self._exchange.carry_out(run, place, _order(run, item, self._own_app))
        return _closing(run.items)


class InstallWork:
    """Installs one app, and has the manifest keep it."""

    kind = INSTALL

    def __init__(self, exchange: Exchange, *, keep: Keep, own_app: str) -> None:
        self._exchange = exchange
        self._keep = keep
        self._own_app = own_app

    async def carry_out(self, run: Run) -> str:
        """Exchange nothing for the newest build; what fails leaves nothing behind."""
        (item,) = run.items
        if item.state in OPEN:
            await self._exchange.carry_out(run, 0, _order(run, item, self._own_app))
        (item,) = run.items
        if item.state is not ItemState.DONE:
            return f"{item.name} was not installed. {item.sentence}"
        try:
            await self._keep(item.name)
        except CockpitError as error:
            log.warning("%s could not be put into the manifest: %s", item.name, error.message)
            return f"{item.name} is installed, but the manifest does not keep it: {error.message}"
        return f"{item.name} is installed. {item.sentence}"


def _order(run: Run, item: JobItem, own_app: str) -> Order:
    noted: dict[str, Any] = run.plan["orders"][item.name]
    return Order(
        app=find_app(item.name),
        channel=noted["channel"],
        available=noted["available"],
        own=item.name == own_app,
    )


def _closing(items: Sequence[JobItem]) -> str:
    """Return the whole in one sentence: how many apps ended how, and which need a look."""
    counted = Counter(item.state for item in items)
    parts = [f"{counted[state]} {word}" for state, word in _WORDS.items() if counted[state]]
    left = counted[ItemState.WAITING] + counted[ItemState.SKIPPED]
    if left:
        parts.append(f"{left} not begun")
    broken = [item.name for item in items if item.state is ItemState.BROKEN]
    look = f" Look at {', '.join(broken)} now." if broken else ""
    return f"Of {len(items)} app{'s' if len(items) != 1 else ''}: {', '.join(parts)}.{look}"
