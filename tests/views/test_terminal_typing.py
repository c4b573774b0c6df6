"""What one viewer types reaches the console whole, or is refused in words."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from terminal.console import Console, ConsoleState
from terminal.stream import ByteStream
from tests.terminal.streams import DEADLINE_S, SocketStream, socket_streams, until
from views.terminal_input import MAX_PASTE_BYTES
from views.terminal_scroll import Scroll
from views.terminal_typing import Typing

PASTE = b"p" + b"x" * MAX_PASTE_BYTES


class Told:
    """Stands in the viewer's place and counts what it would tell the person."""

    def __init__(self) -> None:
        self.refused_inputs = 0
        self.refused_pastes = 0

    def touched(self) -> None: ...
    def typed(self) -> None: ...
    def focused(self, on: bool) -> None: ...
    def copy(self) -> None: ...

    def refuse_paste(self) -> None:
        self.refused_pastes += 1

    def refuse_input(self) -> None:
        self.refused_inputs += 1


@asynccontextmanager
async def typing_into_console() -> AsyncIterator[tuple[Typing, Told, Console, SocketStream]]:
    """Give what types into a console, whose far end reads only what the test reads."""
    near, far = await socket_streams()

    async def opener() -> ByteStream:
        return near

    console, told = Console("main", open=opener), Told()
    console.start()
    await until(console, lambda: console.state is ConsoleState.OPEN)
    try:
        yield Typing(told, console, Scroll()), told, console, far
    finally:
        await far.close()
        await console.close()


async def test_what_waits_for_a_far_side_that_does_not_read_is_bounded_in_bytes() -> None:
    async with typing_into_console() as (typing, told, console, far):
        for _ in range(10):
            typing.frame(PASTE)
            await asyncio.sleep(0)
        assert told.refused_inputs == 1
        received = b""
        async with asyncio.timeout(DEADLINE_S):
            while not console.offer(b"."):
                received += await far.reader.read(65536)
            while not received.endswith(b"."):
                received += await far.reader.read(65536)
        whole_pastes, rest_bytes = divmod(len(received) - 1, MAX_PASTE_BYTES)
        assert (whole_pastes in (1, 2), rest_bytes) == (True, 0)


async def test_each_time_that_the_far_side_stops_reading_is_told_once() -> None:
    async with typing_into_console() as (typing, told, _, far):
        for stall in (1, 2):
            while told.refused_inputs < stall:
                typing.frame(PASTE)
                await asyncio.sleep(0)
            for _ in range(100):
                typing.frame(b"tx")
            assert told.refused_inputs == stall
            async with asyncio.timeout(DEADLINE_S):
                await far.reader.readexactly(MAX_PASTE_BYTES)


async def test_nothing_is_said_of_input_for_a_console_that_has_ended() -> None:
    async with typing_into_console() as (typing, told, console, _):
        await console.close()
        typing.frame(b"tx")
        assert told.refused_inputs == 0
