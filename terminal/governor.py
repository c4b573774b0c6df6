"""One time budget for all consoles of an event loop, so that a flood leaves room for the rest.

Nothing is queued: a console in debt waits, its socket fills, and the far side is held back.
"""

import asyncio
import time

SHARE = 0.5
CREDIT_S = 0.005
"""Work that idle time paid for in advance: short bursts, as an echo is, never wait."""


class Governor:
    """Lets its users work for at most a share of the time, all of them together."""

    def __init__(self, share: float = SHARE) -> None:
        self._share = share
        self._paid_until_s = 0.0

    async def pay(self, spent_s: float) -> None:
        """Account for work just done; return when more may be done, at least one turn later."""
        now = time.monotonic()
        self._paid_until_s = max(self._paid_until_s, now - CREDIT_S) + spent_s / self._share
        await asyncio.sleep(max(0.0, self._paid_until_s - now))


shared_governor = Governor()
"""The budget of this process; the consoles of one event loop share it."""
