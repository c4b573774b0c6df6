"""Removes what a preview left behind: processes that bear its mark, and socket files.

A clean end needs none of it, save for what a guest's user started and hid from the hang-up.
"""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil

from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import HOME_MARK

END_PATIENCE_S = 1.0


def sweep(home: Home) -> None:
    """End every process of this home but ourselves, and remove its sockets.

    Only for whoever holds the home's lock. A process is of this home when its environment says so.
    """
    left = list(_processes(home))
    for process in left:
        _signal(process, psutil.Process.terminate)
    _, stubborn = psutil.wait_procs(left, timeout=END_PATIENCE_S)
    for process in stubborn:
        _signal(process, psutil.Process.kill)
    psutil.wait_procs(stubborn, timeout=END_PATIENCE_S)
    for path in _sockets(home):
        path.unlink(missing_ok=True)


def _processes(home: Home) -> Iterator[psutil.Process]:
    ours = {os.getpid(), *(parent.pid for parent in psutil.Process().parents())}
    for process in psutil.process_iter():
        if process.pid not in ours and _mark_of(process) == str(home.root):
            yield process


def _mark_of(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(HOME_MARK)
    except (psutil.Error, OSError):
        return None


def _signal(process: psutil.Process, act: Callable[[psutil.Process], None]) -> None:
    try:
        act(process)
    except psutil.NoSuchProcess:
        return


def _sockets(home: Home) -> Iterator[Path]:
    for folder in (home.sockets, home.machines, home.state):
        yield from (path for path in folder.rglob("*.sock") if path.is_socket())
