"""Frames to one viewer: at once, then evenly, and never far ahead of what it painted."""

import asyncio

from views import terminal_pace
from views.terminal_pace import INTERVAL_S, Pace


async def waits(pace: Pace) -> bool:
    """Tell whether no turn is given within a few frames' time."""
    try:
        async with asyncio.timeout(INTERVAL_S * 6):
            await pace.turn()
    except TimeoutError:
        return True
    return False


async def test_the_first_frame_goes_out_at_once() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    await Pace().turn()
    assert loop.time() - began < INTERVAL_S


async def test_frames_keep_their_distance() -> None:
    pace, loop = Pace(), asyncio.get_running_loop()
    began = loop.time()
    for _ in range(4):
        await pace.turn()
        pace.painted(pace.sent())
    assert loop.time() - began >= 3 * INTERVAL_S * 0.9


async def test_a_viewer_that_paints_nothing_gets_no_more() -> None:
    pace = Pace()
    pace.sent()
    assert not await waits(pace)
    pace.sent()
    assert await waits(pace)


async def test_a_painted_frame_stands_for_those_before_it() -> None:
    pace = Pace()
    pace.sent()
    pace.painted(pace.sent())
    pace.sent()
    assert not await waits(pace)


async def test_numbers_that_were_never_sent_mean_nothing() -> None:
    pace = Pace()
    pace.sent()
    pace.sent()
    pace.painted(77)
    assert await waits(pace)


async def test_a_word_that_got_lost_holds_up_nothing_for_ever() -> None:
    pace = Pace()
    pace.sent()
    pace.sent()
    async with asyncio.timeout(terminal_pace.PAINTED_WITHIN_S * 2):
        await pace.turn()


async def test_another_connection_starts_afresh() -> None:
    pace = Pace()
    pace.sent()
    pace.sent()
    waiting = asyncio.create_task(pace.turn())
    await asyncio.sleep(0)
    pace.restart()
    async with asyncio.timeout(1):
        await waiting


async def test_numbers_go_round_within_what_a_probe_can_tell() -> None:
    pace = Pace()
    numbers = []
    for _ in range(terminal_pace.NUMBERS + 3):
        numbers.append(pace.sent())
        pace.painted(numbers[-1])
    assert set(numbers) == set(range(terminal_pace.NUMBERS))
