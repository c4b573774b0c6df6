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
PATIENCE_S = 240.0
"""How long a verdict is waited for; more than a guardian can take."""
LOOK_EVERY_S = 0.5
GUARD_LIMIT_S = 600.0


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


class Handover:
    """Starts guardians, and waits for their verdicts."""

    def __init__(
        self, proc: ProcClient, clock: Clock, *, root: Path, sockets: Path, defaults: Defaults
    ) -> None:
        """Guard the cockpit whose Hero directories are below `root`."""
        self._proc = proc
        self._clock = clock
        self._root = root
        self._sockets = sockets
        self._own = defaults.own_app

    async def judged(
        self, run: Run, place: int, *, folder: Path, version: str
    ) -> GuardianVerdict | None:
        """Have the guardian restart the cockpit, and return its verdict.

        This process ends meanwhile, and its successor calls again. None when no verdict came.
        """
        try:
            guardian = await submit_once(
                self._proc, run, place, "guardian", self._spec(run, folder, version)
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
        guardian = folder / "bin" / self._own
        return JobSpec(
            name=f"hero_cockpit-{run.job_id}-guardian",
            command=(str(guardian), "guard", str(folder), "--version", version),
            env={"PATH_ROOT": str(self._root), "PATH_SOCKET": str(self._sockets)},
            timeout_s=GUARD_LIMIT_S,
        )

    async def _is_over(self, guardian: str) -> bool:
        try:
            return (await self._proc.job(guardian)).is_over
        except NotFound:
            return True
        except CockpitError:
            return False  # hero_proc may be away for a moment; the file tells as well
