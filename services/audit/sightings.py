"""Keeps what happens by itself: crashes, restarts, states, disappearances, shortages, our own ends.

The store polls only while somebody watches; a slow look of our own covers the rest of the time.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import datetime

from services.audit.sighting_rules import Seen, Sighting, seen_now, sighted, vanished
from services.clock import Clock, SystemClock
from services.contract.audit import EventKind
from services.database import Database, Row, Transaction, utc_text
from services.errors import CockpitError
from services.models import Snapshot
from services.state.store import Store

log = logging.getLogger(__name__)

LOOK_S = 30.0
KEPT_ROWS = 100_000
"""Older sightings are dropped; about 26 MB."""

_STARTED, _ENDED = "started", "ended"
_MOST_WAITING = 5000
_INSERT = """INSERT INTO sighting (at, kind, service, state, works, until, sentence)
    VALUES (?, ?, ?, ?, ?, ?, ?)"""
_LATEST = """SELECT service, state, works, at FROM sighting WHERE number IN
    (SELECT max(number) FROM sighting WHERE kind IN ('state', 'crash', 'restart') GROUP BY service)
"""

Shortages = Callable[[frozenset[str]], Mapping[str, str]]
"""Returns a sentence for each resource that runs short, given those that did so last time."""


class Sightings:
    """What was seen to happen, written in batches; whoever starts it closes it."""

    def __init__(
        self,
        database: Database,
        store: Store,
        *,
        shortages: Shortages | None = None,
        clock: Clock | None = None,
        look_s: float = LOOK_S,
    ) -> None:
        """Watch `store`, and look by itself every `look_s` seconds; `shortages` may block."""
        self._database = database
        self._store = store
        self._shortages = shortages
        self._clock = clock or SystemClock()
        self._look_s = look_s
        self._seen: dict[str, Seen] = {}
        self._reachable: bool | None = None
        self._short: Mapping[str, str] = {}
        self._waiting: list[Sighting] = []
        self._news = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []
        self._start_row = 0

    async def start(self) -> None:
        """Note our own start, and how the former run ended; then begin to look."""
        now = self._clock.now()
        self._start_row = await self._database.run(lambda t: _begin(t, now))
        self._seen = await self._database.run(_last_seen)
        self._store.on_change(self.take)
        self._tasks = [
            asyncio.create_task(self._look_now_and_then(), name="slow look"),
            asyncio.create_task(self._write_batches(), name="sightings"),
        ]

    async def close(self) -> None:
        """Write what waits and our own end; raises nothing."""
        tasks, self._tasks = self._tasks, []
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)
            sentence = "The cockpit ended in good order."
            self._add(EventKind.COCKPIT, sentence, state=_ENDED, works=False)
            await self._write()

    @property
    def waiting(self) -> int:
        """How many sightings are not written yet."""
        return len(self._waiting)

    def take(self, snapshot: Snapshot) -> None:
        """Note what is new in a snapshot; quick, and writes nothing itself."""
        at = snapshot.at or self._clock.now()
        self._take_source(snapshot)
        if not snapshot.source.reachable or snapshot.at is None:
            return
        for service in snapshot.services:
            seen = self._seen.get(service.name)
            if seen is not None and seen.fits(service):
                seen.worked_at = at if seen.works else seen.worked_at
                continue
            self._keep(sighted(seen, service, at))
            self._seen[service.name] = seen_now(seen, service, at)
        for name in self._seen.keys() - {service.name for service in snapshot.services}:
            seen = self._seen[name]
            if (gone := vanished(name, seen, at)) is not None:
                self._keep(gone)
                self._seen[name] = Seen(gone.state, False, seen.worked_at)

    def _take_source(self, snapshot: Snapshot) -> None:
        """Note that hero_proc fell silent or answers again; its first answer is no news."""
        reachable = snapshot.source.reachable
        if snapshot.source.since is None or reachable is self._reachable:
            return
        if self._reachable is not None or not reachable:
            state = "answers" if reachable else "silent"
            self._add(
                EventKind.MACHINE,
                snapshot.source.sentence,
                service="hero_proc",
                state=state,
                works=reachable,
            )
        self._reachable = reachable

    def _add(
        self, kind: EventKind, sentence: str, *, state: str, works: bool, service: str = ""
    ) -> None:
        self._keep(Sighting(self._clock.now(), kind, sentence, service, state, works))

    def _keep(self, sighting: Sighting | None) -> None:
        if sighting is None:
            return
        if len(self._waiting) >= _MOST_WAITING:
            del self._waiting[0]
        self._waiting.append(sighting)
        self._news.set()

    async def _look_now_and_then(self) -> None:
        while True:
            try:
                self.take(await self._store.fresh(max_age_s=self._look_s))
                await self._look_at_the_machine()
                await self._database.run(self._live_on)
            except CockpitError as error:
                log.warning("a slow look was not kept: %s", error.message)
            except Exception:
                log.exception("a slow look failed inside; the next one follows")
            await self._clock.sleep(self._look_s)

    async def _look_at_the_machine(self) -> None:
        if self._shortages is None:
            return
        short = await asyncio.to_thread(self._shortages, frozenset(self._short))
        for resource in short.keys() - self._short.keys():
            self._add(EventKind.MACHINE, short[resource], state=f"{resource} short", works=False)
        for resource in self._short.keys() - short.keys():
            sentence = f"There is enough {resource} again."
            self._add(EventKind.MACHINE, sentence, state=f"{resource} enough", works=True)
        self._short = short

    def _live_on(self, transaction: Transaction) -> None:
        """Note that we are alive, so that a later start can tell until when."""
        until = utc_text(self._clock.now())
        transaction.change("UPDATE sighting SET until = ? WHERE number = ?", until, self._start_row)

    async def _write_batches(self) -> None:
        while True:
            await self._news.wait()
            if not await self._write():
                await self._clock.sleep(self._look_s)

    async def _write(self) -> bool:
        """Write what waits; what cannot be written, as on a full disk, goes on waiting."""
        self._news.clear()
        batch, self._waiting = self._waiting, []
        try:
            await self._database.run(lambda t: _insert(t, batch))
        except CockpitError as error:
            log.warning("%d sightings wait to be written: %s", len(batch), error.message)
            self._waiting = batch + self._waiting
            self._news.set()
            return False
        return True


def _insert(transaction: Transaction, batch: list[Sighting]) -> None:
    transaction.change_many(_INSERT, [_columns(sighting) for sighting in batch])
    transaction.change(
        "DELETE FROM sighting WHERE number <= (SELECT max(number) FROM sighting) - ?", KEPT_ROWS
    )


def _columns(sighting: Sighting) -> tuple[str | int | None, ...]:
    return (
        utc_text(sighting.at),
        sighting.kind,
        sighting.service,
        sighting.state,
        sighting.works,
        None if sighting.until is None else utc_text(sighting.until),
        sighting.sentence,
    )


def _begin(transaction: Transaction, now: datetime) -> int:
    """Write our start and how the former run ended; return the row's number."""
    former = _former_run(transaction)
    sentence = "The cockpit started."
    if former is not None and former["state"] == _STARTED:
        until = datetime.fromisoformat(former["until"])
        sentence = (
            "The cockpit started; its former run ended without a word, "
            f"some time after {until:%Y-%m-%d %H:%M:%S} UTC."
        )
    row = Sighting(now, EventKind.COCKPIT, sentence, "", _STARTED, True, now)
    return transaction.add(_INSERT, *_columns(row))


def _former_run(transaction: Transaction) -> Row | None:
    return transaction.one(
        "SELECT state, at, until FROM sighting WHERE kind = 'cockpit' ORDER BY number DESC LIMIT 1"
    )


def _last_seen(transaction: Transaction) -> dict[str, Seen]:
    """Return what the former run saw last; what worked then did so until that run's last look."""
    rows = transaction.all(
        "SELECT max(coalesce(until, at)) AS at FROM sighting WHERE kind = 'cockpit' AND number < "
        "(SELECT max(number) FROM sighting WHERE kind = 'cockpit')"
    )
    ended = rows[0]["at"]
    return {
        row["service"]: Seen(
            state=row["state"],
            works=None if row["works"] is None else bool(row["works"]),
            worked_at=datetime.fromisoformat(ended or row["at"]) if row["works"] else None,
        )
        for row in transaction.all(_LATEST)
    }
