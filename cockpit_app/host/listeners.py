"""Serves several applications, each at its own socket, in one event loop, until told to end.

The end comes within two seconds, whatever browsers do; then this returns, so that the caller's
clean-up runs (uvicorn alone would raise the signal again and skip it).
"""

import asyncio
import signal
import socket
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from cockpit_app.host.farewell import Farewell
from cockpit_app.host.socket_file import SocketFile, bind_loopback, bind_unix
from services.errors import Refused

_GRACE_S = 1
_LAST_CALL_S = 2.0
_CLOCK_S = 1.0
_SIGNALS = (signal.SIGTERM, signal.SIGINT)


@dataclass(frozen=True, slots=True)
class Listener:
    """One application and where it is served."""

    at: Path | int
    """Path of a Unix socket, or a TCP port of 127.0.0.1 (0: any free one)."""
    app: ASGIApp
    mode: int = 0o600
    """Permissions of the Unix socket."""
    largest_message_bytes: int = 4 * 1024 * 1024
    """Longest WebSocket message that is taken."""


@dataclass(frozen=True, slots=True)
class _Bound:
    listening: socket.socket
    address: str
    file: SocketFile | None = None


async def serve(
    listeners: Sequence[Listener],
    *,
    stop: asyncio.Event | None = None,
    begin: Callable[[], Awaitable[None]] | None = None,
    ready: Callable[[list[str]], None] | None = None,
) -> None:
    """Serve until SIGTERM, SIGINT or `stop`; in the main thread it takes these signals over.

    `begin` is awaited once every place is ours and before anything is answered there. `ready` is
    called once when all accept, with each one's address (`/path` or `127.0.0.1:port`).
    Raises Refused or Invalid when a place cannot be served; then nothing is served.
    """
    stop = stop or asyncio.Event()
    async with _bound(listeners) as places:
        if begin is not None:
            await begin()
        servers = [_Server(_config(listener), stop) for listener in listeners]
        with _ending_on_signals(stop):
            await _run(servers, places, stop, ready)


class _Server(uvicorn.Server):
    """uvicorn's server without its own signal handlers and without its ten wake-ups a second."""

    def __init__(self, config: uvicorn.Config, stop: asyncio.Event) -> None:
        super().__init__(config)
        self._stop = stop
        self.accepting = asyncio.Event()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        try:
            await super().startup(sockets)
        except SystemExit as error:
            raise Refused("The web host could not start; the log says why.") from error
        self.accepting.set()

    async def main_loop(self) -> None:
        while not self._stop.is_set():
            await self.on_tick(0)
            with suppress(TimeoutError):
                async with asyncio.timeout(_CLOCK_S):
                    await self._stop.wait()


def _config(listener: Listener) -> uvicorn.Config:
    return uvicorn.Config(
        Farewell(listener.app),
        http="httptools",
        ws="websockets-sansio",
        ws_max_size=listener.largest_message_bytes,
        lifespan="auto",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_graceful_shutdown=_GRACE_S,
    )


async def _run(
    servers: Sequence[_Server],
    places: Sequence[_Bound],
    stop: asyncio.Event,
    ready: Callable[[list[str]], None] | None,
) -> None:
    running = [
        asyncio.create_task(server.serve(sockets=[place.listening]))
        for server, place in zip(servers, places, strict=True)
    ]
    announcing = asyncio.create_task(_announce(servers, [place.address for place in places], ready))
    stopping = asyncio.create_task(stop.wait())
    try:
        await asyncio.wait({stopping, *running}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        stop.set()
        await asyncio.wait(running, timeout=_LAST_CALL_S)
        tasks = [*running, announcing, stopping]
        for task in tasks:
            task.cancel()
        outcomes = await asyncio.gather(*tasks, return_exceptions=True)
    for outcome in outcomes:
        if isinstance(outcome, Exception):
            raise outcome


async def _announce(
    servers: Sequence[_Server], addresses: list[str], ready: Callable[[list[str]], None] | None
) -> None:
    for server in servers:
        await server.accepting.wait()
    if ready is not None:
        ready(addresses)


@asynccontextmanager
async def _bound(listeners: Sequence[Listener]) -> AsyncIterator[list[_Bound]]:
    bound: list[_Bound] = []
    try:
        for listener in listeners:
            bound.append(await asyncio.to_thread(_bind, listener))
        yield bound
    finally:
        for each in bound:
            each.listening.close()
            if each.file is not None:
                await asyncio.to_thread(each.file.remove)


def _bind(listener: Listener) -> _Bound:
    if isinstance(listener.at, int):
        listening = bind_loopback(listener.at)
        return _Bound(listening=listening, address=f"127.0.0.1:{listening.getsockname()[1]}")
    file = bind_unix(listener.at, mode=listener.mode)
    return _Bound(listening=file.listening, address=str(file.path), file=file)


@contextmanager
def _ending_on_signals(stop: asyncio.Event) -> Iterator[None]:
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    for number in _SIGNALS:
        loop.add_signal_handler(number, stop.set)
    try:
        yield
    finally:
        for number in _SIGNALS:
            loop.remove_signal_handler(number)
