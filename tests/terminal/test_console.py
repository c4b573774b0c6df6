"""A console follows its stream, viewers follow the console, and its end is a state."""

import asyncio
import logging
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import pytest

from terminal.console import READ_LIMIT_BYTES, Console, ConsoleState
from terminal.governor import Governor, shared_governor
from terminal.local_pty import LocalPty
from terminal.outbox import WAITING_LIMIT_BYTES
from terminal.painted import Painted
from terminal.stream import ByteStream, StreamError
from tests.terminal.streams import (
    DEADLINE_S,
    SocketStream,
    open_descriptors,
    socket_streams,
    until,
)
from tests.terminal.test_local_pty import ENVIRONMENT

Opener = Callable[[], Awaitable[ByteStream]]


class Maker(Protocol):
    def __call__(self, opener: Opener, governor: Governor = ...) -> Console: ...


@pytest.fixture
async def made() -> AsyncIterator[Maker]:
    """Make consoles that are closed with the test."""
    consoles: list[Console] = []

    def make(opener: Opener, governor: Governor = shared_governor) -> Console:
        console = Console("test", open=opener, rows=5, columns=20, governor=governor)
        consoles.append(console)
        console.start()
        return console

    yield make
    for console in consoles:
        await console.close()


async def opened(made: Maker, governor: Governor = shared_governor) -> tuple[Console, SocketStream]:
    """Return an open console and the far end of its stream."""
    near, far = await socket_streams()
    return await opened_on(near, made, governor), far


async def opened_on(near: ByteStream, made: Maker, governor: Governor = shared_governor) -> Console:
    """Return a console that is open on that stream."""

    async def opener() -> ByteStream:
        return near

    console = made(opener, governor)
    await until_open(console)
    return console


async def until_open(console: Console) -> None:
    await until(console, lambda: console.state is ConsoleState.OPEN)


def shows(console: Console, text: str) -> bool:
    return any(text in row for row in console.screen.text())


async def shell() -> ByteStream:
    return await LocalPty.start(["sh"], env=ENVIRONMENT)


async def test_what_the_far_side_writes_appears_and_its_end_is_a_state(made: Maker) -> None:
    console, far = await opened(made)
    await far.write(b"hello")
    await until(console, lambda: console.screen.text()[0] == "hello")
    await far.close()
    await until(console, lambda: console.state is ConsoleState.CLOSED)
    assert console.reason == "The far side ended the session."
    assert console.screen.text()[0] == "hello"
    with pytest.raises(StreamError, match="has ended"):
        await console.write(b"x")


async def test_what_is_written_arrives(made: Maker) -> None:
    console, far = await opened(made)
    await console.write(b"ls\r")
    assert await far.reader.readexactly(3) == b"ls\r"
    await far.close()


async def test_input_is_taken_whole_or_refused_while_the_far_side_does_not_read(
    made: Maker,
) -> None:
    console, far = await opened(made)
    piece = b"x" * 65536
    taken_bytes = 0
    async with asyncio.timeout(DEADLINE_S):
        while console.offer(piece):
            taken_bytes += len(piece)
            await asyncio.sleep(0)
        assert taken_bytes < 2 * WAITING_LIMIT_BYTES
        assert not console.offer(b"key")
        assert await far.reader.readexactly(taken_bytes) == b"x" * taken_bytes
        while not console.offer(b"end"):
            await asyncio.sleep(0)
        assert await far.reader.readexactly(3) == b"end"
    await far.close()
    await until(console, lambda: console.state is ConsoleState.CLOSED)
    assert not console.offer(b"x")


async def test_queries_are_answered_to_the_far_side(made: Maker) -> None:
    console, far = await opened(made)
    await far.write(b"\x1b[2;3H\x1b[6n")
    async with asyncio.timeout(DEADLINE_S):
        assert await far.reader.readexactly(6) == b"\x1b[2;3R"
    assert console.screen.text() == [""] * 5
    await far.close()


