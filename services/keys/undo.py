"""Former values of keys: kept for ten minutes so that a change can be undone, then erased.

They are in hero_proc's store and their time is in the database, so both outlive the cockpit; what
fell due while it was away is erased when it starts. The note is written before the value is kept
and dropped after the value is erased: a value without a note is one whose database was lost, and
is erased when the cockpit starts.
"""

import asyncio
import logging
from datetime import datetime, timedelta

from services.clock import Clock
from services.errors import CockpitError, Refused
from services.keys.records import KeyRecords
from services.keys.vault import KeyVault

log = logging.getLogger(__name__)

KEPT = timedelta(minutes=10)
RETRY_S = 30.0
LONGEST_SLEEP_S = 30.0
"""A clock that is set, or a machine that slept, is noticed after so long."""
SLACK = timedelta(minutes=1)
"""What would be kept for longer than `KEPT` and this: the clock was set back meanwhile."""


class KeyUndo:
    """The former values that are kept; whoever starts it closes it."""

    def __init__(self, vault: KeyVault, records: KeyRecords, clock: Clock) -> None:
        self._vault = vault
        self._records = records
        self._clock = clock
        self._writing = asyncio.Lock()
        self._news = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin to erase what falls due, also what did so before."""
        self._task = asyncio.create_task(self._erase_all(), name="former keys")

    async def close(self) -> None:
        """Stop; what is kept is erased after the next start."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def keep(self, name: str, value: str) -> datetime:
        """Keep the former value of a key; return until when."""
        until = self._clock.now() + KEPT
        async with self._writing:
            await self._records.keep_undo(name, until=until)
            try:
                await self._vault.keep_former(name, value)
            except Refused:
                await self._erase(name)
                raise
        self._news.set()
        return until

    async def value(self, name: str) -> str | None:
        """Return the former value of a key; None when there is none or its time is over."""
        until = (await self._records.undos()).get(name)
        if until is None or _is_over(until, self._clock.now()):
            return None
        return await self._vault.former(name)

    async def erase(self, name: str) -> None:
        """Erase the former value of a key, if any is kept."""
        async with self._writing:
            if name in await self._records.undos():
                await self._erase(name)

    async def erase_due(self) -> float | None:
        """Erase what fell due; return the seconds until the next does, None when none is left."""
        waits: list[float] = []
        async with self._writing:
            now = self._clock.now()
            for name, until in (await self._records.undos()).items():
                if _is_over(until, now):
                    await self._erase(name)
                else:
                    waits.append((until - now).total_seconds())
        return min(waits, default=None)

    async def erase_strays(self) -> None:
        """Erase the former values of which no note tells, as after the loss of the database."""
        async with self._writing:
            noted = await self._records.undos()
            for name in await self._vault.former_names():
                if name not in noted:
                    log.warning("the former value %r is erased: nothing notes until when", name)
                    await self._vault.erase_former(name)

    async def _erase(self, name: str) -> None:
        await self._vault.erase_former(name)
        await self._records.drop_undo(name)

    async def _erase_all(self) -> None:
        strays, trouble = True, ""
        while True:
            self._news.clear()
            try:
                wait_s = await self.erase_due()
                if strays:
                    await self.erase_strays()
                strays, trouble = False, ""
            except CockpitError as error:
                if error.message != trouble:
                    log.warning("former keys could not be looked through yet: %s", error.message)
                wait_s, trouble = RETRY_S, error.message
            except Exception:
                # Whatever it is, a former value must not outstay its time for it.
                log.exception("looking through the former keys failed; it is tried again")
                wait_s = RETRY_S
            if wait_s is None:
                await self._news.wait()
            else:
                await self._clock.sleep(min(wait_s, LONGEST_SLEEP_S))


def _is_over(until: datetime, now: datetime) -> bool:
    return not now < until <= now + KEPT + SLACK
