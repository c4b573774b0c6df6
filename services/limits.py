"""How often something may be done: a limit over a moving span of time, per key."""

import math
from collections import deque

from services.clock import Clock
from services.errors import Refused

_MOST_KEYS = 1000


class RateLimit:
    """So many times in so many seconds, counted for each key on its own."""

    def __init__(self, clock: Clock, *, times: int, per_s: float, what: str = "This") -> None:
        """Begin with nothing taken; `what` begins the sentence of a refusal."""
        self._clock = clock
        self._times = times
        self._per_s = per_s
        self._what = what
        self._taken: dict[str, deque[float]] = {}

    def take(self, key: str) -> None:
        """Count one more for `key`; raises Refused, uncounted, saying when it is possible again."""
        now = self._clock.monotonic()
        self._forget_old(now)
        taken = self._taken.setdefault(key, deque())
        if len(taken) >= self._times:
            often = "once" if self._times == 1 else f"{self._times} times"
            wait_s = max(1, math.ceil(taken[0] + self._per_s - now))
            raise Refused(
                f"{self._what} is possible {often} in {_span(self._per_s)}. "
                f"Try again in {_span(wait_s)}."
            )
        taken.append(now)

    def _forget_old(self, now: float) -> None:
        for key, taken in list(self._taken.items()):
            while taken and now - taken[0] >= self._per_s:
                taken.popleft()
            if not taken:
                del self._taken[key]
        if len(self._taken) > _MOST_KEYS:
            del self._taken[next(iter(self._taken))]


def _span(seconds: float) -> str:
    for unit_s, unit in ((3600, "hour"), (60, "minute")):
        if seconds >= unit_s and seconds % unit_s == 0:
            count = int(seconds // unit_s)
            return f"{count} {unit}{'s' if count > 1 else ''}"
    return f"{seconds:.0f} s"
