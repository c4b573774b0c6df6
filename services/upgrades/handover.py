"""Hands the exchange of the cockpit itself over to a guardian, which outlives the cockpit.

The guardian is the former build's own file, run by hero_proc: it restarts the cockpit, judges, and
leaves a verdict that whichever cockpit runs then reads.
"""

import asyncio
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from services.clock import Clock
from services.contract.job import ItemState
from services.defaults import Defaults
from services.errors import CockpitError, NotFound
from services.hero.job_reports import JobSpec
from services.hero.proc import ProcClient
from services.jobs.errands import submit_once
from services.jobs.run import Run

VERDICT = "verdict.json"
GUARDED = "guarded"
OVER = "over"
ACTING = "acting"
"""Left by a sentry that puts the former build back; its verdict follows."""
PATIENCE_S = 240.0
"""How long a verdict is waited for; more than a guardian can take."""
LOOK_EVERY_S = 0.5
GUARD_LIMIT_S = 600.0
SENTRY_LIMIT_S = 2400.0


@dataclass(frozen=True, slots=True)
class GuardianVerdict:
    """What the guardian saw of the new cockpit, or of the former one."""

    state: ItemState
    sentence: str

    def write(self, folder: Path) -> None:
        """Leave it in `folder`, in one step; raises OSError."""
        beside = folder / f".{VERDICT}"
        with beside.open("w") as file:
            json.dump({"state": self.state, "sentence": self.sentence}, file)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(folder / VERDICT)

    @classmethod
    def read(cls, folder: Path) -> Self | None:
        """Return the verdict in `folder`, or None when there is none yet."""
        try:
            noted = json.loads((folder / VERDICT).read_bytes())
            return cls(ItemState(noted["state"]), str(noted["sentence"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None


def is_relieved(folder: Path) -> bool:
    """Tell whether a sentry is not needed any more: a guardian took over, or all is over."""
    return any((folder / name).exists() for name in (VERDICT, GUARDED, OVER))


class Handover:
    """Starts guardians and sentries, and waits for their verdicts."""

    def __init__(
        self, proc: ProcClient, clock: Clock, *, root: Path, sockets: Path, defaults: Defaults
    ) -> None:
        """Guard the cockpit whose Hero directories are below `root`."""
        self._proc = proc
        self._clock = clock
        self._root = root
        self._sockets = sockets
        self._own = defaults.own_app

    async def post_sentry(self, run: Run, place: int, *, folder: Path) -> None:
        """Have the former build watched over until a guardian takes over or all is over.

        Raises the five kinds when hero_proc does not take it.
        """
        await submit_once(self._proc, run, place, "sentry", self._sentry(run, folder))

    async def relieve(self, folder: Path) -> None:
        """Let the sentry end; raises OSError."""
        await asyncio.to_thread((folder / OVER).touch)

    async def left(self, folder: Path) -> GuardianVerdict | None:
        """Return the verdict that a sentry or a guardian left before, or is about to leave."""
        began = self._clock.monotonic()
        while (verdict := await asyncio.to_thread(GuardianVerdict.read, folder)) is None:
            acting = await asyncio.to_thread((folder / ACTING).exists)
            if not acting or self._clock.monotonic() - began > PATIENCE_S:
                return None
            await self._clock.sleep(LOOK_EVERY_S)
        return verdict

    async def judged(
        self, run: Run, place: int, *, folder: Path, version: str, errand: str = "guardian"
    ) -> GuardianVerdict | None:
        """Have a guardian restart the cockpit for `version`, and return its verdict.

        This process ends meanwhile, and its successor calls again. None when no verdict came.
        """
        try:
            guardian = await submit_once(
                self._proc, run, place, errand, self._spec(run, folder, version)
            )
        except CockpitError as error:
            words = f"No guardian could be started, so the cockpit was not restarted: {error}"
            await run.log(words, self._own)
            return None
        began = self._clock.monotonic()
        while self._clock.monotonic() - began < PATIENCE_S:
            over = await self._is_over(guardian)
            verdict = await asyncio.to_thread(GuardianVerdict.read, folder)
            if verdict is not None or over:
                return verdict
            await run.sign()
            await self._clock.sleep(LOOK_EVERY_S)
        return None

    def _spec(self, run: Run, folder: Path, version: str) -> JobSpec:
        return self._former(run, "guardian", GUARD_LIMIT_S, folder, "--version", version)

    def _sentry(self, run: Run, folder: Path) -> JobSpec:
        return self._former(run, "sentry", SENTRY_LIMIT_S, folder, "--sentry")

    def _former(
        self, run: Run, errand: str, limit_s: float, folder: Path, *options: str
    ) -> JobSpec:
        """Return the command by which the former build's own file watches over the new one."""
        return JobSpec(
            name=f"hero_cockpit-{run.job_id}-{errand}",
            command=(str(folder / "bin" / self._own), "guard", str(folder), *options),
            env={"PATH_ROOT": str(self._root), "PATH_SOCKET": str(self._sockets)},
            timeout_s=limit_s,
        )

    async def _is_over(self, guardian: str) -> bool:
        try:
            return (await self._proc.job(guardian)).is_over
        except NotFound:
            return True
        except CockpitError:
            return False  # hero_proc may be away for a moment; the file tells as well
