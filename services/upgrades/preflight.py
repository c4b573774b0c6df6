"""Looks before an upgrade begins: is there room, does hero_proc answer, is `lab` there."""

import asyncio
import shutil
from collections.abc import Sequence

from services.apps.catalog import App
from services.apps.receipts import Shelf
from services.apps.releases import Releases
from services.contract.upgrade import Check
from services.defaults import Defaults
from services.errors import CockpitError
from services.hero.proc import ProcClient
from services.jobs.engine import Jobs
from services.text.amounts import size_text

LEAST_FREE_BYTES = 1_000_000_000
BUILDS_TIMES = 3
"""A build is there three times at most: as it serves, as it is kept, as it is being written."""
MUST = frozenset({"disk", "supervisor", "other job"})
"""Checks without which nothing is begun; the others only tell what may go wrong."""


class Preflight:
    """The checks of one machine."""

    def __init__(
        self, *, shelf: Shelf, proc: ProcClient, releases: Releases, jobs: Jobs, defaults: Defaults
    ) -> None:
        self._shelf = shelf
        self._proc = proc
        self._releases = releases
        self._jobs = jobs
        self._lab_name = defaults.lab

    async def look(self, apps: Sequence[App]) -> tuple[Check, ...]:
        """Return what was found; `apps` are those that would be built."""
        checks = (self._disk(apps), self._supervisor(), self._lab(), self._network(), self._job())
        return tuple(await asyncio.gather(*checks))

    async def _disk(self, apps: Sequence[App]) -> Check:
        try:
            free, needed = await asyncio.to_thread(self._room, apps)
        except OSError as error:
            says = f"The free space could not be told ({error.strerror})."
            return Check(name="disk", says=says)
        says = f"{size_text(free)} are free, and {size_text(needed)} are needed."
        if free < needed:
            return Check(name="disk", ok=False, says=f"{says} Free some space first.")
        return Check(name="disk", ok=True, says=says)

    def _room(self, apps: Sequence[App]) -> tuple[int, int]:
        paths = [self._shelf.programs / name for app in apps for name in self._shelf.names_of(app)]
        built = sum(path.stat().st_size for path in paths if path.is_file())
        needed = max(LEAST_FREE_BYTES, BUILDS_TIMES * built)
        return shutil.disk_usage(self._shelf.root).free, needed

    async def _supervisor(self) -> Check:
        try:
            await self._proc.list()
        except CockpitError as error:
            return Check(name="supervisor", ok=False, says=error.message)
        return Check(name="supervisor", ok=True, says="hero_proc answers.")

    async def _lab(self) -> Check:
        place = await asyncio.to_thread(self._shelf.find_lab, self._lab_name)
        if place is None:
            says = f"{self._lab_name} was not found from here; hero_proc may know where it is."
            return Check(name="lab", says=says)
        return Check(name="lab", ok=True, says=f"{self._lab_name} is installed.")

    async def _network(self) -> Check:
        if await self._releases.answers():
            return Check(name="network", ok=True, says="The Forge answers.")
        says = f"{self._releases.trouble} Builds may not be found."
        return Check(name="network", ok=False, says=says)

    async def _job(self) -> Check:
        job = await self._jobs.current()
        if job is not None:
            says = f"Another job is under way: {job.title} (job {job.id})."
            return Check(name="other job", ok=False, says=says)
        return Check(name="other job", ok=True, says="No other job is under way.")
