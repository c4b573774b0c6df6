"""Keeps one job: runs its command, ends it when told to, and notes how it ended; standard library
only, run by path.

`python -I -S job_keeper.py FOLDER OWNER TIMEOUT_MS CWD COMMAND …` returns as soon as a process of
its own has the job in hand. That one holds a lock on FOLDER/lock, which holds its process id, for
as long as it lives; writes FOLDER/started.json and FOLDER/ended.json; and lets the job live on when
whoever asked for it dies, but not when the process OWNER does.
"""

import contextlib
import fcntl
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

LEASH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")))
PARENT = "HERO_PREVIEW_PARENT"
"""As in `leash`, which cannot be imported from here."""

CANCEL = "cancel"
"""File in FOLDER that says that the SIGTERM which follows is a wish of the job's owner."""

LOOK_FOR_OWNER_EVERY_S = 0.5
CANCEL_PATIENCE_S = 2.0
SWEEP_PATIENCE_S = 0.5
"""Shorter than the patience of whoever ends all processes of the preview at once."""

NOT_STARTED = 127
"""Exit status of a command that is not there, as shells have it."""

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class Keeper:
    """Looks after the job in `folder`."""

    def __init__(self, folder: Path, *, owner: int, timeout_s: float) -> None:
        self._folder = folder
        self._owner = owner
        self._deadline = time.monotonic() + timeout_s if timeout_s else None
        self._news, told = os.pipe()
        os.set_blocking(told, False)
        os.set_blocking(self._news, False)
        signal.set_wakeup_fd(told, warn_on_full_buffer=False)
        for number in (*_SIGNALS, signal.SIGCHLD):
            signal.signal(number, lambda *_: None)  # the pipe tells of it

    def keep(self, command: list[str], cwd: str) -> None:
        """Run `command` in the folder `cwd` to its end, or end it; note both."""
        try:
            os.chdir(cwd)
            child = self._start(command)
        except OSError as error:
            what = error.filename or command[0]
            sys.stdout.write(f"{what}: {error.strerror or 'there is no such program'}\n")
            sys.stdout.flush()
            self._note("ended", exit_code=NOT_STARTED, reason="not_started")
            return
        self._note("started", pid=child.pid)
        reason = ""
        while child.poll() is None and not reason:
            reason = self._wait()
        if reason:
            patience_s = SWEEP_PATIENCE_S if reason == "swept" else CANCEL_PATIENCE_S
            _end_group(child, patience_s)
        self._note("ended", exit_code=child.wait(), reason=reason)

    def _start(self, command: list[str]) -> "subprocess.Popen[bytes]":
        if shutil.which(command[0]) is None:
            raise FileNotFoundError
        return subprocess.Popen(
            [*LEASH, *command],
            env={**os.environ, PARENT: str(os.getpid())},
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )

    def _wait(self) -> str:
        """Wait for news; return why the job must end now, or nothing."""
        left_s = LOOK_FOR_OWNER_EVERY_S
        if self._deadline is not None:
            left_s = max(0.0, min(left_s, self._deadline - time.monotonic()))
        if select.select([self._news], [], [], left_s)[0]:
            heard = set(os.read(self._news, 512))
            if heard & set(_SIGNALS):
                return "cancelled" if (self._folder / CANCEL).exists() else "swept"
        if self._deadline is not None and time.monotonic() >= self._deadline:
            return "timed_out"
        return "" if _lives(self._owner) else "swept"

    def _note(self, name: str, **members: Any) -> None:
        draft = self._folder / f".{name}"
        draft.write_text(json.dumps({**members, "at": time.time()}))
        draft.replace(self._folder / f"{name}.json")


def _end_group(child: "subprocess.Popen[bytes]", patience_s: float) -> None:
    """Ask the job's processes to end, and kill those that are left."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGTERM)
    with contextlib.suppress(subprocess.TimeoutExpired):
        child.wait(patience_s)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)


def _lives(process_id: int) -> bool:
    try:
        os.kill(process_id, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def main(folder: str, owner: str, timeout_ms: str, cwd: str, *command: str) -> None:
    """Put the job into the hands of a process of its own, and end."""
    os.umask(0o077)
    lock = (Path(folder) / "lock").open("w")
    fcntl.flock(lock, fcntl.LOCK_EX)  # held by the process below, which inherits the open file
    keeper = Keeper(Path(folder), owner=int(owner), timeout_s=int(timeout_ms) / 1000)
    if process_id := os.fork():
        lock.write(str(process_id))
        lock.flush()
        os._exit(0)
    os.setsid()
    keeper.keep(list(command), cwd)


if __name__ == "__main__":
    main(*sys.argv[1:])
