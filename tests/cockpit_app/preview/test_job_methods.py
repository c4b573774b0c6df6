"""Jobs of the preview's hero_proc are real processes, and what is told of them is true."""

import os
import stat
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from cockpit_app.preview import jobs as jobs_module
from cockpit_app.preview.home import Home
from tests.cockpit_app.preview.proc_node import ProcFace, eventually, proc_face, supervised


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with supervised() as home:
        yield home


@pytest.fixture
async def face(home: Home) -> AsyncIterator[ProcFace]:
    async with proc_face(home) as face:
        yield face


async def over(face: ProcFace, job_id: int) -> dict[str, Any]:
    async def look() -> dict[str, Any] | None:
        row: dict[str, Any] = await face.result("job.get", {"id": job_id})
        return row if row["state"] in {"success", "failed"} else None

    row: dict[str, Any] = await eventually(look, f"job {job_id} is over")
    return row


async def lines(face: ProcFace, job_id: int, **options: Any) -> list[str]:
    records = await face.result("job.logs", {"id": job_id, **options})
    return [record["line"] for record in records]


async def alive_with(word: str) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if word in (process.info["cmdline"] or []) and process.info["status"] != "zombie":
            found.append(process)
    return found


async def test_a_command_runs_once_and_its_end_is_told(face: ProcFace) -> None:
    job_id = await face.result("job.create", {"name": "greet", "command": ["echo", "hi  you"]})
    assert type(job_id) is int
    row = await over(face, job_id)
    assert (row["name"], row["state"], row["exit_code"]) == ("greet", "success", 0)
    assert row["created_at"] <= row["ended_at"]
    assert "error" not in row
    assert await lines(face, job_id) == ["hi  you"]


async def test_a_script_runs_in_the_shell_and_its_exit_status_is_kept(face: ProcFace) -> None:
    job_id = await face.result("job.create", {"script": "echo out; echo err >&2; exit 7"})
    row = await over(face, job_id)
    assert (row["state"], row["exit_code"], row["signal"]) == ("failed", 7, None)
    assert await lines(face, job_id) == ["out", "err"]


async def test_a_signal_is_told_as_shells_tell_it(face: ProcFace) -> None:
    row = await over(face, await face.result("job.create", {"script": "kill -9 $$"}))
    assert (row["state"], row["exit_code"], row["signal"]) == ("failed", 137, 9)


async def test_a_job_runs_in_the_home_with_its_programs_before_all_others(
    face: ProcFace, home: Home
) -> None:
    program = home.bin / "hello-of-the-home"
    program.write_text("#!/bin/sh\npwd\necho $PATH_ROOT $HERO_PREVIEW_HOME $MY\n")
    program.chmod(0o700)
    asked = {"script": "hello-of-the-home", "env": {"MY": "own word", "HERO_PREVIEW_HOME": "x"}}
    job_id = await face.result("job.create", asked)
    await over(face, job_id)
    root = str(home.root)
    assert await lines(face, job_id) == [root, f"{root} {root} own word"]


async def test_a_path_of_its_own_still_begins_with_the_home(face: ProcFace, home: Home) -> None:
    asked = {"command": ["/bin/sh", "-c", "echo $PATH; pwd"], "env": {"PATH": "/bin"}, "cwd": "var"}
    job_id = await face.result("job.create", asked)
    await over(face, job_id)
    assert await lines(face, job_id) == [f"{home.bin}:/bin", str(home.root / "var")]


async def test_a_job_is_a_session_of_its_own(face: ProcFace) -> None:
    job_id = await face.result("job.create", {"script": "sleep 4331"})
    row = await eventually(lambda: running(face, job_id), "it runs")
    assert os.getsid(row["pid"]) == row["pid"] != os.getsid(0)
    await face.result("job.cancel", {"id": job_id})
    await over(face, job_id)


async def test_cancelling_ends_every_process_of_the_job(face: ProcFace) -> None:
    script = "sleep 4332 & sh -c 'trap \"\" TERM; sleep 4333; sleep 4333' & echo up; wait"
    job_id = await face.result("job.create", {"script": script})
    await eventually(lambda: alive_with("4333"), "the deaf one runs")
    assert await face.result("job.cancel", {"id": job_id}) == {"ok": True, "id": job_id}
    row = await over(face, job_id)
    assert (row["state"], row["error"]) == ("failed", "It was cancelled.")
    assert await alive_with("4332") == []
    assert await alive_with("4333") == []
    code, words = await face.error("job.cancel", {"id": job_id})
    assert (code, words) == (-32003, f"The job {job_id} is over already.")


async def test_a_job_that_takes_too_long_is_ended(face: ProcFace) -> None:
    job_id = await face.result("job.create", {"script": "echo on; sleep 4334", "timeout_ms": 200})
    row = await over(face, job_id)
    assert (row["state"], row["error"]) == ("failed", "It took longer than it was given.")
    assert await alive_with("4334") == []


