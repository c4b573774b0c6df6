import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.claims import Identity, acting_as
from services.clock import SystemClock
from services.contract.job import ItemState, Job, JobState
from services.database import Database
from services.errors import NotFound, Refused
from services.jobs.engine import MOST_TAKE_UPS, Jobs
from services.jobs.records import FULL, KEPT_JOBS, KEPT_LINES
from services.jobs.run import Run
from tests.services.databases import a_database, fill_disk, free_disk
from tests.services.ended_jobs import ended


@dataclass
class Steps:
    """Ends every item well, each when its turn was given."""

    kind: str = "steps"
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))
    seen: list[str] = field(default_factory=list)
    ends: ItemState = ItemState.DONE
    error: Exception | None = None

    async def carry_out(self, run: Run) -> str:
        for place, item in enumerate(run.items):
            if item.ended_at is not None:
                continue
            if run.stopping and item.state is ItemState.WAITING:
                break
            times = int(run.memory(place).get("times", 0)) + 1
            await run.note(place, state=ItemState.RUNNING, step="walking", memory={"times": times})
            self.seen.append(item.name)
            await self.turns.acquire()
            if self.error is not None:
                raise self.error
            await run.log(f"walked {item.name}", item.name)
            await run.note(place, state=self.ends, sentence="Walked.")
        return "All walked."


@asynccontextmanager
async def opened(path: Path, *works: Steps) -> AsyncIterator[Jobs]:
    database = await Database.open(path)
    jobs = Jobs(database, SystemClock())
    for work in works:
        jobs.register(work)
    try:
        yield jobs
    finally:
        await jobs.close()
        await database.close()


async def begun(jobs: Jobs, *items: str) -> Job:
    return await jobs.start("steps", title="A walk", items=items, plan={"far": True})


async def test_a_job_goes_through_its_items_and_says_how_it_ended(tmp_path: Path) -> None:
    work = Steps(turns=asyncio.Semaphore(9))
    async with opened(tmp_path / "d", work) as jobs:
        with acting_as(Identity(user="mik")):
            job = await begun(jobs, "one", "two")
        assert job.by == "mik"
        job = await ended(jobs, job)
        assert (job.state, job.percent, job.sentence) == (JobState.DONE, 100, "All walked.")
        assert [item.state for item in job.items] == [ItemState.DONE] * 2
        assert all(item.began_at and item.ended_at for item in job.items)
        assert [item.percent for item in job.items] == [100, 100]
        log = await jobs.read_log(job.id)
        assert [(line.item, line.text) for line in log.lines] == [
            ("one", "walked one"),
            ("two", "walked two"),
        ]
        assert (await jobs.read_log(job.id, after=log.next)).lines == ()


async def test_only_one_job_is_under_way_at_a_time(tmp_path: Path) -> None:
    work = Steps()
    async with opened(tmp_path / "d", work) as jobs:
        first = await begun(jobs, "one")
        with pytest.raises(Refused, match=r"Another job is under way: A walk \(job 1\)"):
            await begun(jobs, "two")
        work.turns.release()
        await ended(jobs, first)
        second = await begun(jobs, "two")
        work.turns.release()
        assert (await ended(jobs, second)).state is JobState.DONE


async def test_a_job_killed_in_the_middle_goes_on_where_it_stood(tmp_path: Path) -> None:
    work = Steps()
    async with opened(tmp_path / "d", work) as jobs:
        job = await begun(jobs, "one", "two", "three")
        work.turns.release()
        while len(work.seen) < 2:
            job = await jobs.watch(job.id, since=job.revision)
    again = Steps(turns=asyncio.Semaphore(9))
    async with opened(tmp_path / "d", again) as jobs:
        assert (await jobs.get(job.id)).state is JobState.RUNNING
        await jobs.take_up()
        job = await ended(jobs, await jobs.get(job.id))
        assert job.state is JobState.DONE
        assert again.seen == ["two", "three"]


