"""Bytes on their way to the far side: in order, bounded, sent by one task."""

import asyncio
from collections import deque

from terminal.stream import ByteStream, StreamError

WAITING_LIMIT_BYTES = 1 << 20
ANSWERS_LIMIT_BYTES = 1 << 16


class Outbox:
    """A queue of bytes that is full once a limit waits; writers wait for room or are refused."""

    def __init__(self) -> None:
        self._parts: deque[bytes] = deque()
        self._size_bytes = 0
        self._closed = False
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()

    async def put(self, data: bytes) -> None:
        """Queue `data`, waiting for room first; raises StreamError when the far side is gone."""
        while self._size_bytes >= WAITING_LIMIT_BYTES and not self._closed:
            self._drained.clear()
            await self._drained.wait()
        if self._closed:
            raise StreamError("The far side takes no more input.")
        self._append(data)

    def offer(self, data: bytes, *, limit_bytes: int = WAITING_LIMIT_BYTES) -> bool:
        """Queue all of `data`, or nothing and return False: `limit_bytes` wait, or it is closed."""
        taken = self._size_bytes < limit_bytes and not self._closed
        if taken:
            self._append(data)
        return taken

    def close(self) -> None:
        """Refuse everything from now on, also to those who wait for room."""
        self._closed = True
        self._parts.clear()
        self._drained.set()

    async def empty_into(self, stream: ByteStream) -> None:
        """Send what comes, until cancelled or until `stream` takes no more."""
        try:
            while True:
                await self._filled.wait()
                self._filled.clear()
                while self._parts:
                    await self._send_first(stream)
        except StreamError:
            self.close()

    async def _send_first(self, stream: ByteStream) -> None:
        part = self._parts.popleft()
        await stream.write(part)
        self._size_bytes -= len(part)
        self._drained.set()

    def _append(self, data: bytes) -> None:
        if data:
            self._parts.append(data)
            self._size_bytes += len(data)
            self._filled.set()
