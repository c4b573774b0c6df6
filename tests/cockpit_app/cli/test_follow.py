"""Following a job: each change once, over a restart of the cockpit, with a true exit status."""

import asyncio
import signal
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from cockpit_app.cli.root import root
from cockpit_app.rpc.server import rpc_app
from services.contract.job import ItemState, Job, JobItem, JobState
from tests.cockpit_app.rpc.test_server import listening
from tests.services.daemons import short_directory

NOW = datetime(2026, 11, 20, tzinfo=UTC)


def job(revision: int, state: JobState, *items: JobItem, sentence: str = "") -> Job:
    over = state in {JobState.DONE, JobState.FAILED}
    return Job(
        id=7,
        kind="upgrade",
        title="Upgrade",
        state=state,
        sentence=sentence,
        items=items,
        began_at=NOW,
        ended_at=NOW if over else None,
        last_sign_at=NOW,
        revision=revision,
    )


BUILDING = JobItem(name="hero_books", state=ItemState.RUNNING, step="building", percent=40)
DONE = JobItem(name="hero_books", state=ItemState.DONE, sentence="0.5.0 serves.", ended_at=NOW)
BACK = JobItem(
    name="hero_biz", state=ItemState.ROLLED_BACK, sentence="0.4.2 serves again.", ended_at=NOW
)


class Telling:
    """An Api that tells one job after the other, and hangs up where one is None."""

    def __init__(self, jobs: Sequence[Job]) -> None:
        self.jobs = list(jobs)
        self.since: list[int] = []

    async def call(self, operation: Any, params: Any) -> Any:
        self.since.append(params.since)
        return self.jobs.pop(0)


async def followed(socket: Path, api: Telling, *options: str) -> Result:
    async with listening(rpc_app(api, version="1"), socket):
        arguments = ["jobs", "follow", "7", "--socket", str(socket), *options]
        return await asyncio.to_thread(CliRunner().invoke, root, arguments)


async def test_each_change_is_told_once_and_the_end_by_the_exit_status() -> None:
    running = job(1, JobState.RUNNING, BUILDING)
    api = Telling([running, running, job(2, JobState.DONE, DONE, sentence="All done.")])
    with short_directory() as folder:
        result = await followed(folder / "rpc.sock", api)
    assert result.exit_code == 0, result.output
    assert result.stdout.splitlines() == [
        "hero_books: building",
        "hero_books: done: 0.5.0 serves.",
        "All done.",
    ]
    assert api.since == [0, 1, 1]
    assert result.stderr.splitlines() == [
        f"Job 7; it goes on without you: hero_cockpit jobs follow 7 --socket {folder / 'rpc.sock'}"
    ]


async def test_what_a_job_says_besides_its_items_is_told_once() -> None:
    stuck = "Its end cannot be noted yet: The disk is full."
    jobs = [
        job(1, JobState.RUNNING, BUILDING, sentence="hero_books (1 of 1): building."),
        job(2, JobState.RUNNING, DONE, sentence="It is about to go on."),
        job(3, JobState.RUNNING, DONE, sentence=stuck),
        job(4, JobState.RUNNING, DONE, sentence=stuck),
        job(5, JobState.DONE, DONE, sentence="All done."),
    ]
    with short_directory() as folder:
        result = await followed(folder / "rpc.sock", Telling(jobs))
    assert result.stdout.splitlines() == [
        "hero_books (1 of 1): building.",
        "hero_books: building",
        "hero_books: done: 0.5.0 serves.",
        stuck,
        "All done.",
    ]


async def test_as_json_a_job_is_told_once_at_its_end() -> None:
    end = job(2, JobState.FAILED, BACK, sentence="1 of 1 apps was put back.")
    with short_directory() as folder:
        api = Telling([job(1, JobState.RUNNING, BUILDING), end])
        result = await followed(folder / "rpc.sock", api, "--json")
    assert (result.exit_code, result.stderr) == (1, "")
    assert Job.model_validate_json(result.stdout) == end


async def test_who_stops_following_is_told_how_to_come_back() -> None:
    seen, left = asyncio.Event(), asyncio.Event()

    class Slow:
        """An Api that answers when nobody waits any more."""

        async def call(self, operation: Any, params: Any) -> Any:
            seen.set()
            await left.wait()
            return job(1, JobState.RUNNING)

    with short_directory() as folder:
        socket = folder / "rpc.sock"
        async with listening(rpc_app(Slow(), version="1"), socket):
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "cockpit_app", "jobs", "follow", "7"),
                *("--socket", str(socket)),
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
            )
            async with asyncio.timeout(30):
                await seen.wait()
                process.send_signal(signal.SIGINT)
                out, err = await process.communicate()
            left.set()
    assert (process.returncode, out) == (130, b"")
    hint = f"Job 7; it goes on without you: hero_cockpit jobs follow 7 --socket {socket}"
    assert err.decode().splitlines() == [hint, "", hint, ""]


async def test_what_a_build_wrote_cannot_command_the_terminal() -> None:
    words = "\x1b]0;mine\x07It said \x1b[2Jred\nhero_db: done."
    item = BACK.model_copy(update={"sentence": words})
    with short_directory() as folder:
        end = job(2, JobState.FAILED, item, sentence=words)
        result = await followed(folder / "rpc.sock", Telling([end]))
    said = "It said red hero_db: done."
    assert result.stdout.splitlines() == [f"hero_biz: put back: {said}", said]


async def test_a_job_that_did_not_do_all_ends_with_status_1() -> None:
    end = job(2, JobState.FAILED, DONE, BACK, sentence="1 of 2 apps was put back.")
    with short_directory() as folder:
        result = await followed(folder / "rpc.sock", Telling([end]))
    assert result.exit_code == 1
    assert "hero_biz: put back: 0.4.2 serves again." in result.output


async def test_following_goes_on_when_the_cockpit_comes_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The cockpit restarts itself at the end of its own upgrade."""
    monkeypatch.setattr("cockpit_app.cli.follow.RETRY_S", 0.05)
    with short_directory() as folder:
        socket = folder / "rpc.sock"
        arguments = ["jobs", "follow", "7", "--socket", str(socket)]
        running = asyncio.create_task(asyncio.to_thread(CliRunner().invoke, root, arguments))
        api = Telling([job(3, JobState.DONE, DONE, sentence="All done.")])
        async with listening(rpc_app(api, version="1"), socket):
            result = await running
    assert result.exit_code == 0, result.output
    assert "All done." in result.output
