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
from pathlib import Path
from typing import Literal

from pydantic import BaseModel

from cockpit_app import __version__
from cockpit_app.settings import Settings
from services.errors import CockpitError, Refused
from services.node import LocalNode

SERVICE = "hero_cockpit"
DEADLINE_S = 15.0
POLL_S = 0.1


class Status(BaseModel):
    """Whether the cockpit of this machine runs."""

    running: bool
    pid: int | None = None
    supervised: bool = False
    """Whether hero_proc looks after it."""
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
    if _supervised(settings):
        asyncio.run(_ask(settings, "start"))
    else:
        _launch(settings)
    return _await(settings, running=True)


def stop(settings: Settings) -> Status:
    """End the cockpit and wait until it has gone; raises Refused when it stays."""
    before = status(settings)
    if not before.running:
        return before
    if before.supervised:
        asyncio.run(_ask(settings, "stop"))
    elif before.pid is not None:
        os.kill(before.pid, signal.SIGTERM)
    return _await(settings, running=False)


def _sockets(settings: Settings) -> list[Path]:
    return [settings.own_sockets / f"{kind}.sock" for kind in ("rpc", "web", "admin")]


def _listener(path: Path) -> int | None:
    """Return the process that serves the socket at `path`, or None when nobody does."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(2)
        try:
            probe.connect(str(path))
        except OSError:
            return None
        credentials = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    pid, _, _ = struct.unpack("3i", credentials)
    return int(pid)


def _supervised(settings: Settings) -> bool:
    try:
        asyncio.run(_ask(settings, "status"))
    except CockpitError:
        return False
    return True


async def _ask(settings: Settings, action: Literal["start", "stop", "status"]) -> None:
    from cockpit_app.wiring import proc_client

    proc = proc_client(LocalNode(), settings)
    ask = {"start": proc.start, "stop": proc.stop, "status": proc.status}
    try:
        await ask[action](SERVICE)
    finally:
        await proc.close()


def _launch(settings: Settings) -> None:
    settings.logs.mkdir(parents=True, exist_ok=True)
    with (settings.logs / f"{SERVICE}.log").open("ab") as log:
        subprocess.Popen(
            [sys.executable, "-m", "cockpit_app", "serve"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _await(settings: Settings, *, running: bool) -> Status:
    deadline = time.monotonic() + DEADLINE_S
    while time.monotonic() < deadline:
        seen = status(settings)
        if seen.running == running:
            return seen
        time.sleep(POLL_S)
    done = "start" if running else "end"
    raise Refused(
        f"hero_cockpit did not {done} within {DEADLINE_S:.0f} s; "
        f"{settings.logs / (SERVICE + '.log')} may say why."
    )
