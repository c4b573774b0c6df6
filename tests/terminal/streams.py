"""Real byte streams for tests: a socket pair's end, and conditions to wait for."""

import asyncio
import socket
from collections.abc import Callable
from pathlib import Path

from terminal.console import Console
from terminal.stream import StreamError

DEADLINE_S = 10.0


class SocketStream:
    """One end of a connected Unix socket as a byte stream."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer
        self.closed = False

    async def read(self, limit: int = 8192) -> bytes:
        try:
            return await self.reader.read(limit)
        except OSError as error:
            raise StreamError("The connection broke off.") from error

    async def write(self, data: bytes) -> None:
        try:
            self.writer.write(data)
            await self.writer.drain()
        except OSError as error:
            raise StreamError("The connection broke off.") from error

    async def resize(self, *, rows: int, columns: int) -> bool:
        return False

    async def close(self) -> None:
        self.closed = True
        self.writer.close()
        try:
            await self.writer.wait_closed()
        except OSError:
            return


def open_descriptors() -> int:
    """Return how many file descriptors this process holds."""
    return sum(1 for _ in Path("/proc/self/fd").iterdir())


async def socket_streams() -> tuple[SocketStream, SocketStream]:
    """Return both ends of a connection."""
    ends = []
    for each in socket.socketpair():
        ends.append(SocketStream(*await asyncio.open_unix_connection(sock=each)))
    return ends[0], ends[1]


async def until(console: Console, condition: Callable[[], bool]) -> None:
    """Wait until a change of `console` makes `condition` true; fails after ten seconds."""
    async with asyncio.timeout(DEADLINE_S):
        revision = console.revision
        while not condition():
            revision = await console.wait_change(revision)
