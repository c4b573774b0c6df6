"""A program on a real pseudo terminal reads, writes, follows the size, and ends."""

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from terminal.local_pty import LocalPty
from terminal.stream import StreamError
from tests.terminal.streams import DEADLINE_S, open_descriptors

ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "TERM": "xterm-256color",
    "PS1": "$ ",
    "LC_ALL": "C.UTF-8",
}
Starter = Callable[..., Awaitable[LocalPty]]


@pytest.fixture
async def started() -> AsyncIterator[Starter]:
    """Start programs that end with the test."""
    terminals: list[LocalPty] = []

    async def start(*command: str, rows: int = 24, columns: int = 80) -> LocalPty:
        terminal = await LocalPty.start(command, rows=rows, columns=columns, env=ENVIRONMENT)
        terminals.append(terminal)
        return terminal

    yield start
    for terminal in terminals:
        await terminal.close()


async def read_until(terminal: LocalPty, wanted: bytes) -> bytes:
    seen = b""
    async with asyncio.timeout(DEADLINE_S):
        while wanted not in seen:
            part = await terminal.read()
            assert part, f"the program ended; it wrote {seen!r}"
            seen += part
    return seen


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except OSError:
        return False


async def test_the_size_at_the_start_and_later_reaches_the_program(started: Starter) -> None:
    terminal = await started("sh", rows=10, columns=33)
    await terminal.write(b"stty size\n")
    await read_until(terminal, b"10 33")
    assert await terminal.resize(rows=44, columns=55)
    await terminal.write(b"stty size\n")
    await read_until(terminal, b"44 55")


async def test_it_is_the_controlling_terminal_so_that_ctrl_c_interrupts(started: Starter) -> None:
    terminal = await started(
        "sh", "-c", "trap 'echo caught; exit' INT; echo ready; while :; do sleep 9 & wait; done"
    )
    await read_until(terminal, b"ready")
    await terminal.write(b"\x03")
    await read_until(terminal, b"caught")


async def test_the_end_of_the_program_is_the_end_of_the_stream(started: Starter) -> None:
    terminal = await started("sh", "-c", "echo bye")
    await read_until(terminal, b"bye\r\n")
    assert await terminal.read() == b""
    await terminal.close()
    with pytest.raises(StreamError, match="closed"):
        await terminal.write(b"x")


async def test_a_long_input_arrives_whole_while_the_program_answers(started: Starter) -> None:
    terminal = await started(
        "sh", "-c", "stty raw -echo; echo ready; head -c 300000 | wc -c; echo done"
    )
    await read_until(terminal, b"ready")
    writing = asyncio.create_task(terminal.write(b"x" * 300_000))
    seen = await read_until(terminal, b"done")
    await writing
    assert b"300000" in seen


async def test_closing_ends_the_program_and_wakes_a_reader(started: Starter) -> None:
    terminal = await started("sleep", "1000")
    reading = asyncio.create_task(terminal.read())
    await asyncio.sleep(0)
    await terminal.close()
    assert await reading == b""
    assert not is_alive(terminal.pid)
    assert await terminal.resize(rows=1, columns=1) is False
    await terminal.close()


async def test_closing_kills_a_program_that_ignores_the_hang_up(
    started: Starter, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.local_pty.END_TIMEOUT_S", 0.1)
    terminal = await started("sh", "-c", "trap '' HUP TERM; echo ready; while :; do sleep 1; done")
    await read_until(terminal, b"ready")
    await terminal.close()
    assert not is_alive(terminal.pid)


async def test_a_program_that_is_not_there_is_an_error() -> None:
    before = open_descriptors()
    with pytest.raises(StreamError, match="could not be started"):
        await LocalPty.start(["/nonexistent/program"])
    assert open_descriptors() == before


async def test_fifty_terminals_leave_no_descriptor_and_no_process(started: Starter) -> None:
    first = await LocalPty.start(["true"], env=ENVIRONMENT)
    await first.close()
    before = open_descriptors()
    for _ in range(50):
        terminal = await LocalPty.start(["cat"], env=ENVIRONMENT)
        await terminal.close()
        assert not is_alive(terminal.pid)
    assert open_descriptors() == before
