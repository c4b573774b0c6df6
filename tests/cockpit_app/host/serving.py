"""Real listeners for the tests: the web host in this process, in another, and behind nginx."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from starlette.types import ASGIApp

from cockpit_app.host.listeners import Listener, serve

OWNER = {"X-Hero-User": "alice", "X-Hero-Context": "7", "X-Hero-Claims": "groups.admin"}
VIEWER = {"X-Hero-User": "bob", "X-Hero-Context": "8", "X-Hero-Claims": "groups.member"}


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new directory whose sockets fit into 107 bytes."""
    folder = Path(tempfile.mkdtemp(dir="/tmp", prefix="hc"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


async def eventually(condition: Callable[[], bool], timeout_s: float = 10) -> None:
    """Wait until `condition`, which nothing announces, holds."""
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def serving(*listeners: Listener) -> AsyncIterator[list[str]]:
    """Serve inside the `async with` block; gives the addresses."""
    stop, accepting = asyncio.Event(), asyncio.Event()
    addresses: list[str] = []

    def ready(bound: list[str]) -> None:
        addresses.extend(bound)
        accepting.set()

    task = asyncio.create_task(serve(listeners, stop=stop, ready=ready))
    waiting = asyncio.create_task(accepting.wait())
    try:
        await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
        if task.done():
            task.result()
        yield addresses
    finally:
        waiting.cancel()
        stop.set()
        await task


@asynccontextmanager
async def serving_unix(app: ASGIApp, folder: Path) -> AsyncIterator[Path]:
    """Serve `app` on a Unix socket in `folder`; gives its path."""
    path = folder / "web.sock"
    async with serving(Listener(at=path, app=app)):
        yield path
