"""What is on its way to one browser, with an end to how much may wait."""

import asyncio


class Outbox:
    """Packets on their way to one browser; closes itself when they pile up."""

    def __init__(self, *, limit_bytes: int) -> None:
        self._packets: asyncio.Queue[bytes] = asyncio.Queue()
        self._waiting_bytes = 0
        self._limit_bytes = limit_bytes
        self.overflowed = asyncio.Event()
        """Set when the browser reads too slowly to be served."""

    def put(self, packet: bytes) -> None:
        """Add a packet; it is dropped once the browser has fallen too far behind."""
        if self._waiting_bytes + len(packet) > self._limit_bytes:
            self.overflowed.set()
        if not self.overflowed.is_set():
            self._waiting_bytes += len(packet)
            self._packets.put_nowait(packet)

    async def take(self) -> bytes:
        """Return the next packet, waiting for one."""
        packet = await self._packets.get()
        self._waiting_bytes -= len(packet)
        return packet
