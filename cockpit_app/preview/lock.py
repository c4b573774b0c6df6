"""The lock on a preview's home: one preview at a time, and where to find the one that runs."""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from cockpit_app.preview.home import Home, PreviewError
from cockpit_app.preview.records import read_json, write_private

_TAKE_TRIES = 4
_TAKE_PAUSE_S = 0.05


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold the home for this process alone; raises PreviewError when another preview has it."""
    path = home.state / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _take(descriptor):
            raise PreviewError(_taken(home))
        write_private(home.state / "running.json", b"{}")
        yield
        write_private(home.state / "running.json", b"{}")
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    for _ in range(_TAKE_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # it may be `running` of another process that looks for a moment
            time.sleep(_TAKE_PAUSE_S)
        else:
            return True
    return False


def announce(home: Home, *, port: int) -> None:
    """Note who runs in this locked home and where its gateway listens."""
    note = {"pid": os.getpid(), "port": port}
    write_private(home.state / "running.json", json.dumps(note).encode())


def running(home: Home) -> tuple[int, int] | None:
    """Return process id and port of the preview that holds this home, or None."""
    try:
        descriptor = os.open(home.state / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        note = read_json(home.state / "running.json", {})
        return (int(note["pid"]), int(note["port"])) if "pid" in note else None
    finally:
        os.close(descriptor)
    return None


def _taken(home: Home) -> str:
    where = ""
    note = read_json(home.state / "running.json", {})
    if "pid" in note:
        where = f" (process {note['pid']}, http://127.0.0.1:{note['port']})"
    return (
        f"A preview already runs on {home.root}{where}. "
        f"Open it with: hero_cockpit preview --home {home.root} --link"
    )
