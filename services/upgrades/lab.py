"""Has `lab` build an app, as a job of hero_proc that outlives us, and follows it to its end.

Source: hero_proc reference 2 (`lab build NAME --download --install --force`) and 7 (as a job).
"""

import logging
import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

from services.apps.catalog import App
from services.apps.receipts import Shelf
from services.apps.releases import CHANNEL, STABLE
from services.clock import Clock
from services.defaults import Defaults
from services.errors import CockpitError, NotFound, Unreachable
from services.hero.job_reports import JobSpec, ProcJob, ProcJobState
from services.hero.proc import ProcClient
from services.jobs.errands import submit_once
from services.jobs.run import Run
from services.upgrades.phases import BUILD_SHARE
from services.wire.discovery import NoSuchMethod
from services.wire.reply import one_line

log = logging.getLogger(__name__)

LOOK_EVERY_S = 0.5
BUILD_LIMIT_S = 1800.0
"""How long a build may take until it is ended."""
END_PATIENCE_S = 10.0
"""How long a build that was ended may take to go."""

_PERCENT = re.compile(r"(?<!\d)(\d{1,3}) ?%")


@dataclass(frozen=True, slots=True)
class Built:
    """How a build came to its end."""

    ok: bool
    sentence: str = ""
    """Why it failed, for a person."""


class Lab:
    """The program `lab` of one machine, run through its hero_proc."""

    def __init__(
        self,
        proc: ProcClient,
        clock: Clock,
        *,
        shelf: Shelf,
        defaults: Defaults,
        limit_s: float = BUILD_LIMIT_S,
    ) -> None:
        """Build into `shelf`; a build may take `limit_s`."""
        self._proc = proc
        self._clock = clock
        self._shelf = shelf
        self._program = defaults.lab
        self._limit_s = limit_s

    async def build(self, run: Run, place: int, app: App, *, channel: str) -> Built:
        """Build and install `app` for the item at `place`, or go on following the build of it.

        Returns how it ended.
        """
        spec = self._spec(run, app, channel)
        try:
            job_id = await submit_once(self._proc, run, place, "build", spec)
        except CockpitError as error:
            return Built(False, f"The build could not be begun: {error.message}")
        try:
            return await self._follow(run, place, app, job_id)
        except CockpitError as error:
            await self._end(job_id)
            return Built(False, f"The build could not be followed and was ended: {error.message}")

    def _command(self, app: App, channel: str) -> tuple[str, ...]:
        program = self._shelf.find_lab(self._program) or self._program
        plain = (str(program), "build", app.name, "--download", "--install", "--force")
        usual = channel in {"", STABLE} or not CHANNEL.fullmatch(channel)
        return plain if usual else (*plain, "--channel", channel)

    def _spec(self, run: Run, app: App, channel: str) -> JobSpec:
        return JobSpec(
            name=f"hero_cockpit-{run.job_id}-{app.name}",
            command=self._command(app, channel),
            env={"PATH_ROOT": str(self._shelf.root)},
            timeout_s=self._limit_s,
        )

    async def _follow(self, run: Run, place: int, app: App, job_id: str) -> Built:
        """Wait for the end of a build, passing its lines on."""
        began, trouble = self._clock.monotonic(), ""
        while self._clock.monotonic() - began < self._limit_s:
            try:
                job = await self._proc.job(job_id)
                await self._pass_on(run, place, app, job_id)
            except NotFound:
                return Built(False, "hero_proc lost the build: it no longer knows the job.")
            except Unreachable as error:
                trouble = await self._told_once(run, app, trouble, error)
            else:
                trouble = ""
                if job.is_over:
                    return _ended(app, job, last_words=str(run.memory(place).get("last", "")))
            await run.sign()
            await self._clock.sleep(LOOK_EVERY_S)
        await self._end(job_id)
        return Built(
            False, f"The build took longer than {self._limit_s / 60:.0f} minutes and was ended."
        )

    async def _pass_on(self, run: Run, place: int, app: App, job_id: str) -> None:
        """Put the build's new lines into our log, and note how many those were."""
        told = int(run.memory(place).get("told", 0))
        try:
            lines = await self._proc.job_logs(job_id, after=told)
        except NoSuchMethod:
            return  # this hero_proc does not tell what its jobs write
        if lines:
            await run.log(lines, app.name)
            last = next((one_line(line, 160) for line in reversed(lines) if line.strip()), "")
            notes = {"told": told + len(lines), "last": last}
            await run.note(place, percent=_percent(lines), memory=notes)

    async def _told_once(self, run: Run, app: App, before: str, error: CockpitError) -> str:
        if error.message != before:
            await run.log(f"{error.message} Waiting for it.", app.name)
        return error.message

    async def _end(self, job_id: str) -> None:
        """End a build and wait until it has gone, so that it writes no more."""
        began = self._clock.monotonic()
        while self._clock.monotonic() - began < END_PATIENCE_S:
            with suppress(CockpitError):  # it may just have ended; the look tells
                await self._proc.cancel(job_id)
            try:
                if (await self._proc.job(job_id)).is_over:
                    return
            except NotFound:
                return
            except CockpitError as error:
                log.warning("the build %s cannot be ended yet: %s", job_id, error.message)
            await self._clock.sleep(LOOK_EVERY_S)


def _percent(lines: Sequence[str]) -> int | None:
    """Return the last figure of progress, in the part of the bar that the build has."""
    found = [int(number) for line in lines for number in _PERCENT.findall(line)]
    return min(found[-1], 100) * BUILD_SHARE // 100 if found else None


def _ended(app: App, job: ProcJob, *, last_words: str) -> Built:
    if job.state is ProcJobState.DONE and job.exit_code in {None, 0}:
        return Built(True)
    how = f"exit status {job.exit_code}" if job.exit_code is not None else job.raw_state
    words = last_words.rstrip(".") or "it wrote nothing"
    return Built(False, f"The build of {app.name} failed ({how}): {words}.")
