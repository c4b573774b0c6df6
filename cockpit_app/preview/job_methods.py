"""The `job.*` methods of the preview's hero_proc: a command run once, followed, and ended.

A job is given inline: its script or its command, with what it needs. Source: hero_proc reference,
1.3 (fields, phases, attempts) and 1.4 (methods); hero_proc names none of the results.
"""

import asyncio
import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.jobs import Job, JobOrder, Jobs
from cockpit_app.preview.method import Method
from cockpit_app.rpc.jsonrpc import INVALID_PARAMS, Fault

NOT_FOUND, IS_OVER, NOT_STARTED = -32000, -32003, -32010
MAX_TIMEOUT_MS = 1_000_000_000
MAX_LINES = 10_000
"""So many lines of a job's output are given at once."""

_SHELL = ("/bin/sh", "-c")


class JobMethods:
    """Carries the methods out for the jobs of one home."""

    def __init__(self, home: Home, jobs: Jobs) -> None:
        self._home = home
        self._jobs = jobs

    def methods(self) -> list[Method]:
        """Return the group of methods."""
        return [
            Method("job.create", self._create),
            Method("job.get", self._get),
            Method("job.list", self._list),
            Method("job.logs", self._logs),
            Method("job.cancel", self._cancel, acts=True),
        ]

    async def _create(
        self,
        name: str = "",
        script: str | None = None,
        command: list[str] | None = None,
        env: dict[str, str] | None = None,
        cwd: str = "",
        timeout_ms: int = 0,
    ) -> int:
        """Run a script of the shell, or a command, once; return the id of the job."""
        if not 0 <= timeout_ms <= MAX_TIMEOUT_MS:
            raise Fault(INVALID_PARAMS, f"timeout_ms must be 0, for no limit, to {MAX_TIMEOUT_MS}.")
        order = JobOrder(
            name=name or "job",
            command=_command(script, command),
            cwd=self._folder(cwd),
            environment=_environment(env or {}),
            timeout_ms=timeout_ms,
        )
        try:
            return await asyncio.to_thread(self._jobs.start, order)
        except (OSError, subprocess.SubprocessError) as error:
            raise Fault(NOT_STARTED, f"The job {order.name} could not be started.") from error

    async def _get(self, id: int) -> dict[str, Any]:
        """Return what a job is doing, or how it ended."""
        return _describe(await self._known(id))

    async def _list(self) -> list[dict[str, Any]]:
        """Return all jobs that are remembered, the oldest first."""
        return [_describe(job) for job in await asyncio.to_thread(self._jobs.all)]

    async def _logs(
        self, id: int, attempt: int | None = None, after: int = 0
    ) -> list[dict[str, str]]:
        """Return the lines that a job wrote, after the first so many of them."""
        await self._known(id)
        if not 0 <= after < sys.maxsize - MAX_LINES:
            raise Fault(INVALID_PARAMS, "after must be 0 or more.")
        if attempt not in (None, 1):  # there is never a second one
            return []
        lines = await asyncio.to_thread(self._jobs.output, id, after=after, limit=MAX_LINES)
        return [{"line": line} for line in lines]

    async def _cancel(self, id: int) -> dict[str, Any]:
        """Have all processes of a job ended; answers as soon as that is under way."""
        job = await self._known(id)
        if job.is_over or not await asyncio.to_thread(self._jobs.cancel, id):
            raise Fault(IS_OVER, f"The job {id} is over already.", {"id": id})
        return {"ok": True, "id": id}

    async def _known(self, job_id: int) -> Job:
        job = await asyncio.to_thread(self._jobs.find, job_id)
        if job is None:
            raise Fault(NOT_FOUND, f"There is no job {job_id}.", {"id": job_id})
        return job

    def _folder(self, cwd: str) -> Path:
        folder = self._home.root / cwd
        if "\0" in cwd or not folder.is_dir():
            raise Fault(INVALID_PARAMS, f"There is no folder {cwd!r} to run the job in.")
        return folder


def _command(script: str | None, command: list[str] | None) -> tuple[str, ...]:
    """Return the words of the command; raises Fault unless one of the two is given."""
    if bool(script) == bool(command):
        raise Fault(INVALID_PARAMS, "job.create needs a script or a command, and not both.")
    words = (*_SHELL, script) if script else tuple(command or ())
    if not words[0] or not all(_is_plain(word) for word in words):
        raise Fault(INVALID_PARAMS, "The words of a command are texts without a zero byte.")
    return words


def _environment(env: dict[str, str]) -> dict[str, str]:
    for name, value in env.items():
        if not name or "=" in name or not (_is_plain(name) and _is_plain(value)):
            raise Fault(INVALID_PARAMS, "env maps names of variables to texts without a zero byte.")
    return env


def _is_plain(word: str) -> bool:
    """Tell whether the system takes `word` as an argument or a variable."""
    try:
        os.fsencode(word)
    except UnicodeEncodeError:
        return False
    return "\0" not in word


def _describe(job: Job) -> dict[str, Any]:
    row = {
        "id": job.id,
        "name": job.name,
        "state": job.state,
        "attempt": 1,
        "pid": job.pid,
        "exit_code": job.exit_code,
        "signal": job.signal,
        "created_at": _time(job.created_at),
        "ended_at": _time(job.ended_at) if job.ended_at else None,
    }
    return row | ({"error": job.error} if job.error else {})


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds")
