"""A clock whose hands the test turns."""

import asyncio
from datetime import UTC, datetime, timedelta


class HandClock:
    """Stands still until `advance`; sleepers wake in the order of their times."""

    def __init__(self) -> None:
        self._start = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
        self._passed_s = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []

    def now(self) -> datetime:
        return self._start + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        return self._passed_s

    async def sleep(self, seconds: float) -> None:
        woken = asyncio.Event()
        self._sleepers.append((self._passed_s + seconds, woken))
        await woken.wait()

    @property
    def sleepers(self) -> int:
        return len(self._sleepers)

    def set_back(self, seconds: float) -> None:
        """Correct the time of day; what passes meanwhile goes on as before."""
        self._start -= timedelta(seconds=seconds)

    def advance(self, seconds: float) -> None:
        self._passed_s += seconds
        due = [sleeper for sleeper in self._sleepers if sleeper[0] <= self._passed_s]
        self._sleepers = [sleeper for sleeper in self._sleepers if sleeper not in due]
        for _, woken in due:
            woken.set()


class RacingClock(HandClock):
    """Never makes anybody wait: every sleep passes at once and moves the hands."""

    async def sleep(self, seconds: float) -> None:
        self.advance(seconds)
        await asyncio.sleep(0)