async def test_opening_is_tried_again_while_that_may_help(
    made: Maker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("terminal.console.FIRST_RETRY_S", 0.01)
    near, far = await socket_streams()
    attempts = 0

    async def opener() -> ByteStream:
        nonlocal attempts
        attempts += 1
        if attempts < 4:
            raise StreamError("Nobody listens yet.", retry=True)
        return near

    console = made(opener)
    await until(console, lambda: console.reason == "Nobody listens yet.")
    assert console.state is ConsoleState.CONNECTING
    with pytest.raises(StreamError, match="not connected yet"):
        await console.write(b"x")
    await until_open(console)
    assert (attempts, console.reason) == (4, "")
    await far.close()


async def test_a_refusal_for_good_ends_the_console(made: Maker) -> None:
    async def opener() -> ByteStream:
        raise StreamError("This socket is not a hypervisor's.")

    console = made(opener)
    await until(console, lambda: console.state is ConsoleState.CLOSED)
    assert console.reason == "This socket is not a hypervisor's."


async def test_a_fault_of_ours_ends_the_console_and_is_logged(
    made: Maker, caplog: pytest.LogCaptureFixture
) -> None:
    async def opener() -> ByteStream:
        raise RuntimeError("fault")

    with caplog.at_level(logging.ERROR):
        console = made(opener)
        await until(console, lambda: console.state is ConsoleState.CLOSED)
    assert "log" in console.reason
    assert "stopped by a fault" in caplog.text


async def test_closing_while_connecting_stops_trying(made: Maker) -> None:
    async def opener() -> ByteStream:
        raise StreamError("Nobody listens yet.", retry=True)

    console = made(opener)
    await until(console, lambda: bool(console.reason))
    await console.close("The machine was removed.")
    assert (console.state, console.reason) == (ConsoleState.CLOSED, "The machine was removed.")
    await console.close("again")
    assert console.reason == "The machine was removed."
    console.start()
    assert console.state is ConsoleState.CLOSED


async def test_the_size_reaches_the_far_side_where_there_is_a_way(made: Maker) -> None:
    console = made(shell)
    await until_open(console)
    await console.write(b"stty size\n")
    await until(console, lambda: shows(console, "5 20"))
    assert console.size_follows
    assert await console.resize(rows=7, columns=33)
    await console.write(b"stty size\n")
    await until(console, lambda: shows(console, "7 33"))


async def test_a_far_side_without_a_size_is_told_apart(made: Maker) -> None:
    console, far = await opened(made)
    assert await console.resize(rows=7, columns=33) is False
    assert (console.screen.rows, console.screen.columns, console.size_follows) == (7, 33, False)
    await far.close()


async def test_two_viewers_see_the_same(made: Maker) -> None:
    console, far = await opened(made)
    pictures: list[dict[int, str]] = [{}, {}]

    async def view(picture: dict[int, str], painted: Painted, wanted: str) -> None:
        revision = 0
        while wanted not in picture.values():
            for number, row in painted.take(console.screen).rows.items():
                picture[number] = row.plain_text()
            revision = await console.wait_change(revision)

    async with asyncio.timeout(DEADLINE_S):
        watching = [asyncio.create_task(view(picture, Painted(), "end")) for picture in pictures]
        for number in range(50):
            await far.write(b"line %d\r\n" % number)
        await far.write(b"\x1b[2J\x1b[Hsame\r\nend")
        await until(console, lambda: "end" in console.screen.text())
        await far.write(b"\x1b[4;1H.")
        await asyncio.gather(*watching)
    assert pictures[0][0] == pictures[1][0] == "same"
    await far.close()


async def test_a_console_reads_on_without_viewers(made: Maker) -> None:
    console, far = await opened(made)
    async with asyncio.timeout(DEADLINE_S):
        await far.write(b"x" * 2_000_000 + b"\r\nall read")
    await until(console, lambda: console.screen.text()[-1] == "all read")
    await far.close()


async def test_a_long_paste_that_comes_back_neither_blocks_nor_loses_a_byte(made: Maker) -> None:
    """The far side reads on only while we read what it sends back."""
    console = made(shell)
    await until_open(console)
    size = 150_000
    command = f"stty raw -echo; echo go''ing; head -c {size}; stty sane; printf '\\nde''ar\\n'\n"
    await console.write(command.encode())
    await until(console, lambda: shows(console, "going"))
    await console.write(b"%" * size)
    await until(console, lambda: shows(console, "dear"))
    assert "".join([*console.screen.history(), *console.screen.text()]).count("%") == size


class Bill(Governor):
    """A governor that also writes down what it was paid, and lets nobody go on when told so."""

    def __init__(self) -> None:
        super().__init__()
        self.spent_s = 0.0
        self.paid = asyncio.Event()
        self.open = asyncio.Event()

    async def pay(self, spent_s: float) -> None:
        self.spent_s += spent_s
        self.paid.set()
        await super().pay(spent_s)
        await self.open.wait()


async def test_a_console_in_debt_reads_nothing(made: Maker) -> None:
    bill = Bill()
    console, far = await opened(made, bill)
    flooding = asyncio.create_task(far.write(b"x" * 2_000_000 + b"\r\nall read"))
    async with asyncio.timeout(DEADLINE_S):
        await bill.paid.wait()
        revision = console.revision
        for _ in range(100):
            await asyncio.sleep(0)
        assert console.revision == revision
        bill.open.set()
        await flooding
    await until(console, lambda: console.screen.text()[-1] == "all read")
    await far.close()


@contextmanager
def stalls(*, every_s: float, for_s: float) -> Iterator[None]:
    """Hold this thread up in the midst of its work, as other processes on the machine do."""

    def stall(*_: object) -> None:
        time.sleep(for_s)
        signal.setitimer(signal.ITIMER_REAL, every_s)

    before = signal.signal(signal.SIGALRM, stall)
    signal.setitimer(signal.ITIMER_REAL, every_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


async def test_a_console_is_not_billed_for_the_time_of_other_processes(made: Maker) -> None:
    bill = Bill()
    bill.open.set()
    console, far = await opened(made, bill)
    with stalls(every_s=0.001, for_s=0.003):
        began_s = time.thread_time()
        await far.write(b"x" * 500_000 + b"\r\nall read")
        await until(console, lambda: console.screen.text()[-1] == "all read")
        worked_s = time.thread_time() - began_s
    assert 0.1 * worked_s < bill.spent_s <= worked_s
    await far.close()


class LimitsKept(SocketStream):
    """A stream that keeps how much it was asked for."""

    def __init__(self, stream: SocketStream) -> None:
        super().__init__(stream.reader, stream.writer)
        self.limits: list[int] = []

    async def read(self, limit: int = 8192) -> bytes:
        self.limits.append(limit)
        return await super().read(limit)


async def test_dense_output_is_read_in_smaller_slices_until_it_is_over(made: Maker) -> None:
    end, far = await socket_streams()
    near = LimitsKept(end)
    console = await opened_on(near, made)
    await far.write(b"\x1b[L" * 100_000 + b"dense")
    await until(console, lambda: shows(console, "dense"))
    assert near.limits[0] == READ_LIMIT_BYTES
    assert min(near.limits) <= READ_LIMIT_BYTES / 2
    async with asyncio.timeout(DEADLINE_S):
        for _ in range(10):
            revision = console.revision
            await far.write(b".")
            await console.wait_change(revision)
    await until(console, lambda: near.limits[-1] == READ_LIMIT_BYTES)
    await far.close()


async def test_a_flood_leaves_the_loop_responsive_and_ctrl_c_stops_it(made: Maker) -> None:
    console = made(shell)
    await until_open(console)
    await console.write(b"yes\n")
    await until(console, lambda: console.screen.history_total > 1000)
    delays_s = []
    for _ in range(100):
        before_s = time.perf_counter()
        await asyncio.sleep(0.005)
        delays_s.append(time.perf_counter() - before_s - 0.005)
    assert sorted(delays_s)[50] < 0.05
    await console.write(b"\x03")
    asked_s = time.perf_counter()
    await console.write(b"echo stop''ped\n")
    await until(console, lambda: shows(console, "stopped"))
    assert time.perf_counter() - asked_s < 2


async def test_fifty_consoles_leave_no_task_and_no_descriptor() -> None:
    warm = Console("warm", open=shell)
    warm.start()
    await until_open(warm)
    await warm.close()
    tasks, descriptors = len(asyncio.all_tasks()), open_descriptors()
    for number in range(50):
        console = Console(f"console {number}", open=shell)
        console.start()
        if number % 2:
            await until_open(console)
        await console.close()
    assert (len(asyncio.all_tasks()), open_descriptors()) == (tasks, descriptors)
