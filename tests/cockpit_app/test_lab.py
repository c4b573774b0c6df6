from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from services.apps.catalog import find_app
from services.apps.receipts import Shelf
from services.clock import SystemClock
from services.contract.job import ItemState
from services.database import Database
from services.defaults import DEFAULTS
from services.hero.proc import ProcClient
from services.jobs.engine import Jobs
from services.jobs.run import Run
from services.upgrades.lab import Built, Lab
from services.wire.node import LocalNode
from tests.cockpit_app.upgrading import Machine
from tests.preview_node import PreviewNode

OURS = "hero_cockpit-1-hero_memory-"
MEMORY = find_app("hero_memory")


@pytest.fixture
def slow(node: PreviewNode) -> Iterator[Machine]:
    """A machine on which the build of hero_memory takes six seconds."""
    machine = Machine(node)
    machine.lab("rehearse", "hero_memory", "slow")
    yield machine
    machine.lab("rehearse", "hero_memory", "none")


@dataclass
class Build:
    """Builds once and keeps what came of it."""

    lab: Lab
    kind: str = "build"
    built: list[Built] = field(default_factory=list)

    async def carry_out(self, run: Run) -> str:
        await run.note(0, state=ItemState.RUNNING)
        self.built.append(await self.lab.build(run, 0, MEMORY, channel=""))
        await run.note(0, state=ItemState.DONE)
        return "Built."


@asynccontextmanager
async def building(
    machine: Machine, folder: Path, *, limit_s: float
) -> AsyncIterator[tuple[Jobs, Build, ProcClient]]:
    clock, home = SystemClock(), machine.node.home
    proc = ProcClient.at(LocalNode(), home / "var" / "sockets")
    shelf = Shelf(home, receipts=DEFAULTS.receipts)
    work = Build(Lab(proc, clock, shelf=shelf, defaults=DEFAULTS, limit_s=limit_s))
    database = await Database.open(folder / "cockpit.db")
    jobs = Jobs(database, clock)
    jobs.register(work)
    try:
        yield jobs, work, proc
    finally:
        await jobs.close()
        await database.close()
        await proc.close()


async def finished(jobs: Jobs) -> None:
    job = await jobs.get(1)
    while not job.is_over:
        job = await jobs.watch(job.id, since=job.revision)


async def of_ours(proc: ProcClient) -> list[bool]:
    """Return whether each build that was submitted here is over."""
    return [job.is_over for job in await proc.jobs() if job.name.startswith(OURS)]


async def test_a_build_that_takes_too_long_is_ended_before_anything_else_is_done(
    slow: Machine, tmp_path: Path
) -> None:
    before = slow.receipt("hero_memory")
    async with building(slow, tmp_path, limit_s=1.0) as (jobs, work, proc):
        known = len(await of_ours(proc))
        await jobs.start("build", title="A build", items=["hero_memory"], plan={})
        await finished(jobs)
        assert work.built[0].sentence.startswith("The build took longer than")
        over = await of_ours(proc)
        assert len(over) == known + 1
        assert all(over)
    assert slow.receipt("hero_memory") == before
    assert slow.is_whole("hero_memory")


async def test_a_build_is_followed_by_whoever_comes_after_us_and_not_begun_twice(
    slow: Machine, tmp_path: Path
) -> None:
    async with building(slow, tmp_path, limit_s=60.0) as (jobs, _, proc):
        known = len(await of_ours(proc))
        await jobs.start("build", title="A build", items=["hero_memory"], plan={})
        while not (await jobs.read_log(1)).lines[1:]:
            await jobs.watch(1, since=(await jobs.get(1)).revision)
    async with building(slow, tmp_path, limit_s=60.0) as (jobs, work, proc):
        await jobs.take_up()
        await finished(jobs)
        assert work.built == [Built(True)]
        assert await of_ours(proc) == [True] * (known + 1)
        texts = [line.text for line in (await jobs.read_log(1)).lines]
        assert texts[-1] == "hero_memory 0.5.0 is installed."
        assert len(texts) == len(set(texts))
