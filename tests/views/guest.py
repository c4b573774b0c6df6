"""The far end of a console for tests: a VM's socket whose program is the test."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path


class Guest:
    """One VM that answers the vsock handshake; then says and hears what the test wants."""

    def __init__(self, vms: Path, name: str) -> None:
        self.vms = vms
        self.name = name
        self.heard = b""
        self.connected = asyncio.Event()
        self._heard_more = asyncio.Event()
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def connections(self) -> int:
        """How many consoles are connected."""
        return len(self._writers)

    async def hears(self, expected: bytes) -> None:
        """Wait until exactly `expected` was typed, and forget it."""
        try:
            async with asyncio.timeout(10):
                while len(self.heard) < len(expected):
                    self._heard_more.clear()
                    await self._heard_more.wait()
        except TimeoutError as error:
            raise AssertionError(f"heard only {self.heard!r}") from error
        assert self.heard == expected
        self.heard = b""

    async def says(self, data: bytes) -> None:
        """Write to every console that is connected."""
        await self.connected.wait()
        for writer in self._writers:
            writer.write(data)
            await writer.drain()

    async def hang_up(self) -> None:
        """End every connection, as a guest does that shuts down."""
        self.connected.clear()
        writers, self._writers = self._writers, []
        for writer in writers:
            writer.close()
            await writer.wait_closed()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; the callback of `asyncio.start_unix_server`."""
        assert await reader.readline() == b"CONNECT 1025\n"
        writer.write(b"OK 1073741824\n")
        self._writers.append(writer)
        self.connected.set()
        while data := await reader.read(65536):
            self.heard += data
            self._heard_more.set()


@asynccontextmanager
async def running_guests(*names: str) -> AsyncIterator[list[Guest]]:
    """Run a VM for each name, below one folder whose path is short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="hv", dir="/tmp") as folder:
        guests = [Guest(Path(folder), name) for name in names]
        servers = []
        for guest in guests:
            (guest.vms / guest.name).mkdir()
            path = guest.vms / guest.name / "vsock.sock"
            servers.append(await asyncio.start_unix_server(guest.serve, path))
        try:
            yield guests
        finally:
            for guest, server in zip(guests, servers, strict=True):
                server.close()
                await guest.hang_up()