async def test_a_job_that_nobody_can_go_on_with_is_marked_interrupted(tmp_path: Path) -> None:
    work = Steps()
    async with opened(tmp_path / "d", work) as jobs:
        await begun(jobs, "one", "two")
        while not work.seen:
            await jobs.watch(1, since=1, timeout_s=0.05)
    async with opened(tmp_path / "d") as jobs:
        await jobs.take_up()
        job = await jobs.get(1)
        assert job.state is JobState.INTERRUPTED
        assert "cannot go on with it" in job.sentence
        assert [item.state for item in job.items] == [ItemState.BROKEN, ItemState.SKIPPED]


async def test_a_job_that_we_die_of_is_given_up(tmp_path: Path) -> None:
    for _ in range(MOST_TAKE_UPS):
        async with opened(tmp_path / "d", Steps()) as jobs:
            if await jobs.current() is None:
                await begun(jobs, "one")
            await jobs.take_up()
    async with opened(tmp_path / "d", Steps()) as jobs:
        await jobs.take_up()
        await jobs.close()
        await jobs.take_up()
        assert (await jobs.get(1)).sentence.startswith("Given up: the cockpit ended")


async def test_a_stopped_job_ends_before_its_next_item(tmp_path: Path) -> None:
    work = Steps()
    async with opened(tmp_path / "d", work) as jobs:
        job = await begun(jobs, "one", "two")
        while not work.seen:
            job = await jobs.watch(job.id, since=job.revision)
        job = await jobs.stop(job.id)
        assert (job.state, job.sentence) == (
            JobState.STOPPING,
            "one (1 of 2): walking. It stops after this one.",
        )
        work.turns.release()
        job = await ended(jobs, job)
        assert job.state is JobState.STOPPED
        assert [item.state for item in job.items] == [ItemState.DONE, ItemState.SKIPPED]
        with pytest.raises(Refused, match="has ended already"):
            await jobs.stop(job.id)


async def test_a_wish_to_stop_outlives_us(tmp_path: Path) -> None:
    work = Steps()
    async with opened(tmp_path / "d", work) as jobs:
        job = await begun(jobs, "one", "two")
        while not work.seen:
            job = await jobs.watch(job.id, since=job.revision)
        await jobs.stop(job.id)
    again = Steps(turns=asyncio.Semaphore(9))
    async with opened(tmp_path / "d", again) as jobs:
        await jobs.take_up()
        assert (await ended(jobs, await jobs.get(1))).state is JobState.STOPPED
        assert again.seen == ["one"]


@pytest.mark.parametrize("end", [ItemState.FAILED, ItemState.ROLLED_BACK, ItemState.BROKEN])
async def test_a_job_with_an_item_that_did_not_succeed_is_never_done(
    tmp_path: Path, end: ItemState
) -> None:
    work = Steps(turns=asyncio.Semaphore(9), ends=end)
    async with opened(tmp_path / "d", work) as jobs:
        assert (await ended(jobs, await begun(jobs, "one"))).state is JobState.FAILED


@pytest.mark.parametrize(
    ("error", "sentence", "left"),
    [
        (Refused("The mill is closed."), "The mill is closed.", ItemState.FAILED),
        (ZeroDivisionError("inside"), "ended by an error inside", ItemState.BROKEN),
    ],
)
async def test_an_error_ends_the_job_in_words_and_leaves_no_item_open(
    tmp_path: Path, error: Exception, sentence: str, left: ItemState
) -> None:
    work = Steps(turns=asyncio.Semaphore(9), error=error)
    async with opened(tmp_path / "d", work) as jobs:
        job = await ended(jobs, await begun(jobs, "one", "two"))
        assert job.state is JobState.FAILED
        assert sentence in job.sentence
        assert [item.state for item in job.items] == [left, ItemState.SKIPPED]


