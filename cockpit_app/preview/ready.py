"""Finds out whether everything of a starting preview answers, by asking each socket itself."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

LOOK_EVERY_S = 0.05
ANSWER_TIMEOUT_S = 5.0

Connect = Callable[[], Awaitable[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that must answer before the preview is ready."""

    program: str
    what: str
    """The socket, for people."""
    connect: Connect
    host: str = ""
    """The Host to GET `/health` from; empty when taking a connection is all that is asked."""


def unix_check(program: str, path: Path) -> Check:
    """Return the check that the socket at `path` answers `GET /health`, or accepts (`resp`)."""

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_unix_connection(str(path))

    speaks_http = path.stem not in {"resp", "vsock"}
    return Check(program, str(path), connect, "localhost" if speaks_http else "")


def port_check(program: str, port: int) -> Check:
    """Return the check that the gateway answers on `port`."""

    async def connect() -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", port)

    return Check(program, f"http://127.0.0.1:{port}", connect, f"127.0.0.1:{port}")


async def wait_for_all(checks: Iterable[Check], deadline_s: float) -> list[Check]:
    """Wait until all checks hold; return those that still do not after `deadline_s`."""
    waiting = {check: asyncio.create_task(_wait_for(check)) for check in checks}
    try:
        await asyncio.wait(waiting.values(), timeout=deadline_s)
        return [check for check, task in waiting.items() if not task.done()]
    finally:
        for task in waiting.values():
            task.cancel()
        await asyncio.gather(*waiting.values(), return_exceptions=True)


async def _wait_for(check: Check) -> None:
    while True:
        if await _holds(check):
            return
        await asyncio.sleep(LOOK_EVERY_S)


async def _holds(check: Check) -> bool:
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            reader, writer = await check.connect()
            try:
                return not check.host or await _is_well(check.host, reader, writer)
            finally:
                writer.close()
                with contextlib.suppress(OSError):
                    await writer.wait_closed()
    except (OSError, TimeoutError):
        return False


async def _is_well(host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
    writer.write(f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    return b" 200 " in await reader.readline()
