"""Reads what hero_proc says of its jobs and of what was written: any known shape in.

Pure and tolerant. Source: hero_proc reference 1.3, 1.4 and 7 (fields, phases, result shapes).
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from services.contract.log import Level, LogLine
from services.text.plain_text import plain_line
from services.wire.reply import unwrapped

MAX_LINES = 20_000


class ProcJobState(StrEnum):
    """What a job of hero_proc is doing, folded from its own words."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class JobSpec:
    """A command for hero_proc to run once."""

    name: str
    command: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    timeout_s: float = 3600.0
    cwd: str = ""


@dataclass(frozen=True, slots=True)
class ProcJob:
    """What hero_proc says of one job."""

    id: str
    name: str = ""
    state: ProcJobState = ProcJobState.UNKNOWN
    exit_code: int | None = None
    raw_state: str = ""
    """hero_proc's own word."""

    @property
    def is_over(self) -> bool:
        """True when it will not change any more."""
        return self.state in {ProcJobState.DONE, ProcJobState.FAILED}


_STATES: Mapping[str, ProcJobState] = {
    **dict.fromkeys(
        ("pending", "waiting", "queued", "created", "scheduled", "blocked", "retrying"),
        ProcJobState.WAITING,
    ),
    **dict.fromkeys(("running", "starting", "started", "active", "spawned"), ProcJobState.RUNNING),
    **dict.fromkeys(
        ("success", "succeeded", "done", "completed", "finished", "ok"), ProcJobState.DONE
    ),
    **dict.fromkeys(
        (
            "failed", "error", "failure", "cancelled", "canceled", "killed", "timeout", "timedout",
            "aborted", "crashed", "stopped",
        ),
        ProcJobState.FAILED,
    ),
}  # fmt: skip
_LEVELS: Mapping[str, Level] = {
    **dict.fromkeys(("debug", "trace", "0"), Level.DEBUG),
    **dict.fromkeys(("info", "notice", "10", "20"), Level.INFO),
    **dict.fromkeys(("warn", "warning", "30"), Level.WARNING),
    **dict.fromkeys(("error", "critical", "fatal", "40", "254"), Level.ERROR),
}
_WRAPPERS = ("job", "result", "data", "item")
_LISTS = ("lines", "logs", "jobs", "records", "entries", "items", "result", "data")
_TEXTS = ("line", "content", "message", "text", "msg")
_TIMES = ("at", "timestamp", "time", "ts", "epoch", "created_at")


def read_job_id(result: object) -> str:
    """Return the id in the answer to a submission; empty when there is none."""
    if isinstance(result, bool) or result is None:
        return ""
    if isinstance(result, int | str):
        return str(result).strip()[:100]
    if isinstance(result, dict):
        for key in ("id", "job_id", "job", *_WRAPPERS):
            if found := read_job_id(result.get(key)):
                return found
    return ""


def read_job(result: object, *, job_id: str) -> ProcJob:
    """Return the job in a `job.get` or `job.status` result: an object, a word, or nothing."""
    if isinstance(result, str):
        return ProcJob(job_id, state=_state(result, None), raw_state=result[:100])
    if not isinstance(result, dict):
        return ProcJob(job_id)
    for wrapper in _WRAPPERS:
        if isinstance(result.get(wrapper), dict):
            result = {**result, **result[wrapper]}
    raw = _text(result, "state", "phase", "status")
    code = _whole(result, "exit_code", "exit_status", "returncode", "code")
    return ProcJob(
        id=read_job_id(result.get("id")) or read_job_id(result.get("job_id")) or job_id,
        name=_text(result, "name", "action", "action_name", "title"),
        state=_state(raw, code),
        exit_code=code,
        raw_state=raw[:100],
    )


def read_jobs(result: object) -> list[ProcJob]:
    """Return the jobs in a `job.list` result, whatever its shape."""
    if isinstance(result, dict) and not any(isinstance(result.get(k), list) for k in _LISTS):
        rows = [{"id": k, **v} for k, v in result.items() if isinstance(v, dict)]
        return [read_job(row, job_id="") for row in rows[:MAX_LINES]]
    found = [read_job(row, job_id="") for row in _rows(result) if isinstance(row, dict)]
    return [job for job in found if job.id]


def read_lines(result: object) -> list[LogLine]:
    """Return the lines in a result of `job.logs` or `service.logs`, in the order they came."""
    rows = result.splitlines() if isinstance(result, str) else _rows(result)
    return [line for row in rows for line in _lines(row)][:MAX_LINES]


def level_of(word: object) -> Level | None:
    """Return the level that a word or a number stands for."""
    return _LEVELS.get(str(word).strip().lower()) if isinstance(word, str | int) else None


def _rows(result: object) -> list[Any]:
    inner = unwrapped(result, _LISTS)
    return inner[:MAX_LINES] if isinstance(inner, list) else []


def _lines(row: object) -> Iterator[LogLine]:
    if isinstance(row, str):
        for text in row.splitlines() or [""]:
            yield LogLine(text=plain_line(text))
    elif isinstance(row, dict):
        at = next((t for k in _TIMES if (t := _time(row.get(k))) is not None), None)
        level = level_of(row.get("level"))
        for text in _text(row, *_TEXTS).splitlines() or [""]:
            yield LogLine(text=plain_line(text), at=at, level=level)


def _time(value: object) -> datetime | None:
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            seconds = value / 1000 if value > 1e11 else value
            return datetime.fromtimestamp(seconds, UTC)
        if isinstance(value, str):
            time = datetime.fromisoformat(value)
            return time.replace(tzinfo=time.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        return None
    return None


def _state(raw: str, code: int | None) -> ProcJobState:
    word = re.sub(r"[\W_]+", "", raw).lower()
    if word in {"exited", "inactive", "ended"} and code is not None:
        return ProcJobState.DONE if code == 0 else ProcJobState.FAILED
    if word == "exited":
        return ProcJobState.DONE
    return _STATES.get(word, ProcJobState.UNKNOWN)


def _text(fields: Mapping[str, Any], *names: str) -> str:
    return next((fields[n] for n in names if isinstance(fields.get(n), str) and fields[n]), "")


def _whole(fields: Mapping[str, Any], *names: str) -> int | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**31:
            return value
    return None
