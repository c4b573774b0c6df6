"""A watcher that outlives the cockpit."""

import asyncio
from pathlib import Path

from tests.services.clocks import HandClock
from tests.services.machines import machine


async def test_after_a_restart_a_watcher_is_told_at_once(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock) as before:
        await before.add("hero_books")
        seen = await before.store.fresh()
    clock.advance(0.5)
    async with machine(sockets, clock=clock) as after:
        await after.add("hero_books")
        await after.add("hero_db")
        async with asyncio.timeout(3):
            news = await after.store.watch(since=seen.revision, timeout_s=30)
    assert news.revision > seen.revision
    assert len(news.services) == 2
