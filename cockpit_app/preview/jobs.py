"""The jobs of the preview's hero_proc: processes of their own, and what the disk says of them.

Nothing about a job is kept in memory, so that the next hero_proc finds them all as they are. All
functions here read and write files at once; a loop calls them in a thread.
"""

import contextlib
import fcntl
import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cockpit_app.preview import job_keeper
from cockpit_app.preview.children import environment
from cockpit_app.preview.home import Home
from cockpit_app.preview.leash import PARENT
from cockpit_app.preview.programs import HOME_MARK
from cockpit_app.preview.records import read_json, write_private

KEPT_JOBS = 200
"""So many ended jobs are remembered, the last ones."""

_KEEPER = (sys.executable, "-I", "-S", job_keeper.__file__)
_START_TIMEOUT_S = 30.0
_SIGNAL_BASE = 128
"""A command that was ended by signal N has the exit status 128 + N, as shells have it."""

_REASONS = {
    "cancelled": "It was cancelled.",
    "timed_out": "It took longer than it was given.",
    "swept": "It ended with the preview.",
    "not_started": "It could not be started; its output says why.",
    "lost": "What looked after it is gone; how it ended is not known.",
}


@dataclass(frozen=True, slots=True)
class JobOrder:
    """What to run."""

    name: str
    command: tuple[str, ...]
    cwd: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout_ms: int = 0
    """0 for as long as it takes."""


@dataclass(frozen=True, slots=True)
class Job:
    """What is known of one job."""

    id: int
    name: str
    created_at: float
    """Seconds since the epoch, like all times here."""
    state: str
    """`pending`, `running`, `success` or `failed`."""
    pid: int | None = None
    exit_code: int | None = None
    signal: int | None = None
    ended_at: float | None = None
    error: str = ""
    """Why it failed, if that is more than its exit status."""

    @property
    def is_over(self) -> bool:
        return self.state in {"success", "failed"}


class Jobs:
    """The jobs of one home; they do not outlive the process `owner`."""

    def __init__(self, home: Home, *, owner: int) -> None:
        self._home = home
        self._owner = owner
        self._folder = home.state / "jobs"
        self._starting = threading.Lock()

    def start(self, order: JobOrder) -> int:
        """Start a job; return its id. It is under way when this returns."""
        with self._starting:
            job_id = self._claim()
            self._prune()
        folder = self._folder / str(job_id)
        created_at = time.time()
        about = (folder, self._owner, order.timeout_ms, order.cwd)
        with (folder / "output").open("wb") as output:
            subprocess.run(
                [*_KEEPER, *(str(word) for word in about), *order.command],
                env=self._environment(order.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                timeout=_START_TIMEOUT_S,
                check=True,
            )
        # Last: what is noted has a keeper, or had one.
        noted = {"name": order.name, "created_at": created_at}
        write_private(folder / "job.json", json.dumps(noted).encode())
        return job_id

    def find(self, job_id: int) -> Job | None:
        """Return what is known of a job; None when there is none of this id."""
        folder = self._folder / str(job_id)
        noted = read_json(folder / "job.json", None)
        if noted is None:
            return None
        return Job(id=job_id, **noted, **_course(folder))

    def all(self) -> list[Job]:
        """Return all jobs that are remembered, the oldest first."""
        return [job for job_id in self._ids() if (job := self.find(job_id))]

    def output(self, job_id: int, *, after: int, limit: int) -> list[str]:
        """Return at most `limit` lines that a job wrote, after the first `after` ones.

        A line that is not complete yet is left out while its job runs.
        """
        is_over = (job := self.find(job_id)) is not None and job.is_over
        path = self._folder / str(job_id) / "output"
        with path.open(encoding="utf-8", errors="replace", newline="\n") as file:
            lines = list(itertools.islice(file, after, after + limit))
        if lines and not lines[-1].endswith("\n") and not is_over:
            lines.pop()
        return [line.rstrip("\r\n") for line in lines]

    def cancel(self, job_id: int) -> bool:
        """Have all processes of a job ended; False when it is over already."""
        folder = self._folder / str(job_id)
        if not _is_kept(folder):
            return False
        (folder / job_keeper.CANCEL).touch(mode=0o600)
        with contextlib.suppress(ProcessLookupError):
            os.kill(int((folder / "lock").read_text()), signal.SIGTERM)
        return True

    def _claim(self) -> int:
        """Make the folder of the next job; return its id."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        job_id = max(self._ids(), default=0) + 1
        (self._folder / str(job_id)).mkdir(mode=0o700)
        return job_id

    def _ids(self) -> list[int]:
        if not self._folder.is_dir():
            return []
        return sorted(int(path.name) for path in self._folder.iterdir() if path.name.isdecimal())

    def _prune(self) -> None:
        for job_id in self._ids()[: -KEPT_JOBS - 1]:
            folder = self._folder / str(job_id)
            if not _is_kept(folder):
                shutil.rmtree(folder, ignore_errors=True)

    def _environment(self, wanted: Mapping[str, str]) -> dict[str, str]:
        """Return what a job is told: hero_proc's surroundings, then its own, then our marks."""
        plain = environment(self._home)
        own = {name: plain[name] for name in (HOME_MARK, PARENT)}
        if "PATH" in wanted:
            own["PATH"] = f"{self._home.bin}{os.pathsep}{wanted['PATH']}"
        return {**plain, **wanted, **own}


def _course(folder: Path) -> dict[str, Any]:
    """Return how far the job in `folder` has come."""
    started = read_json(folder / "started.json", {})
    is_kept = _is_kept(folder)
    # Read after the look at its keeper, who writes it and then goes.
    ended = read_json(folder / "ended.json", None)
    if ended is None and is_kept:
        return {"state": "running" if started else "pending", "pid": started.get("pid")}
    if ended is None:
        return {"state": "failed", "error": _REASONS["lost"]}
    return _ending(ended)


def _ending(ended: Mapping[str, Any]) -> dict[str, Any]:
    status, reason = ended["exit_code"], ended["reason"]
    return {
        "state": "failed" if status or reason else "success",
        "exit_code": _SIGNAL_BASE - status if status < 0 else status,
        "signal": -status if status < 0 else None,
        "ended_at": ended["at"],
        "error": _REASONS.get(reason, ""),
    }


def _is_kept(folder: Path) -> bool:
    """Tell whether the process that looks after a job lives: it holds the lock."""
    try:
        with (folder / "lock").open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
