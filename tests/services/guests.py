"""A guest behind a hybrid vsock socket that greets and echoes, as a hypervisor would show it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Guest:
    path: Path
    connections: int = 0
    reads: bool = True
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)
    _tasks: set[asyncio.Task[object]] = field(default_factory=set)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.append(writer)
        with contextlib.suppress(ConnectionError, asyncio.CancelledError):
            assert await reader.readline() == b"CONNECT 1025\n"
            writer.write(b"OK 7\nwelcome\r\n")
            while self.reads and (data := await reader.read(8192)):
                writer.write(data.replace(b"\n", b"\r\n"))
                await writer.drain()
            if not self.reads:
                await asyncio.Event().wait()
        writer.transport.abort()
        self._tasks.discard(task)

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def end(self) -> None:
        self.hang_up()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks)


@asynccontextmanager
async def serving_guest(vms: Path, vm: str, *, reads: bool = True) -> AsyncIterator[Guest]:
    guest = Guest(vms / vm / "vsock.sock", reads=reads)
    guest.path.parent.mkdir(parents=True)
    server = await asyncio.start_unix_server(guest.serve, str(guest.path))
    try:
        yield guest
    finally:
        server.close()
        await guest.end()
        await server.wait_closed()
