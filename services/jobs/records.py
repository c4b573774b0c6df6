"""The rows of jobs: how a job, its items and its log are kept and read back. No work, no waiting.

Every function is one part of a transaction; whoever calls it decides what belongs together.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from services.contract.job import ItemState, Job, JobItem, JobLogLine, JobState
from services.database import Row, Transaction

UNDER_WAY: Final = (JobState.RUNNING, JobState.STOPPING)
OPEN: Final = frozenset({ItemState.WAITING, ItemState.RUNNING})
KEPT_JOBS = 200
KEPT_LINES = 20_000
FULL = f"The log is full at {KEPT_LINES:,} lines; what follows is not kept."


def add_job(
    t: Transaction,
    *,
    kind: str,
    title: str,
    items: Sequence[str],
    plan: Mapping[str, Any],
    by: str,
    now: datetime,
) -> int:
    """Note a new job under way, forget those beyond the last `KEPT_JOBS`; return its number."""
    at = now.isoformat()
    job_id = t.add(
        "INSERT INTO job (kind, title, state, sentence, by, began_at, last_sign_at, revision, plan)"
        " VALUES (?, ?, ?, '', ?, ?, ?, 1, ?)",
        *(kind, title, JobState.RUNNING, by, at, at, json.dumps(plan)),
    )
    rows = [(job_id, place, name, ItemState.WAITING) for place, name in enumerate(items)]
    t.change_many(
        "INSERT INTO job_item (job, place, name, state, step, sentence, version_before,"
        " version_after, memory) VALUES (?, ?, ?, ?, '', '', '', '', '{}')",
        rows,
    )
    t.change(
        "DELETE FROM job WHERE ended_at IS NOT NULL"
        " AND id NOT IN (SELECT id FROM job ORDER BY id DESC LIMIT ?)",
        KEPT_JOBS,
    )
    return job_id


def read_job(t: Transaction, job_id: int) -> Job | None:
    """Return a job with its items, or None."""
    row = t.one("SELECT * FROM job WHERE id = ?", job_id)
    return None if row is None else _job(t, row)


def read_jobs(t: Transaction, *, kind: str, limit: int) -> tuple[Job, ...]:
    """Return the last jobs, the newest first; only those of `kind` unless it is empty."""
    rows = t.all(
        "SELECT * FROM job WHERE ? IN ('', kind) ORDER BY id DESC LIMIT ?",
        *(kind, limit),
    )
    return tuple(_job(t, row) for row in rows)


def jobs_under_way(t: Transaction) -> tuple[Job, ...]:
    """Return the jobs that have not ended, the oldest first."""
    rows = t.all("SELECT * FROM job WHERE state IN (?, ?) ORDER BY id", *UNDER_WAY)
    return tuple(_job(t, row) for row in rows)


def read_plan(t: Transaction, job_id: int) -> Mapping[str, Any]:
    """Return what a job was started with."""
    row = t.one("SELECT plan FROM job WHERE id = ?", job_id)
    plan: Mapping[str, Any] = json.loads(row["plan"]) if row else {}
    return plan


def read_memories(t: Transaction, job_id: int) -> list[dict[str, Any]]:
    """Return what was noted for each item of a job, in their order."""
    rows = t.all("SELECT memory FROM job_item WHERE job = ? ORDER BY place", job_id)
    return [json.loads(row["memory"]) for row in rows]


def count_take_up(t: Transaction, job_id: int) -> int:
    """Note that a job is taken up once more; return how often it was."""
    t.change("UPDATE job SET take_ups = take_ups + 1 WHERE id = ?", job_id)
    row = t.one("SELECT take_ups FROM job WHERE id = ?", job_id)
    return int(row["take_ups"]) if row else 0


def ask_to_stop(t: Transaction, job_id: int, *, now: datetime) -> None:
    """Note that a job under way is to begin no further item; one that has ended stays as it is."""
    t.change(
        "UPDATE job SET state = ?, last_sign_at = ?, revision = revision + 1"
        " WHERE id = ? AND state = ?",
        *(JobState.STOPPING, now.isoformat(), job_id, JobState.RUNNING),
    )


def end_job(t: Transaction, job_id: int, state: JobState, *, now: datetime, sentence: str) -> None:
    """Note that a job has ended, and how."""
    at = now.isoformat()
    t.change(
        "UPDATE job SET state = ?, sentence = ?, ended_at = ?, last_sign_at = ?,"
        " revision = revision + 1 WHERE id = ?",
        *(state, sentence, at, at, job_id),
    )


def change_item(
    t: Transaction, job_id: int, place: int, changes: Mapping[str, Any], *, now: datetime
) -> None:
    """Note what changed of an item: columns by name, and `memory` that is added to what is there.

    Its times follow from its state; what is done is done to 100 percent.
    """
    at = now.isoformat()
    row = t.one("SELECT * FROM job_item WHERE job = ? AND place = ?", job_id, place)
    if row is None:
        raise LookupError(f"job {job_id} has no item {place}")
    memory = {**json.loads(row["memory"]), **changes.get("memory", {})}
    row |= {**changes, "memory": json.dumps(memory)}
    if row["state"] != ItemState.WAITING:
        row["began_at"] = row["began_at"] or at
    row["ended_at"] = None if row["state"] in OPEN else row["ended_at"] or at
    if row["state"] == ItemState.DONE:
        row["percent"] = 100
    t.change(
        "UPDATE job_item SET state = ?, step = ?, sentence = ?, percent = ?, version_before = ?,"
        " version_after = ?, began_at = ?, ended_at = ?, memory = ? WHERE job = ? AND place = ?",
        *(row["state"], row["step"], row["sentence"], row["percent"], row["version_before"]),
        *(row["version_after"], row["began_at"], row["ended_at"], row["memory"], job_id, place),
    )
    _signed(t, job_id, at, news=True)


def sign(t: Transaction, job_id: int, now: datetime) -> None:
    """Note that a job lives."""
    _signed(t, job_id, now.isoformat(), news=False)


def append_log(
    t: Transaction, job_id: int, texts: Sequence[str], *, item: str, now: datetime
) -> None:
    """Add lines to a job's log, which takes so many and says when it is full."""
    row = t.one("SELECT MAX(number) AS last FROM job_log WHERE job = ?", job_id)
    last = int(row["last"] or 0) if row else 0
    room = KEPT_LINES - last
    if room <= 0:
        return
    kept = list(texts[:room])
    if len(texts) >= room:
        kept[room - 1] = FULL
    at = now.isoformat()
    rows = [(job_id, number, at, item, text) for number, text in enumerate(kept, start=last + 1)]
    t.change_many("INSERT INTO job_log (job, number, at, item, text) VALUES (?, ?, ?, ?, ?)", rows)
    _signed(t, job_id, at, news=True)


