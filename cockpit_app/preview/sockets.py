"""Unix sockets of the preview's daemons: bound privately, shown complete, removed at the end."""

import asyncio
import os
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

BACKLOG = 128


@contextmanager
def bound(path: Path) -> Iterator[socket.socket]:
    """Listen on `path` (0600) inside the block; a stale file is replaced, ours is removed after."""
    path.parent.mkdir(mode=0o700, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK) as listening:
        listening.bind(str(draft))
        draft.chmod(0o600)
        listening.listen(BACKLOG)
        draft.rename(path)
        inode = path.stat().st_ino
        try:
            yield listening
        finally:
            if path.exists() and path.stat().st_ino == inode:
                path.unlink()


def stop_signal() -> asyncio.Event:
    """Return an event that SIGTERM and SIGINT set; call it once, in the running loop."""
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, over.set)
    return over


class _Quiet(uvicorn.Server):
    """A server that leaves signals to us: uvicorn would raise them again and skip our clean-up."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


async def serve(application: ASGIApp, path: Path, over: asyncio.Event) -> None:
    """Serve `application` on the Unix socket `path` until `over` is set."""
    config = uvicorn.Config(
        application,
        lifespan="off",
        log_level="warning",
        access_log=False,
        timeout_graceful_shutdown=1,
        ws="none",
    )
    server = _Quiet(config)
    with bound(path) as listening:
        running = asyncio.create_task(server.serve(sockets=[listening]))
        ended = asyncio.create_task(over.wait())
        await asyncio.wait({running, ended}, return_when=asyncio.FIRST_COMPLETED)
        ended.cancel()
        server.should_exit = True
        await running


def private_umask() -> None:
    """Make everything that this process creates readable by its user alone."""
    os.umask(0o077)
