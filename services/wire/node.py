"""The one seam to the machine: a byte stream to a Unix socket of it, here or through SSH."""

import asyncio
import errno
import socket
from pathlib import Path
from typing import Protocol

from terminal.stream import ByteStream, StreamError

CONNECT_TIMEOUT_S = 3.0
CLOSE_TIMEOUT_S = 0.5
QUEUE_RETRY_S = 0.05


class Node(Protocol):
    """A machine whose Unix sockets can be reached."""

    async def open_stream(self, path: Path) -> ByteStream:
        """Open a stream to the socket at `path`; raises StreamError saying why not."""

    async def identify(self, path: Path) -> str | None:
        """Return a mark that changes when the socket file is made anew; None when there is none."""


class UnixStream:
    """A stream over a Unix socket of this machine."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    async def read(self, limit: int = 8192) -> bytes:
        try:
            return await self._reader.read(limit)
        except OSError as error:
            raise StreamError(f"The connection broke off ({_reason(error)}).") from error

    async def write(self, data: bytes) -> None:
        try:
            self._writer.write(data)
            await self._writer.drain()
        except OSError as error:
            raise StreamError(f"The connection broke off ({_reason(error)}).") from error
        except RuntimeError as error:  # what uvloop raises for a transport that is closed
            raise StreamError("The connection broke off (the other side hung up).") from error

    async def resize(self, *, rows: int, columns: int) -> bool:
        return False

    async def close(self) -> None:
        """End the stream; what was written has a moment to leave, then it is dropped."""
        self._writer.close()
        try:
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._writer.wait_closed()
        except OSError:  # TimeoutError is one of them
            self._writer.transport.abort()


class LocalNode:
    """This machine."""

    def __init__(self, *, connect_timeout_s: float = CONNECT_TIMEOUT_S) -> None:
        self._connect_timeout_s = connect_timeout_s

    async def open_stream(self, path: Path) -> ByteStream:
        try:
            async with asyncio.timeout(self._connect_timeout_s):
                link = await _connected(path)
        except TimeoutError as error:
            raise StreamError(
                f"{path} does not take connections: it may hang.", retry=True
            ) from error
        except OSError as error:
            raise StreamError(f"{path}: {_reason(error)}.", retry=_may_come(error)) from error
        return UnixStream(*await asyncio.open_unix_connection(sock=link))

    async def identify(self, path: Path) -> str | None:
        try:
            stat = await asyncio.to_thread(path.stat)
        except OSError:
            return None
        return f"{stat.st_dev}:{stat.st_ino}:{stat.st_ctime_ns}"


async def _connected(path: Path) -> socket.socket:
    """Return a connected socket, waiting while the other side's queue is full.

    asyncio's own connect takes a full queue (EAGAIN) for success.
    """
    link = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        link.setblocking(False)
        while True:
            try:
                link.connect(str(path))
                return link
            except BlockingIOError:
                await asyncio.sleep(QUEUE_RETRY_S)
    except BaseException:
        link.close()
        raise


_REASONS = {
    errno.ENOENT: "there is no such socket",
    errno.ECONNREFUSED: "nobody listens there",
    errno.EACCES: "this user may not open it",
    errno.ENOTSOCK: "it is not a socket",
    errno.EPIPE: "the other side hung up",
    errno.ECONNRESET: "the other side reset it",
}


def _reason(error: OSError) -> str:
    if "too long" in str(error):
        return "the path is longer than a socket's path may be (107 bytes)"
    return _REASONS.get(error.errno or 0, error.strerror or type(error).__name__)


def _may_come(error: OSError) -> bool:
    return error.errno in {errno.ENOENT, errno.ECONNREFUSED, errno.EAGAIN}