def read_log(t: Transaction, job_id: int, *, after: int, limit: int) -> tuple[JobLogLine, ...]:
    """Return lines of a job's log that have a greater number than `after`."""
    rows = t.all(
        "SELECT number, at, item, text FROM job_log WHERE job = ? AND number > ?"
        " ORDER BY number LIMIT ?",
        *(job_id, after, limit),
    )
    return tuple(JobLogLine(**row) for row in rows)


def _signed(t: Transaction, job_id: int, at: str, *, news: bool) -> None:
    t.change(
        "UPDATE job SET last_sign_at = ?, revision = revision + ? WHERE id = ?",
        *(at, int(news), job_id),
    )


def _job(t: Transaction, row: Row) -> Job:
    found = t.all("SELECT * FROM job_item WHERE job = ? ORDER BY place", row["id"])
    items = tuple(JobItem.model_validate(item) for item in found)
    state = JobState(row["state"])
    return Job.model_validate(
        {
            **row,
            "state": state,
            "items": items,
            "sentence": row["sentence"] or _progress(state, items),
            "percent": 100 if state is JobState.DONE else _percent(items),
        }
    )


def _percent(items: Sequence[JobItem]) -> int:
    if not items:
        return 0
    shares = (100 if i.state not in OPEN else i.percent or 0 for i in items)
    return sum(shares) // len(items)


def _progress(state: JobState, items: Sequence[JobItem]) -> str:
    """Return where a job that has not ended is, in one sentence."""
    last = " It stops after this one." if state is JobState.STOPPING else ""
    for number, item in enumerate(items, start=1):
        if item.state is ItemState.RUNNING:
            doing = f": {item.step}" if item.step else ""
            return f"{item.name} ({number} of {len(items)}){doing}.{last}"
    return "It is about to stop." if last else "It is about to go on."
