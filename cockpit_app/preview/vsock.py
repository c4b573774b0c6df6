r"""The guest's end of a hybrid vsock: the monitor's handshake on a Unix socket, then a shell.

`CONNECT <port>\n` is answered `OK <host port>\n`, where the number is one that the monitor chose;
for a port that nobody listens on the connection just closes.
Source: hero_platform reference 4.2; Firecracker's docs/vsock.md, "Host-Initiated Connections".
"""

import asyncio
import contextlib
import itertools
import os
from collections.abc import Callable

from cockpit_app.preview.shell import HANGUP_PATIENCE_S, Shell

CONSOLE_PORT = 1025
MAX_LINE_BYTES = 32
"""The longest first line that the monitor reads, as Firecracker's."""
HANDSHAKE_TIMEOUT_S = 10.0
_FIRST_HOST_PORT = 1 << 30


class Vsock:
    """Answers each connection with a shell of its own, and ends the shell with it."""

    def __init__(self, start: Callable[[], Shell]) -> None:
        self._start = start
        self._host_ports = itertools.count(_FIRST_HOST_PORT)
        self._children: dict[int, asyncio.Event] = {}
        self._connections: set[asyncio.Task[None]] = set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; the callback of `asyncio.start_unix_server`."""
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            if await _asked_port(reader) == CONSOLE_PORT:
                await self._console(reader, writer)
        finally:
            self._connections.discard(task)
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    def reap(self) -> None:
        """Collect every child that ended, also those that lost their own parent; on SIGCHLD."""
        with contextlib.suppress(ChildProcessError):
            while (process_id := os.waitpid(-1, os.WNOHANG)[0]) != 0:
                if ended := self._children.pop(process_id, None):
                    ended.set()

    async def close(self) -> None:
        """End all connections and their shells."""
        connections = list(self._connections)
        for connection in connections:
            connection.cancel()
        await asyncio.gather(*connections, return_exceptions=True)

    async def _console(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"OK %d\n" % next(self._host_ports))
        shell = self._start()
        ended = self._children[shell.process_id] = asyncio.Event()
        try:
            await shell.join(reader, writer)
        finally:
            shell.hang_up()
            await _see_off(shell, ended)


async def _see_off(shell: Shell, ended: asyncio.Event) -> None:
    """Wait until a shell that was hung up is gone; kill its session when it is not soon."""
    try:
        async with asyncio.timeout(HANGUP_PATIENCE_S):
            await ended.wait()
    except TimeoutError:
        shell.kill_session()
        await ended.wait()


async def _asked_port(reader: asyncio.StreamReader) -> int | None:
    """Read the first line byte by byte, for what follows belongs to the shell."""
    line = b""
    try:
        async with asyncio.timeout(HANDSHAKE_TIMEOUT_S):
            while not line.endswith(b"\n") and len(line) < MAX_LINE_BYTES:
                line += await reader.readexactly(1)
    except (TimeoutError, asyncio.IncompleteReadError, OSError):
        return None
    word, _, number = line.rstrip(b"\n").partition(b" ")
    return int(number) if word == b"CONNECT" and number.isdigit() else None
