import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.clock import SystemClock
from services.contract.job import ItemState
from services.errors import Unreachable
from services.hero.job_reports import JobSpec
from services.hero.proc import ProcClient
from services.jobs.engine import Jobs
from services.jobs.errands import submit_once
from services.jobs.run import Run
from services.wire.node import LocalNode
from tests.services.daemons import Request, http, serving
from tests.services.databases import a_database
from tests.services.ended_jobs import ended

SPEC = JobSpec("hero_cockpit-1-hero_books", ("lab", "build", "hero_books"))


@dataclass
class Forgetful:
    """A hero_proc that hangs up in place of telling the id of a job that it took."""

    takes: bool = True
    jobs: list[dict[str, Any]] = field(default_factory=list)

    async def handle(self, request: Request) -> bytes:
        if request.verb == "GET":
            return http("nothing here", 404, "text/plain")
        asked = json.loads(request.body)
        if asked["method"] == "job.create":
            if self.takes:
                row = {"id": 71, "name": asked["params"]["name"], "state": "running"}
                self.jobs.append(row)
            raise ConnectionError
        if asked["method"] == "job.list":
            return _said(asked["id"], result=self.jobs)
        return _said(asked["id"], error={"code": -32601, "message": "Method not found"})


def _said(number: int, **what: Any) -> bytes:
    return http(json.dumps({"jsonrpc": "2.0", "id": number, **what}))


@dataclass
class Errand:
    """Has one command run, and asks for it once more, as after our own death."""

    proc: ProcClient
    kind: str = "errand"
    ids: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    async def carry_out(self, run: Run) -> str:
        try:
            for _ in range(2):
                self.ids.append(await submit_once(self.proc, run, 0, "build", SPEC))
        except Unreachable as error:
            self.errors.append(error.message)
        await run.note(0, state=ItemState.DONE)
        return "Asked."


@asynccontextmanager
async def running(sockets: Path, daemon: Forgetful) -> AsyncIterator[Errand]:
    """Yield an errand after a job that carried it out."""
    path = sockets / "hero_proc" / "rpc.sock"
    async with serving(path, daemon.handle), a_database(sockets) as database:
        proc = ProcClient.at(LocalNode(), sockets)
        jobs, work = Jobs(database, SystemClock()), Errand(proc)
        jobs.register(work)
        try:
            await ended(jobs, await jobs.start("errand", title="t", items=["x"], plan={}))
            yield work
        finally:
            await jobs.close()
            await proc.close()


async def test_a_job_whose_id_was_lost_on_the_way_is_adopted_by_its_name(sockets: Path) -> None:
    daemon = Forgetful()
    async with running(sockets, daemon) as work:
        assert (work.ids, work.errors) == (["71", "71"], [])
        (job,) = daemon.jobs
        assert job["name"].startswith(f"{SPEC.name}-")


async def test_a_job_that_was_never_taken_is_told_as_not_begun(sockets: Path) -> None:
    async with running(sockets, Forgetful(takes=False)) as work:
        assert work.ids == []
        assert len(work.errors) == 1
