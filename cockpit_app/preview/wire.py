"""One HTTP/1.1 connection: h11 joined to a pair of asyncio streams.

h11 keeps the protocol right, the streams keep the pace: nothing is read before what was read is
used, and nothing is written faster than the other side takes it.
"""

import asyncio
import contextlib
from typing import Any

import h11

CHUNK_BYTES = 65_536
MAX_HEADER_BYTES = 65_536


class Wire:
    """One end of a connection; `role` is h11's: `h11.SERVER` towards browsers."""

    def __init__(
        self,
        role: Any,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        self.protocol = h11.Connection(role, max_incomplete_event_size=MAX_HEADER_BYTES)
        self._reader = reader
        self._writer = writer

    async def receive(self) -> Any:
        """Return the next event; `h11.PAUSED` when the other must not go on yet."""
        while (event := self.protocol.next_event()) is h11.NEED_DATA:
            await self._read_more()
        return event

    async def send(self, *events: Any) -> None:
        """Send events in one go and wait until the other side keeps up."""
        data = b"".join(self.protocol.send(event) or b"" for event in events)
        await self.send_raw(data)

    async def receive_raw(self) -> bytes:
        """Return bytes as they come, after the protocol was switched; none at the end."""
        return await self._reader.read(CHUNK_BYTES)

    async def send_raw(self, data: bytes) -> None:
        if data:
            self._writer.write(data)
            await self._writer.drain()

    async def wait_gone(self) -> None:
        """Return when the other side has hung up; what it sends before is kept for the protocol.

        Only while no event is expected. Gives up watching when too much is sent ahead.
        """
        while len(self.protocol.trailing_data[0]) <= CHUNK_BYTES:
            if await self._read_more() == 0:
                return
        await asyncio.Event().wait()

    async def close(self) -> None:
        """Close it both ways; never raises."""
        self._writer.close()
        with contextlib.suppress(OSError):
            await self._writer.wait_closed()

    def abort(self) -> None:
        """Cut it at once, so that a half-sent answer cannot pass for a whole one."""
        self._writer.transport.abort()

    async def _read_more(self) -> int:
        data = await self._reader.read(CHUNK_BYTES)
        self.protocol.receive_data(data)
        return len(data)
