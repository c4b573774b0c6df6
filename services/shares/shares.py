"""Shares: the one place through which services are opened to others, listed, checked and closed.

hero_proxy obeys every local caller, so what may be shared is decided on this side of it.
Source: product reference 1.4 and S11 to S13.
"""

import asyncio
import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from weakref import WeakValueDictionary

from services.clock import Clock
from services.contract.share import ExposeService, Share, ShareList, ShareState
from services.errors import CockpitError, Invalid, NotFound, Refused, Unreachable
from services.hero.proxy_routes import Route
from services.shares.ending import Ending
from services.shares.gate import Gate, Names, Shared, foreign_share, listed
from services.shares.names import PublicDomain
from services.shares.opening import Opening
from services.shares.records import Record, ShareRecords, called
from services.shares.targets import Judged
from services.shares.witness import Stranger
from services.state.store import Store

log = logging.getLogger(__name__)

_LOST = (
    "It ends when it should, but the database that knew who opened it was lost. "
    "Check it to see what a stranger sees."
)
_UNNOTED = "It was closed, but that could not be written down, so it is looked at again."


class Shares:
    """The shares of this machine."""

    def __init__(
        self,
        store: Store,
        gate: Gate,
        stranger: Stranger,
        records: ShareRecords,
        *,
        clock: Clock,
    ) -> None:
        self._store = store
        self._gate = gate
        self._records = records
        self._stranger = stranger
        self._clock = clock
        self._ending = Ending(gate, stranger, records, clock)
        self._opening = Opening(store, gate, stranger, records, ending=self._ending, clock=clock)
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.changed = asyncio.Event()
        """Set when another moment may be the next at which a share is to close."""

    async def list(self, *, closed: bool = False) -> ShareList:
        """Return the open shares, those made by others too, and with `closed` the former ones."""
        records = [r for r in await self._records.open() if r.share.domain_id]
        former = [r.share for r in await self._records.closed()] if closed else []
        try:
            names = await self._gate.names()
        except CockpitError as error:
            known = (*(r.share for r in records), *former)
            return ShareList(shares=known, sentence=f"{error.message} This is what was last known.")
        domain, sentence = self._domain(names)
        foreign = await self._foreign(names, domain, records)
        return ShareList(
            shares=(*(listed(r, names) for r in records), *(f.share for f in foreign), *former),
            domain=domain.shown if domain else "",
            sentence=sentence,
        )

    async def open(self, params: ExposeService) -> Share:
        """Open a share and return it with what a stranger sees.

        One that turns out wider than asked for is closed again, and Refused is raised.
        """
        plan = await self._opening.plan(params)
        async with self._turn(plan.new.domain):
            try:
                return await self._opening.carry_out(plan)
            finally:
                self.changed.set()

    async def close(self, name: str) -> Share:
        """Close a share, by its id or name, and return it with the proof."""
        record = await self._find(name)
        try:
            return await self._close(record)
        finally:
            self.changed.set()

    async def close_all(self) -> ShareList:
        """Close every share, those made by others too, and return each with its proof."""
        records = list(await self._records.open())
        for record in records:
            await self._records.ask_end(record, self._clock.now())
        try:
            return await self._close_each(records)
        finally:
            self.changed.set()

    async def _close_each(self, known: Sequence[Record]) -> ShareList:
        try:
            names = await self._gate.names()
        except CockpitError as error:
            kind = Unreachable if isinstance(error, Unreachable) else Refused
            raise kind(
                f"All shares are closed as soon as hero_proxy answers: {error.message}",
                error.detail,
            ) from error
        domain, _ = self._domain(names)
        foreign = await self._foreign(names, domain, known)
        records = [*known, *[await self._adopted(record) for record in foreign]]
        ended = await asyncio.gather(*(self._close_or_say_why(record) for record in records))
        left = sum(1 for share in ended if share.state is not ShareState.CLOSED)
        return ShareList(
            shares=tuple(ended),
            domain=domain.shown if domain else "",
            sentence=f"{left} of {len(ended)} could not be proven closed." if left else "",
        )

    async def check(self, name: str) -> Share:
        """Look at a share as a stranger would, and return it with what was seen.

        Raises Refused for one of another machine: what an export calls its name may be anything.
        """
        record = await self._find(name, closed=True)
        if record.is_restored:
            raise Refused(
                f"{record.domain} comes from an export and was never shared here, so there is "
                "nothing to look at."
            )
        names = await self._gate.names()
        shared = names.shared.get(record.domain)
        if record.share.closed_at is not None or (names.told and shared is None):
            share = await self._look_after(record, gone=names.told and shared is None)
        else:
            share = await self._opening.look(record.share, shared.target.path if shared else None)
        await self._records.looked(record, share)
        return share

    async def close_due(self) -> Sequence[tuple[Record, CockpitError | None]]:
        """Close what is to be closed by now; return each with why it could not be, or be noted."""
        now = self._clock.now()
        due = [record for record in await self._records.open() if record.is_due(now)]
        if not due:
            return []
        ended = await asyncio.gather(*(self._close_when_due(record) for record in due))
        left = {record.number for record in await self._records.open()}
        return [
            (record, error or (Refused(_UNNOTED) if record.number in left else None))
            for record, error in ended
        ]

    async def take_back_lost(self) -> None:
        """Keep again what is to end and the database lost; raises Unreachable and Refused."""
        lost = await self._records.lost()
        if not lost:
            return
        names = await self._gate.names()
        domain, _ = self._domain(names)
        snapshot = await self._store.fresh()
        for name in lost:
            shared = names.shared.get(name) or Shared(Route(name), Judged(Path(), "", ""))
            share = foreign_share(shared, domain, snapshot)
            over = name in names.own or (names.told and name not in names.shared)
            await self._take_back(Record(name, share), over=over)

    async def next_expiry(self) -> datetime | None:
        """Return when the next share expires; None when none does."""
        ends = (r.share.expires_at for r in await self._records.open())
        return min((end for end in ends if end is not None), default=None)

    async def close_unfinished(self) -> None:
        """Have closed what was being opened when the cockpit died: nobody was told of it."""
        await self._records.ask_end_of_unfinished(self._clock.now())

    async def _close(self, record: Record) -> Share:
        async with self._turn(record.domain):
            current: Record | None = record
            if record.number:
                current = {r.number: r for r in await self._records.open()}.get(record.number)
            if current is None:
                raise NotFound(f"The share {record.share.subdomain} is closed already.")
            return await self._ending.end(current)

    async def _close_or_say_why(self, record: Record) -> Share:
        try:
            return await self._close(record)
        except NotFound as error:
            ended = await self._records.numbered(record.number)  # the keeper was faster
            unclear = {"state": ShareState.UNCLEAR, "sentence": error.message}
            return ended.share if ended else record.share.model_copy(update=unclear)
        except CockpitError as error:
            unclear = {"state": ShareState.UNCLEAR, "sentence": error.message}
            return record.share.model_copy(update=unclear)

    async def _close_when_due(self, record: Record) -> tuple[Record, CockpitError | None]:
        try:
            share = await self._close(record)
        except NotFound:
            return record, None
        except CockpitError as error:
            return record, error
        return record, None if share.closed_at else Refused(share.sentence)

    async def _take_back(self, record: Record, *, over: bool) -> None:
        async with self._turn(record.domain):
            expires_at = (await self._records.lost()).get(record.domain)
            if expires_at is None:
                return
            if over:
                await self._records.forget_expiry(record.domain)
                return
            share = record.share.model_copy(update={"expires_at": expires_at, "sentence": _LOST})
            log.warning("the share %s was lost with the database; it is kept again", record.domain)
            await self._records.keep(replace(record, share=share))

    async def _look_after(self, record: Record, *, gone: bool) -> Share:
        """Look at a share that is over, by our doing or because hero_proxy has it no more."""
        seen, kept_out, sentence = await self._ending.look_after(record, gone=gone)
        state = ShareState.CLOSED if kept_out else ShareState.UNCLEAR
        closed_at = record.share.closed_at or (self._clock.now() if kept_out else None)
        witness = self._stranger.report(seen, as_expected=bool(kept_out), sentence=sentence)
        return record.share.model_copy(
            update={
                "state": state,
                "closed_at": closed_at,
                "witness": witness,
                "sentence": sentence,
            }
        )

    async def _find(self, name: str, *, closed: bool = False) -> Record:
        """Return the share meant; one made at hero_proxy directly is kept from now on."""
        records = await self._records.open()
        if (record := called(records, name)) is not None:
            return record
        names = await self._gate.names()
        domain, _ = self._domain(names)
        foreign = await self._foreign(names, domain, records)
        if (record := called(foreign, name)) is not None:
            return await self._adopted(record)
        if closed and (record := called(await self._records.closed(), name)) is not None:
            return record
        raise NotFound(f"There is no open share {name[:80]!r}. List the shares to see their names.")

    async def _adopted(self, foreign: Record) -> Record:
        """Keep a share that was made at hero_proxy directly, once, if the disk takes it."""
        async with self._turn(foreign.domain):
            open_now = {record.domain: record for record in await self._records.open()}
            if foreign.domain in open_now:
                return open_now[foreign.domain]
            try:
                return await self._records.keep(foreign)
            except CockpitError as error:
                log.error("the share %s is not noted: %s", foreign.domain, error.message)
                return foreign

    async def _foreign(
        self, names: Names, domain: PublicDomain | None, known: Iterable[Record]
    ) -> Sequence[Record]:
        ours = {record.domain for record in known}
        theirs = [shared for name, shared in names.shared.items() if name not in ours]
        if not theirs:
            return ()
        snapshot = await self._store.fresh()
        ends = await self._records.lost()
        found = [(t.route.domain, foreign_share(t, domain, snapshot)) for t in theirs]
        return [
            Record(name, share.model_copy(update={"expires_at": ends.get(name)}))
            for name, share in found
        ]

    def _domain(self, names: Names) -> tuple[PublicDomain | None, str]:
        try:
            return self._gate.public_domain(names), ""
        except Invalid as error:
            return None, error.message

    def _turn(self, domain: str) -> asyncio.Lock:
        """Return the lock of one name: it is opened and closed by one at a time."""
        lock = self._turns.get(domain)
        if lock is None:
            lock = self._turns[domain] = asyncio.Lock()
        return lock
