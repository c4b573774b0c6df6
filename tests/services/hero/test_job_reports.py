from datetime import UTC, datetime
from typing import Any

import pytest

from services.contract.log import Level
from services.hero.job_reports import (
    ProcJobState,
    read_job,
    read_job_id,
    read_jobs,
    read_lines,
)


@pytest.mark.parametrize(
    "result",
    [7, "7", " 7 ", {"id": 7}, {"job_id": "7"}, {"job": {"id": 7}}, {"result": {"job_id": 7}}],
    ids=repr,
)
def test_a_submitted_jobs_id_is_found_in_every_known_shape(result: Any) -> None:
    assert read_job_id(result) == "7"


@pytest.mark.parametrize("result", [None, True, [], {}, {"ok": True}, 1.5])
def test_what_holds_no_id_gives_none(result: Any) -> None:
    assert read_job_id(result) == ""


@pytest.mark.parametrize(
    ("result", "state", "code"),
    [
        ({"id": 7, "state": "running"}, ProcJobState.RUNNING, None),
        ({"job": {"id": 7, "phase": "Succeeded", "exit_code": 0}}, ProcJobState.DONE, 0),
        ({"status": "FAILED", "exit_code": 3}, ProcJobState.FAILED, 3),
        ({"state": "exited", "exit_code": 0}, ProcJobState.DONE, 0),
        ({"state": "exited", "exit_code": 2}, ProcJobState.FAILED, 2),
        ({"state": "timed_out"}, ProcJobState.FAILED, None),
        ("pending", ProcJobState.WAITING, None),
        ({"state": "spinning"}, ProcJobState.UNKNOWN, None),
        (None, ProcJobState.UNKNOWN, None),
    ],
)
def test_a_jobs_state_is_folded_from_every_known_word(
    result: Any, state: ProcJobState, code: int | None
) -> None:
    job = read_job(result, job_id="7")
    assert (job.id, job.state, job.exit_code) == ("7", state, code)


@pytest.mark.parametrize(
    "result",
    [
        [{"id": 1}, {"id": 2}],
        {"jobs": [{"id": 1}, {"job_id": "2"}]},
        {"1": {"state": "running"}, "2": {"state": "running"}},
    ],
)
def test_a_list_of_jobs_is_read_in_every_known_shape(result: Any) -> None:
    assert [job.id for job in read_jobs(result)] == ["1", "2"]


@pytest.mark.parametrize(
    "result",
    [
        ["one", "two"],
        "one\ntwo\n",
        [{"line": "one"}, {"content": "two"}],
        {"lines": ["one", {"message": "two"}]},
        {"result": {"logs": [{"text": "one"}, {"msg": "two"}]}},
    ],
)
def test_lines_are_read_in_every_known_shape(result: Any) -> None:
    assert [line.text for line in read_lines(result)] == ["one", "two"]


def test_a_record_tells_its_time_and_level() -> None:
    (line,) = read_lines([{"line": "x", "timestamp": "2026-11-20T10:00:00Z", "level": 30}])
    assert (line.at, line.level) == (datetime(2026, 11, 20, 10, tzinfo=UTC), Level.WARNING)
    (line,) = read_lines([{"line": "x", "ts": 1_763_632_800_000, "level": "ERROR"}])
    assert (line.at, line.level) == (datetime.fromtimestamp(1_763_632_800, UTC), Level.ERROR)
