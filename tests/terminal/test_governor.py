"""Consoles together get at most their share of the loop's time."""

import asyncio
import time

from terminal.governor import CREDIT_S, Governor


async def work(governor: Governor, slice_s: float, until_s: float) -> float:
    """Be busy in slices; return the time spent."""
    spent_s = 0.0
    while time.monotonic() < until_s:
        started_s = time.perf_counter()
        while time.perf_counter() - started_s < slice_s:
            pass
        part_s = time.perf_counter() - started_s
        spent_s += part_s
        await governor.pay(part_s)
    return spent_s


async def test_busy_users_together_stay_within_their_share() -> None:
    governor = Governor(share=0.5)
    until_s = time.monotonic() + 0.5
    spent = await asyncio.gather(*[work(governor, 0.001, until_s) for _ in range(4)])
    assert sum(spent) < 0.5 * 0.5 + 0.1
    assert min(spent) > max(spent) / 4


async def test_a_short_burst_after_idle_time_does_not_wait() -> None:
    governor = Governor(share=0.5)
    started_s = time.monotonic()
    for _ in range(4):
        await governor.pay(CREDIT_S / 10)
    assert time.monotonic() - started_s < CREDIT_S * 3


async def test_paying_always_gives_the_loop_a_turn() -> None:
    turns = 0

    async def other() -> None:
        nonlocal turns
        turns += 1

    task = asyncio.create_task(other())
    await Governor().pay(0.0)
    await task
    assert turns == 1
