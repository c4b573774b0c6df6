"""The Hero lifecycle flags: `--start`, `--stop`, `--status`, `--info`.

Where hero_proc supervises the cockpit, it is asked to start and stop it; elsewhere the server is
started and ended directly. Source: hero_proc reference 3.4.
"""

import asyncio
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel

from cockpit_app import __version__
from cockpit_app.settings import Settings
from services.defaults import DEFAULTS, Defaults
from services.errors import CockpitError, Refused
from services.hero.proc import ProcClient
from services.hero.socket_names import candidates
from services.wire.node import LocalNode

T = TypeVar("T")

SERVICE = "hero_cockpit"
DEADLINE_S = 15.0
POLL_S = 0.1
ANSWER_S = 2.0
"""How long hero_proc may take to list what it looks after."""
_MEND_PROC = "Mend hero_proc first, or remove its socket if it is gone for good; then: hero_cockpit"


class Status(BaseModel):
    """Whether the cockpit of this machine runs."""

    running: bool
    pid: int | None = None
    supervised: bool | None = False
    """Whether hero_proc looks after it; None when that cannot be told, as it does not answer."""
    version: str = __version__
    sockets: list[str] = []


class Info(BaseModel):
    """What `lab` reads of a Hero program. Source: hero_proc reference 3.3."""

    name: str = SERVICE
    version: str = __version__
    category: str = "ui"
    description: str = "The control surface of this machine"
    binaries: list[dict[str, str]] = [
        {"name": SERVICE, "kind": "server", "sockets": "rpc,web,admin", "arguments": "serve"}
    ]
    env: list[dict[str, str]] = [{"name": "PATH_ROOT", "default": "~/hero"}]
    sockets: list[str] = []


def status(settings: Settings) -> Status:
    """Look whether somebody serves our RPC socket, and who."""
    pid = _listener(settings.rpc_socket)
    present = [str(p) for p in _sockets(settings) if p.exists()]
    return Status(
        running=pid is not None, pid=pid, supervised=_supervised(settings), sockets=present
    )


def info(settings: Settings) -> Info:
    """Describe the program to whoever installs it."""
    return Info(sockets=[str(path) for path in _sockets(settings)])


def start(settings: Settings) -> Status:
    """Start the cockpit and wait until it answers; raises Refused when it does not."""
    if status(settings).running:
        return status(settings)
    supervised = _supervised(settings)
    if supervised:
        asyncio.run(_with_proc(settings, lambda proc: proc.start(SERVICE)))
    else:
        _permit_launch(settings, supervised)
        _launch(settings)
    return _await(settings, running=True)


def stop(settings: Settings) -> Status:
    """End the cockpit and wait until it has gone; raises Refused when it stays."""
    before = status(settings)
    if not before.running:
        return before
    if before.supervised:
        asyncio.run(_with_proc(settings, lambda proc: proc.stop(SERVICE)))
    elif before.supervised is None:
        raise Refused(
            f"hero_proc does not answer, and it may start the cockpit again. {_MEND_PROC} --stop"
        )
    elif before.pid:
        os.kill(before.pid, signal.SIGTERM)
    else:
        raise Refused("The cockpit runs in another container or namespace. Stop it there.")
    ended = _await(settings, running=False)
    _await_end(before.pid)
    return ended


def _sockets(settings: Settings) -> list[Path]:
    return [settings.own_sockets / f"{kind}.sock" for kind in ("rpc", "web", "admin")]


def _listener(path: Path) -> int | None:
    """Return the process that serves the socket at `path`; None when nobody does.

    0 stands for a process of another namespace, whose number cannot be told.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return None
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid, _, _ = struct.unpack("3i", credentials)
    return int(pid)


def _supervised(settings: Settings) -> bool | None:
    """Tell whether hero_proc has the cockpit in its list; None when it is there but silent."""
    try:
        names = asyncio.run(_with_proc(settings, _names))
    except (CockpitError, TimeoutError):
        places = candidates(settings.sockets, _defaults(settings).proc_sockets)
        return None if any(path.exists() for path in places) else False
    return SERVICE in names


def _permit_launch(settings: Settings, supervised: bool | None) -> None:
    """Refuse to start a server that would be a second one beside a supervisor's own."""
    if (settings.root / "var" / "preview").exists():
        raise Refused(
            f"{settings.root} is the home of a preview, whose supervisor starts the cockpit. "
            f"Start it with: hero_cockpit preview --home {settings.root}"
        )
    if supervised is None:
        raise Refused(
            "hero_proc does not answer, so nobody can tell whether it starts the cockpit itself. "
            f"{_MEND_PROC} --start"
        )


async def _names(proc: ProcClient) -> set[str]:
    async with asyncio.timeout(ANSWER_S):
        return {report.name for report in await proc.list()}


async def _with_proc(settings: Settings, ask: Callable[[ProcClient], Awaitable[T]]) -> T:
    proc = ProcClient.at(LocalNode(), settings.sockets, _defaults(settings))
    try:
        return await ask(proc)
    finally:
        await proc.close()


def _defaults(settings: Settings) -> Defaults:
    return DEFAULTS.overridden(settings.file.names)


def _launch(settings: Settings) -> None:
    settings.logs.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = settings.logs / f"{SERVICE}.log"
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "ab") as log:
        subprocess.Popen(
            [sys.executable, "-P", "-m", "cockpit_app", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _await(settings: Settings, *, running: bool) -> Status:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        if (_listener(settings.rpc_socket) is not None) == running:
            return status(settings)
        time.sleep(POLL_S)
    done = "start" if running else "end"
    raise Refused(
        f"hero_cockpit did not {done} within {DEADLINE_S:.0f} s; "
        f"{settings.logs / (SERVICE + '.log')} may say why."
    )


def _await_end(pid: int | None) -> None:
    """Wait until the process has gone: it clears its sockets away after it stopped answering."""
    deadline = time.monotonic() + DEADLINE_S
    while pid and _lives(pid) and time.monotonic() < deadline:
        time.sleep(POLL_S / 10)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
