"""When one viewer may get its next frame: at once, then 60 times a second, never too far ahead.

Each frame carries a number that comes back when it was painted. A slow viewer gets fewer frames,
never a queue of them (terminal reference 5).
"""

import asyncio
import math
from collections import deque

INTERVAL_S = 1 / 60
PAINTED_WITHIN_S = 2.0
"""A frame that was not heard of for this long counts as painted: its word was lost."""
NUMBERS = 1024
"""Frame numbers go round after this many."""
FIRST_WINDOW, LARGEST_WINDOW = 2, 8


class Pace:
    """Gives turns to paint."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._last_s = -math.inf
        self._number = 0
        self._flying: deque[tuple[int, float]] = deque()
        self._heard = asyncio.Event()
        self._window = FIRST_WINDOW

    async def turn(self) -> None:
        """Wait until a frame may be sent."""
        while len(self._flying) >= self._window:
            self._heard.clear()
            try:
                async with asyncio.timeout(PAINTED_WITHIN_S):
                    await self._heard.wait()
            except TimeoutError:
                self._flying.clear()
        wait_s = self._last_s + INTERVAL_S - self._loop.time()
        if wait_s > 0:
            await asyncio.sleep(wait_s)

    def sent(self) -> int:
        """Note that a frame goes out; returns its number."""
        self._number = (self._number + 1) % NUMBERS
        self._last_s = self._loop.time()
        self._flying.append((self._number, self._last_s))
        return self._number

    def painted(self, number: int) -> None:
        """Note that the frame of that number is on the screen, and with it those before."""
        if all(number != flying for flying, _ in self._flying):
            return
        while self._flying:
            oldest, sent_s = self._flying.popleft()
            if oldest == number:
                self._widen(self._loop.time() - sent_s)
                break
        self._heard.set()

    def restart(self) -> None:
        """Forget what was under way: the viewer has another connection."""
        self._flying.clear()
        self._window = FIRST_WINDOW
        self._heard.set()

    def _widen(self, round_trip_s: float) -> None:
        """Let as many frames fly as fit into the time until one is heard of."""
        wanted = math.ceil(round_trip_s / INTERVAL_S) + 1
        self._window = max(FIRST_WINDOW, min(LARGEST_WINDOW, wanted))