async def test_a_program_that_is_not_there_fails_in_words(face: ProcFace) -> None:
    job_id = await face.result("job.create", {"command": ["hero-nothing", "--now"]})
    row = await over(face, job_id)
    assert (row["state"], row["exit_code"]) == ("failed", 127)
    assert row["error"] == "It could not be started; its output says why."
    assert await lines(face, job_id) == ["hero-nothing: there is no such program"]


async def test_the_output_is_given_in_whole_lines_and_from_any_line_on(face: ProcFace) -> None:
    script = "printf 'one\\ntwo\\nhalf'; while [ ! -e go ]; do sleep 0.02; done; printf ' more'"
    job_id = await face.result("job.create", {"script": script, "cwd": "guest"})
    await eventually(lambda: lines(face, job_id), "the first lines")
    assert await lines(face, job_id) == ["one", "two"]
    await face.result("job.create", {"script": "touch guest/go"})
    await over(face, job_id)
    assert await lines(face, job_id, after=1) == ["two", "half more"]
    assert await lines(face, job_id, after=9) == []
    assert await lines(face, job_id, attempt=1) == ["one", "two", "half more"]
    assert await lines(face, job_id, attempt=2) == []


async def test_bytes_that_are_no_text_do_not_spoil_the_output(face: ProcFace) -> None:
    job_id = await face.result("job.create", {"script": "printf 'a\\377b\\r\\nlast\\n'"})
    await over(face, job_id)
    assert await lines(face, job_id) == ["a\ufffdb", "last"]


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({}, "needs a script or a command"),
        ({"script": "true", "command": ["true"]}, "and not both"),
        ({"command": [""]}, "words of a command"),
        ({"command": ["a\0b"]}, "without a zero byte"),
        ({"command": ["\ud800"]}, "words of a command"),
        ({"command": "true"}, "must be: array"),
        ({"script": "true", "env": {"A=B": "c"}}, "env maps names"),
        ({"script": "true", "env": {"A": "b\0"}}, "env maps names"),
        ({"script": "true", "env": {"A": 7}}, "must be: object"),
        ({"script": "true", "cwd": "nowhere"}, "There is no folder 'nowhere'"),
        ({"script": "true", "timeout_ms": -1}, "timeout_ms must be"),
        ({"script": "true", "timeout_ms": 10**30}, "timeout_ms must be"),
        ({"script": "true", "tty": True}, "no parameter tty"),
    ],
)
async def test_what_cannot_be_run_is_refused_in_words(
    face: ProcFace, params: dict[str, Any], words: str
) -> None:
    code, message = await face.error("job.create", params)
    assert code == -32602
    assert words in message


@pytest.mark.parametrize("verb", ["get", "logs", "cancel"])
@pytest.mark.parametrize("job_id", [0, -1, 10**40])
async def test_an_unknown_job_is_said_to_be_unknown(face: ProcFace, verb: str, job_id: int) -> None:
    code, message = await face.error(f"job.{verb}", {"id": job_id})
    assert (code, message) == (-32000, f"There is no job {job_id}.")


async def test_what_a_job_leaves_on_disk_is_private_and_names_no_variable(
    face: ProcFace, home: Home
) -> None:
    asked = {"script": "true", "env": {"TOKEN": "hush-hush-4711"}}
    job_id = await face.result("job.create", asked)
    await over(face, job_id)
    folder = home.state / "jobs" / str(job_id)
    files = [path for path in folder.iterdir() if path.is_file()]
    assert {path.name for path in files} >= {"job.json", "started.json", "ended.json", "output"}
    assert all(b"hush" not in path.read_bytes() for path in files)
    assert private([folder, folder.parent])


def private(folders: list[Path]) -> bool:
    return all(stat.S_IMODE(folder.stat().st_mode) == 0o700 for folder in folders)


async def test_only_the_last_jobs_are_remembered_and_those_that_run(
    face: ProcFace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs_module, "KEPT_JOBS", 3)
    runs = await face.result("job.create", {"script": "sleep 4335"})
    ended = [await face.result("job.create", {"command": ["true"]}) for _ in range(3)]
    for job_id in ended:
        await over(face, job_id)
    ended.append(await face.result("job.create", {"command": ["true"]}))
    await over(face, ended[-1])
    last = await face.result("job.create", {"command": ["true"]})
    listed = [row["id"] for row in await face.result("job.list")]
    assert listed == [runs, *ended[1:], last]
    assert last == ended[-1] + 1
    await face.result("job.cancel", {"id": runs})
    await over(face, runs)


async def running(face: ProcFace, job_id: int) -> dict[str, Any] | None:
    row: dict[str, Any] = await face.result("job.get", {"id": job_id})
    return row if row["state"] == "running" else None