async def test_watching_answers_with_the_next_change_and_when_its_time_is_up(
    tmp_path: Path,
) -> None:
    work = Steps()
    async with opened(tmp_path / "d", work) as jobs:
        job = await begun(jobs, "one")
        while not work.seen:
            job = await jobs.watch(job.id, since=job.revision)
        same = await jobs.watch(job.id, since=job.revision, timeout_s=0.02)
        assert same.revision == job.revision
        watcher = asyncio.create_task(jobs.watch(job.id, since=job.revision))
        work.turns.release()
        assert (await watcher).revision > job.revision
        await ended(jobs, job)


async def test_what_is_unknown_is_said_to_be(tmp_path: Path) -> None:
    async with opened(tmp_path / "d") as jobs:
        with pytest.raises(NotFound, match="There is no job 7"):
            await jobs.get(7)
        with pytest.raises(NotFound, match="no job 7"):
            await jobs.read_log(7)
        with pytest.raises(NotFound, match="without jobs of the kind steps"):
            await begun(jobs, "one")


async def test_a_log_that_is_full_says_so_once(tmp_path: Path) -> None:
    @dataclass
    class Chatter(Steps):
        async def carry_out(self, run: Run) -> str:
            await run.log([f"line {number}" for number in range(KEPT_LINES - 1)])
            await run.log(["last", "too much"])
            await run.log("much too much")
            await run.note(0, state=ItemState.DONE)
            return "Said."

    async with opened(tmp_path / "d", Chatter()) as jobs:
        job = await ended(jobs, await begun(jobs, "one"))
        tail = await jobs.read_log(job.id, after=KEPT_LINES - 2)
        assert [line.text for line in tail.lines] == [f"line {KEPT_LINES - 2}", FULL]


async def test_old_jobs_are_forgotten_and_lists_are_newest_first(tmp_path: Path) -> None:
    work = Steps(turns=asyncio.Semaphore(9999))
    async with opened(tmp_path / "d", work) as jobs:
        for _ in range(KEPT_JOBS + 3):
            job = await ended(jobs, await begun(jobs, "one"))
        listed = (await jobs.list(limit=KEPT_JOBS)).jobs
        assert [one.id for one in listed] == list(range(job.id, 3, -1))
        with pytest.raises(NotFound):
            await jobs.get(2)
        assert (await jobs.list(kind="upgrade")).jobs == ()


@dataclass
class Arrivals:
    """Tells that it was begun, before anything is noted."""

    kind: str = "steps"
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def carry_out(self, run: Run) -> str:
        self.begun.set()
        return ""


async def test_a_job_that_was_noted_is_begun_whatever_fails_next(tmp_path: Path) -> None:
    work = Arrivals()
    database = await Database.open(tmp_path / "d")
    jobs = Jobs(database, SystemClock())
    jobs.register(work)
    try:
        # Closed right behind the row of the job: nothing can be read or written any more.
        job, _ = await asyncio.gather(begun(jobs, "one"), database.close())
        async with asyncio.timeout(10):
            await work.begun.wait()
        assert job.state is JobState.RUNNING
    finally:
        await jobs.close()


async def test_a_job_whose_end_cannot_be_noted_says_so_until_it_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.jobs.engine.TRY_AGAIN_S", 0.01)
    work = Steps(error=Refused("The mill is closed."))
    async with a_database(tmp_path) as database:
        jobs = Jobs(database, SystemClock())
        jobs.register(work)
        job = await begun(jobs, "one")
        while not work.seen:
            job = await jobs.watch(job.id, since=job.revision)
        await fill_disk(database, "job_item")
        work.turns.release()
        async with asyncio.timeout(10):
            stuck = await jobs.watch(job.id, since=job.revision)
        assert "The disk is full" in stuck.sentence
        assert stuck.ended_at is None
        assert (await jobs.list()).jobs == (stuck,)
        with pytest.raises(Refused, match=r"A walk \(job 1\).*cannot be noted.*disk is full"):
            await begun(jobs, "two")
        await free_disk(database, "job_item")
        job = await ended(jobs, stuck)
        assert (job.state, job.is_over) == (JobState.FAILED, True)
        assert "cannot be noted" not in job.sentence
        await jobs.close()
