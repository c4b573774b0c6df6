"""The client against the preview's hero_proc with every switch thrown, singly and in pairs.

One scenario does all that the cockpit asks of hero_proc: services, logs, jobs, secrets.
"""

import itertools
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest

from cockpit_app.preview.dialect import Switch
from cockpit_app.preview.home import Home
from services.errors import CockpitError, NotFound
from services.hero.job_reports import JobSpec, ProcJob, ProcJobState
from services.hero.proc import ProcClient
from services.hero.reports import Word
from services.wire.discovery import NoSuchMethod
from services.wire.node import LocalNode
from tests.cockpit_app.preview.proc_node import proc_face, supervised
from tests.services.daemons import eventually

PAIRS = int(os.environ.get("HERO_DIALECT_PAIRS", "10"))
SEED = 20_261_120


def chosen() -> list[tuple[Switch, ...]]:
    """Return no switch, each singly, and pairs chosen anew by each seed."""
    pairs = list(itertools.combinations(Switch, 2))
    random.Random(SEED).shuffle(pairs)
    return [(), *((switch,) for switch in Switch), *pairs[:PAIRS]]


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with supervised() as home:
        yield home


@asynccontextmanager
async def speaking(home: Home, switches: tuple[Switch, ...]) -> AsyncIterator[ProcClient]:
    async with proc_face(home, *switches):
        proc = ProcClient.at(LocalNode(), home.sockets)
        try:
            yield proc
        finally:
            await proc.close()


async def ended(proc: ProcClient, job_id: str) -> ProcJob:
    async def is_over() -> bool:
        return (await proc.job(job_id)).is_over

    await eventually(is_over, f"job {job_id} is over")
    return await proc.job(job_id)


@pytest.mark.parametrize("switches", chosen(), ids=lambda s: "+".join(s) or "usual")
async def test_everything_works_in_every_dialect(home: Home, switches: tuple[Switch, ...]) -> None:
    async with speaking(home, switches) as proc:
        await services_work(proc)
        await jobs_work(proc)
        await secrets_work(proc, hidden=Switch.SECRET_HIDDEN in switches)


async def test_what_a_job_wrote_after_ten_thousand_lines_is_told(home: Home) -> None:
    async with speaking(home, ()) as proc:
        job_id = await proc.submit(JobSpec("long", ("sh", "-c", "seq 10050; echo the reason")))
        await ended(proc, job_id)
        lines = await proc.job_logs(job_id, after=10_000)
        assert (lines[0], lines[-1], len(lines)) == ("10001", "the reason", 51)


async def services_work(proc: ProcClient) -> None:
    names = [report.name for report in await proc.list()]
    assert names == ["hero_awake", "hero_down"]
    awake = next(report for report in await proc.list() if report.name == "hero_awake")
    assert awake.word in {Word.RUNNING, Word.STARTING}
    assert (await proc.status("hero_down")).word is Word.STOPPED
    with pytest.raises(CockpitError):
        await proc.start("hero_awake")
    known = await proc.enable("hero_down")
    assert await proc.disable("hero_down") is known

    async def has_spoken() -> bool:
        return bool(await proc.logs("hero_awake", lines=5))

    try:
        await eventually(has_spoken, "hero_awake's first line is in its log")
    except NoSuchMethod:
        return
    lines = await proc.logs("hero_awake", lines=5)
    assert lines[-1].text == "going to sleep"
    assert len(lines) <= 5


async def jobs_work(proc: ProcClient) -> None:
    told = JobSpec("two words", ("sh", "-c", "echo $GREETING; echo two"), env={"GREETING": "a b"})
    job_id = await proc.submit(told)
    job = await ended(proc, job_id)
    assert (job.id, job.state) == (job_id, ProcJobState.DONE)
    assert list(await proc.job_logs(job_id)) == ["a b", "two"]
    assert list(await proc.job_logs(job_id, after=1)) == ["two"]
    assert job_id in [known.id for known in await proc.jobs()]
    failing = await ended(proc, await proc.submit(JobSpec("fails", ("sh", "-c", "exit 3"))))
    assert (failing.state, failing.exit_code) == (ProcJobState.FAILED, 3)
    endless = await proc.submit(JobSpec("endless", ("sleep", "4331")))
    await proc.cancel(endless)
    assert (await ended(proc, endless)).state is ProcJobState.FAILED
    with pytest.raises(NotFound):
        await proc.job("999999")


async def secrets_work(proc: ProcClient, *, hidden: bool) -> None:
    await proc.delete_secret("core", "A_KEY")
    await proc.set_secret("core", "A_KEY", "first")
    await proc.set_secret("core", "A_KEY", "second")
    await proc.set_secret("cockpit", "OTHER", "else")
    assert await proc.secret_names("core") in (["A_KEY"], None)
    if hidden:
        with pytest.raises(CockpitError):
            await proc.secret("core", "A_KEY")
    else:
        assert await proc.secret("core", "A_KEY") == "second"
    await proc.delete_secret("core", "A_KEY")
    await proc.delete_secret("core", "A_KEY")
    assert await proc.secret_names("core") in ([], None)
    if not hidden:
        assert await proc.secret("core", "A_KEY") is None
