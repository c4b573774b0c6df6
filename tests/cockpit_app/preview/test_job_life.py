"""A job outlives hero_proc, and nothing of it outlives the preview."""

import contextlib
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.cockpit_app.preview.lean import LEAN
from tests.preview_node import PreviewNode, short_folder, until

WAITS = "echo begun; while [ ! -e guest/{} ]; do sleep 0.02; done; echo done; exit 5"


@pytest.fixture(scope="module")
def shared() -> Iterator[PreviewNode]:
    with short_folder() as folder, preview(folder / "h") as node:
        yield node


@contextlib.contextmanager
def preview(home: Path) -> Iterator[PreviewNode]:
    options = ("--port", "0", "--few", "--restart-proc-after", "0.2")
    node = PreviewNode(home, *options, command=LEAN)
    try:
        yield node.wait_ready()
    finally:
        node.stop(signal.SIGTERM)


def start(node: PreviewNode, script: str) -> int:
    job_id: int = node.result("hero_proc", "job.create", {"script": script})
    until(lambda: job(node, job_id)["state"] == "running", what="the job runs")
    return job_id


def job(node: PreviewNode, job_id: int) -> dict[str, Any]:
    row: dict[str, Any] = node.result("hero_proc", "job.get", {"id": job_id})
    return row


def lines(node: PreviewNode, job_id: int) -> list[str]:
    records = node.result("hero_proc", "job.logs", {"id": job_id})
    return [record["line"] for record in records]


def hero_proc(node: PreviewNode) -> psutil.Process:
    (process,) = node.processes("preview.proc_rpc")
    return process


def answers_anew(node: PreviewNode, former: psutil.Process) -> bool:
    with contextlib.suppress(OSError, ValueError):
        now = hero_proc(node)
        return now != former and "result" in node.rpc("hero_proc", "service.list")
    return False


def kill_hero_proc(node: PreviewNode) -> None:
    former = hero_proc(node)
    former.kill()
    until(lambda: answers_anew(node, former), what="hero_proc is there again")


def test_a_job_runs_on_when_hero_proc_is_killed_and_its_end_is_found(shared: PreviewNode) -> None:
    job_id = start(shared, WAITS.format("go"))
    before = job(shared, job_id)
    kill_hero_proc(shared)
    assert job(shared, job_id) == before
    (shared.home / "guest" / "go").touch()
    row = until(lambda: (row := job(shared, job_id))["ended_at"] and row, what="its end")
    assert (row["state"], row["exit_code"], row["pid"]) == ("failed", 5, None)
    assert lines(shared, job_id) == ["begun", "done"]


def test_the_end_of_a_job_while_hero_proc_is_dead_is_found(shared: PreviewNode) -> None:
    job_id = start(shared, WAITS.format("on"))
    process = psutil.Process(job(shared, job_id)["pid"])
    former = hero_proc(shared)
    former.suspend()
    (shared.home / "guest" / "on").touch()
    until(lambda: not process.is_running(), what="the job is over")
    former.kill()
    until(lambda: answers_anew(shared, former), what="hero_proc is there again")
    assert job(shared, job_id)["exit_code"] == 5


def test_a_job_can_be_cancelled_by_the_next_hero_proc(shared: PreviewNode) -> None:
    job_id = start(shared, "sleep 4340")
    kill_hero_proc(shared)
    shared.result("hero_proc", "job.cancel", {"id": job_id})
    until(lambda: job(shared, job_id)["state"] == "failed", what="it is over")
    assert job(shared, job_id)["error"] == "It was cancelled."
    assert shared.processes("sleep 4340") == []


def test_a_job_ends_with_the_preview_and_the_next_one_says_so(folder: Path) -> None:
    with preview(folder / "h") as node:
        job_id = start(node, "sleep 4341")
        node.stop()
        assert node.processes() == []
    with preview(folder / "h") as node:
        row = job(node, job_id)
        assert row["state"] == "failed"
        assert row["signal"] == signal.SIGTERM or row["error"] == "It ended with the preview."
        assert start(node, "sleep 4341") == job_id + 1


def test_a_job_ends_when_the_preview_is_killed(folder: Path) -> None:
    with preview(folder / "h") as node:
        start(node, "sleep 4342")
        node.process.kill()
        node.process.wait()
        until(lambda: not node.processes(), what="nothing is left")


def test_a_job_whose_keeper_is_killed_has_failed_and_is_not_left_running(
    shared: PreviewNode,
) -> None:
    job_id = start(shared, "exec sleep 4343")
    (keeper,) = shared.processes("job_keeper.py")
    keeper.kill()
    until(lambda: job(shared, job_id)["state"] == "failed", what="it is told")
    assert job(shared, job_id)["error"].startswith("What looked after it is gone")
    until(lambda: not shared.processes("sleep 4343"), what="it is gone")
