"""Jobs: work that the server owns, one at a time, noted step by step so that it outlives us.

What a job does is its `Work`, registered by kind; this module starts, resumes, stops and ends it.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, Protocol

from services.claims import current_identity
from services.clock import Clock
from services.contract.job import ItemState, Job, JobList, JobLog, JobState
from services.database import Database, Transaction
from services.errors import CockpitError, NotFound, Refused
from services.jobs.records import (
    OPEN,
    add_job,
    ask_to_stop,
    change_item,
    count_take_up,
    end_job,
    jobs_under_way,
    read_job,
    read_jobs,
    read_log,
    read_memories,
    read_plan,
)
from services.jobs.run import Run

log = logging.getLogger(__name__)

MOST_TAKE_UPS = 50
"""A job that outlived so many deaths of ours may be what we die of."""
TRY_AGAIN_S = 5.0
_GOOD = frozenset({ItemState.DONE, ItemState.SKIPPED})


class Work(Protocol):
    """What jobs of one kind do."""

    @property
    def kind(self) -> str:
        """The word that jobs of this kind are noted under."""

    async def carry_out(self, run: Run) -> str:
        """Do all of it from wherever it stands, and return the closing sentence.

        It is called again after our own death. It notes the end of every item that it begins; it
        begins none once `run.stopping` is true. Raises CockpitError when the job cannot go on.
        """


class Jobs:
    """The jobs of this machine; whoever makes it takes up what was left, and closes it."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._works: dict[str, Work] = {}
        self._stopping: set[int] = set()
        self._troubles: dict[int, str] = {}
        """By job what keeps its end from being noted, in words; only memory can hold it."""
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._changed = asyncio.Event()

    def register(self, work: Work) -> None:
        """Have jobs of `work.kind` done by `work`."""
        self._works[work.kind] = work

    async def start(
        self, kind: str, *, title: str, items: Sequence[str], plan: Mapping[str, Any]
    ) -> Job:
        """Note a job and begin it; raises Refused while another one is under way.

        `plan` is what the work needs to know, as JSON values; never a secret.
        """
        by, now = current_identity().name, self._clock.now()

        def write(t: Transaction) -> Job | None:
            if others := jobs_under_way(t):
                raise Refused(self._in_the_way(others[0]))
            job_id = add_job(t, kind=kind, title=title, items=items, plan=plan, by=by, now=now)
            return read_job(t, job_id)

        if kind not in self._works:
            raise NotFound(f"This cockpit was started without jobs of the kind {kind}.")
        job = _found(await self._database.run(write))
        # Nothing may fail from here on: a row without a task would block every other job.
        self._begin(job, plan, [{} for _ in items])
        return job

    async def take_up(self) -> None:
        """Go on with what was under way when we ended last; mark what cannot be gone on with."""
        for job in await self._database.run(jobs_under_way):
            if job.id in self._tasks:
                continue
            times = await self._database.run(partial(count_take_up, job_id=job.id))
            if job.kind in self._works and times <= MOST_TAKE_UPS:
                log.warning("job %d (%s) is taken up again", job.id, job.title)
                self._begin(job, *await self._database.run(partial(_noted, job_id=job.id)))
            else:
                words = _interrupted(times)
                await self._end(job.id, JobState.INTERRUPTED, words, left=ItemState.BROKEN)

    async def current(self) -> Job | None:
        """Return the job that is under way, if one is."""
        found = await self._database.run(jobs_under_way)
        return self._as_it_is(found[0]) if found else None

    async def get(self, job_id: int) -> Job:
        """Return a job as it is now; raises NotFound."""
        job = _found(await self._database.run(lambda t: read_job(t, job_id)), job_id)
        return self._as_it_is(job)

    async def list(self, *, kind: str = "", limit: int = 20) -> JobList:
        """Return the last jobs, the newest first; only those of `kind` if one is given."""
        found = await self._database.run(lambda t: read_jobs(t, kind=kind, limit=limit))
        return JobList(jobs=tuple(self._as_it_is(job) for job in found))

    async def watch(self, job_id: int, *, since: int = 0, timeout_s: float = 25.0) -> Job:
        """Return a job as soon as its revision is not `since`, else after `timeout_s`."""
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while True:
                    changed = self._changed
                    job = await self.get(job_id)
                    if job.revision != since or job.is_over:
                        return job
                    await changed.wait()
        return await self.get(job_id)

    async def read_log(self, job_id: int, *, after: int = 0, limit: int = 500) -> JobLog:
        """Return lines of a job's log; raises NotFound."""
        await self.get(job_id)
        lines = await self._database.run(lambda t: read_log(t, job_id, after=after, limit=limit))
        return JobLog(job=job_id, lines=lines, next=lines[-1].number if lines else after)

    async def stop(self, job_id: int) -> Job:
        """Have a job begin no further item; raises Refused when it has ended already."""
        job = await self.get(job_id)
        if job.is_over:
            raise Refused(f"Job {job_id} has ended already: {job.sentence}")
        self._stopping.add(job_id)
        now = self._clock.now()
        await self._database.run(lambda t: ask_to_stop(t, job_id, now=now))
        self._tell()
        return await self.get(job_id)

    async def close(self) -> None:
        """Leave what is under way as it is noted; the next start takes it up."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _begin(
        self, job: Job, plan: Mapping[str, Any], memories: Sequence[Mapping[str, Any]]
    ) -> None:
        if job.state is JobState.STOPPING:
            self._stopping.add(job.id)
        run = Run(
            self._database,
            self._clock,
            job=job,
            plan=plan,
            memories=memories,
            stopping=lambda: job.id in self._stopping,
            changed=self._tell,
        )
        work = self._carry_out(self._works[job.kind], run)
        task = self._tasks[job.id] = asyncio.create_task(work, name=f"job {job.id}")
        task.add_done_callback(lambda done: self._forget(job.id, done))
        self._tell()

    def _forget(self, job_id: int, task: asyncio.Task[None]) -> None:
        del self._tasks[job_id]
        self._stopping.discard(job_id)
        self._troubles.pop(job_id, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("the end of job %d could not be noted", job_id, exc_info=error)

    async def _carry_out(self, work: Work, run: Run) -> None:
        try:
            sentence = await work.carry_out(run)
        except CockpitError as error:
            log.warning("job %d failed: %s %s", run.job_id, error.message, error.detail)
            await self._end_surely(run.job_id, JobState.FAILED, error.message)
        except Exception:
            log.exception("job %d failed inside", run.job_id)
            words = "It ended by an error inside the cockpit. The cockpit's log says more."
            await self._end_surely(run.job_id, JobState.FAILED, words, left=ItemState.BROKEN)
        else:
            await self._end_surely(run.job_id, _state_at_end(run), sentence)

    async def _end_surely(
        self, job_id: int, state: JobState, sentence: str, left: ItemState = ItemState.FAILED
    ) -> None:
        """Note the end of a job, again and again while the database cannot be written."""
        while True:
            try:
                return await self._end(job_id, state, sentence, left)
            except Refused as error:
                log.error("the end of job %d cannot be noted yet: %s", job_id, error.message)
                self._troubles[job_id] = (
                    f"{sentence} Its end cannot be noted yet, and no other job begins before: "
                    f"{error.message}"
                )
                self._tell()
            await self._clock.sleep(TRY_AGAIN_S)

    async def _end(self, job_id: int, state: JobState, sentence: str, left: ItemState) -> None:
        """Note the end of a job; an item that was under way ends as `left`."""
        now = self._clock.now()

        def write(t: Transaction) -> None:
            job = _found(read_job(t, job_id), job_id)
            for place, item in enumerate(job.items):
                if item.state in OPEN:
                    change_item(t, job_id, place, _left(item.state, left, sentence), now=now)
            end_job(t, job_id, state, now=now, sentence=sentence)

        await self._database.run(write)
        self._tell()

    def _as_it_is(self, job: Job) -> Job:
        """Return `job` with what could not be noted of it; that is a change for who watches."""
        if job.is_over or job.id not in self._troubles:
            return job
        news = {"sentence": self._troubles[job.id], "revision": job.revision + 1}
        return job.model_copy(update=news)

    def _in_the_way(self, job: Job) -> str:
        """Return why no job can begin while `job` is under way."""
        advice = self._troubles.get(job.id) or "Wait until it has ended, or stop it."
        return f"Another job is under way: {job.title} (job {job.id}). {advice}"

    def _tell(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


def _noted(t: Transaction, job_id: int) -> tuple[Mapping[str, Any], Sequence[Mapping[str, Any]]]:
    return read_plan(t, job_id), read_memories(t, job_id)


def _state_at_end(run: Run) -> JobState:
    states = [item.state for item in run.items]
    if any(state not in _GOOD | {ItemState.WAITING} for state in states):
        return JobState.FAILED
    if ItemState.WAITING in states:
        return JobState.STOPPED if run.stopping else JobState.FAILED
    return JobState.DONE


def _left(state: ItemState, left: ItemState, sentence: str) -> dict[str, Any]:
    """Return how an item ends that was open when its job ended."""
    if state is ItemState.WAITING:
        return {"state": ItemState.SKIPPED, "sentence": "Not begun."}
    return {"state": left, "sentence": f"Left unfinished. {sentence}"}


def _interrupted(times: int) -> str:
    if times > MOST_TAKE_UPS:
        return (
            f"Given up: the cockpit ended {times} times while it did this. "
            "Look at the log of the job and at the services."
        )
    return (
        "Interrupted: the cockpit ended while it ran, and this version cannot go on with it. "
        "Look at what was done, and start it anew."
    )


def _found(job: Job | None, job_id: int = 0) -> Job:
    if job is None:
        raise NotFound(f"There is no job {job_id}. The last 200 jobs are kept.")
    return job
