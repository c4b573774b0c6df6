"""Closes shares when their time is up, also when it came while nobody was there to close them.

Expiry goes by the wall clock and is in the database, so neither a restart nor a machine that slept
makes a share last longer than until we are back.
"""

import asyncio
import logging
from contextlib import suppress

from services.claims import Identity
from services.clock import Clock
from services.contract.share import UNEXPOSE_SERVICE
from services.errors import CockpitError
from services.journal import DONE, Journal
from services.shares.shares import Shares

log = logging.getLogger(__name__)

LONGEST_SLEEP_S = 30.0
"""A clock that is set forward, or a machine that slept, is noticed after so long."""
FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 30.0
EXPIRY = Identity(via="expiry")
"""Whom the audit names for what closes by itself."""


class ShareKeeper:
    """Watches the clock for all shares; whoever starts it closes it."""

    def __init__(self, shares: Shares, clock: Clock, journal: Journal | None = None) -> None:
        """Close shares of `shares`; each that closes leaves one line in `journal`."""
        self._shares = shares
        self._clock = clock
        self._journal = journal
        self._task: asyncio.Task[None] | None = None
        self._retry_s = 0.0

    async def start(self) -> None:
        """Begin to watch; what fell due before, or was left half open, is closed first."""
        self._task = asyncio.create_task(self._watch(), name="share keeper")

    async def close(self) -> None:
        """Stop watching; what was begun to be closed is taken up at the next start."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait({task})

    async def _watch(self) -> None:
        unfinished = True
        while True:
            self._shares.changed.clear()
            wait_s = LONGEST_SLEEP_S
            try:
                if unfinished:
                    await self._shares.close_unfinished()
                    unfinished = False
                failed = await self._close_due()
                wait_s = await self._wait_s(failed)
            except CockpitError as error:
                log.error("shares that are due could not be closed: %s", error.message)
            except Exception:
                # Whatever it is, the other shares must go on ending when they should.
                log.exception("watching over the shares failed; it is tried again")
            await self._rest(wait_s)

    async def _close_due(self) -> bool:
        """Close what is due; return whether something has to be tried again."""
        failed = False
        try:
            await self._shares.take_back_lost()
        except CockpitError as trouble:
            failed = True
            log.error("shares that the database lost are not kept yet: %s", trouble.message)
        for record, error in await self._shares.close_due():
            if error is None:
                log.info("the share %s is closed", record.domain)
                await self._note(record.domain)
            else:
                failed = True
                log.warning("the share %s is due: %s", record.domain, error.message)
        return failed

    async def _note(self, domain: str) -> None:
        if self._journal is None:
            return
        with suppress(CockpitError):
            await self._journal.note(
                EXPIRY,
                operation=UNEXPOSE_SERVICE.name,
                target=domain,
                outcome=DONE,
                reason="It was due.",
            )

    async def _wait_s(self, failed: bool) -> float:
        if failed:
            self._retry_s = min(max(FIRST_RETRY_S, 2 * self._retry_s), LONGEST_RETRY_S)
            return self._retry_s
        self._retry_s = 0.0
        due = await self._shares.next_expiry()
        if due is None:
            return LONGEST_SLEEP_S
        return min(max(0.0, (due - self._clock.now()).total_seconds()), LONGEST_SLEEP_S)

    async def _rest(self, wait_s: float) -> None:
        """Wait, or less when the shares change."""
        ways = {
            asyncio.ensure_future(self._clock.sleep(wait_s)),
            asyncio.ensure_future(self._shares.changed.wait()),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.wait(ways)
