"""The store: one frozen snapshot of all shown state, replaced as the machine changes.

It polls hero_proc and looks at sockets, but only while somebody watches; it knows no window and
no rights.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from services.clock import Clock, SystemClock
from services.defaults import DEFAULTS, Defaults
from services.errors import CockpitError
from services.hero.proc import ProcClient
from services.hero.reports import Report
from services.models import Service, Snapshot, Source, State
from services.state.endpoints import Sockets
from services.state.history import Past, first_seen
from services.state.picture import Picture, is_visibly_same
from services.state.probe import Prober
from services.state.truth import Action
from services.wire.node import Node

log = logging.getLogger(__name__)

_SLICE = 25
"""Services worked on before the loop gets its turn; keeps a slice well below 5 ms."""
_MOVING = frozenset({State.STARTING, State.STOPPING})
"""States whose sockets are looked at with every poll, to see the end of it soon."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How often the store looks, in seconds."""

    poll_s: float = 2.0
    pending_s: float = 0.4
    """While an action has not come to its end."""
    linger_s: float = 5.0
    """How long it goes on after the last watcher left; a long poll comes right back."""
    first_look_s: float = 1.0
    """How long the first watcher after a pause waits for news that is not old."""
    patience_s: float = 0.3
    """How long new facts of hero_proc wait for those of the sockets, to be shown together."""


class Store:
    """Everything that is known of the services, and who waits for news of them."""

    def __init__(
        self,
        proc: ProcClient,
        node: Node,
        *,
        sockets: Path,
        clock: Clock | None = None,
        defaults: Defaults = DEFAULTS,
        pace: Pace | None = None,
    ) -> None:
        """Watch the services that `proc` lists; their sockets are below the folder `sockets`."""
        self.clock = clock or SystemClock()
        self.pace = pace or Pace()
        self.defaults = defaults
        self._proc = proc
        self._sockets = Sockets(node, self.clock, sockets, defaults)
        self._prober = Prober(node, self.clock, http_kinds=defaults.http_kinds)
        self._picture = Picture(self._sockets, self._prober, defaults)
        self._pasts: dict[str, Past] = {}
        self._moving: frozenset[str] = frozenset()
        self._snapshot = Snapshot()
        self._heard_at: datetime | None = None
        self._heard_monotonic: float | None = None
        self._shown_monotonic: float | None = None
        self._source = Source()
        self._changed = asyncio.Event()
        self._listeners: list[Callable[[Snapshot], None]] = []
        self._polls_begun = 0
        self._poll_done = 0
        self._polling = asyncio.Lock()
        self._publishing = asyncio.Lock()
        self._watchers = 0
        self._watched_until = 0.0
        self._poller: asyncio.Task[None] | None = None

    @property
    def snapshot(self) -> Snapshot:
        """The last published state, however old."""
        return self._snapshot

    async def watch(self, *, since: int = 0, timeout_s: float = 25.0) -> Snapshot:
        """Return the snapshot as soon as its revision is not `since`, else after `timeout_s`.

        A revision greater than ours comes from before a restart; that is answered at once.
        """
        self._watchers += 1
        self._keep_polling()
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(timeout_s, self.pace.first_look_s)):
                    await self.fresh(max_age_s=2 * self.pace.poll_s)
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_s):
                    while self._snapshot.revision == since:
                        await self._changed.wait()
        finally:
            self._watchers -= 1
            self._watched_until = self.clock.monotonic() + self.pace.linger_s
        return self._snapshot

    async def fresh(self, max_age_s: float = 1.0) -> Snapshot:
        """Return a snapshot that is at most `max_age_s` old; polls first if need be."""
        shown = self._shown_monotonic
        if shown is None or self.clock.monotonic() - shown > max_age_s:
            await self.refresh()
        return self._snapshot

    async def refresh(self) -> Snapshot:
        """Poll now; several callers share one poll that began after they asked."""
        asked = self._polls_begun
        async with self._polling:
            if self._poll_done <= asked:
                self._polls_begun = number = self._polls_begun + 1
                await self._poll()
                self._poll_done = number
        return self._snapshot

    def on_change(self, listener: Callable[[Snapshot], None]) -> None:
        """Call `listener` with every snapshot that differs; it must be quick and never raise."""
        self._listeners.append(listener)

    async def mark(self, name: str, action: Action | None) -> None:
        """Show that `action` is under way for a service, or that none is any more."""
        past = self._pasts.get(name)
        if past is None:
            return
        if action is None:
            past.end_action()
        else:
            past.begin_action(action, now=self.clock.now())
        await self._publish()

    async def close(self) -> None:
        """End the polling; watchers get what there is when their time is up."""
        poller, self._poller = self._poller, None
        if poller is not None:
            poller.cancel()
            await asyncio.wait({poller})

    def _keep_polling(self) -> None:
        if self._poller is None or self._poller.done():
            self._poller = asyncio.create_task(self._poll_while_watched(), name="store poller")

    async def _poll_while_watched(self) -> None:
        while self._watchers or self.clock.monotonic() < self._watched_until:
            try:
                await self.refresh()
            except Exception:
                log.exception("a poll failed inside; the next one follows")
            jitter = random.uniform(0.9, 1.1)  # noqa: S311 - spreads load, protects nothing
            await self.clock.sleep(self.pace.poll_s * jitter)

    async def _poll(self) -> None:
        try:
            reports = await self._proc.list()
        except CockpitError as error:
            self._lost(error)
        else:
            await self._heard(reports)
        paths = [p for past in self._pasts.values() for p in self._sockets.of(past.report)]
        look = asyncio.create_task(self._prober.look(paths), name="socket probes")
        try:
            await asyncio.wait({look}, timeout=self.pace.patience_s)
            if not look.done():
                await self._publish()
            await look
        finally:
            look.cancel()
            await asyncio.wait({look})
        await self._publish()

    def _lost(self, error: CockpitError) -> None:
        if self._source.reachable or self._source.since is None:
            log.warning("hero_proc is unreachable: %s %s", error.message, error.detail)
            self._source = Source(reachable=False, sentence=error.message, since=self.clock.now())
        elif self._source.sentence != error.message:
            self._source = self._source.model_copy(update={"sentence": error.message})

    async def _heard(self, reports: Sequence[Report]) -> None:
        now = self.clock.now()
        if not self._source.reachable:
            if self._source.since is not None:
                log.warning("hero_proc answers again")
            self._source = Source(reachable=True, sentence="hero_proc answers.", since=now)
        pasts: dict[str, Past] = {}
        for number, report in enumerate(reports, start=1):
            pasts[report.name] = self._noted(report, now)
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        self._pasts = pasts
        self._heard_at, self._heard_monotonic = now, self.clock.monotonic()
        await self._sockets.update(reports)

    def _noted(self, report: Report, now: datetime) -> Past:
        past = self._pasts.get(report.name)
        if past is None:
            return first_seen(report, now)
        changed = past.note(report, now=now)
        if changed or past.action or report.name in self._moving:
            self._prober.expect_change(self._sockets.of(report))
        return past

    async def _publish(self) -> None:
        """Replace the snapshot; its revision grows only when something visible changed."""
        async with self._publishing:
            heard, heard_at = self._heard_monotonic, self._heard_at
            services: list[Service] = []
            for number, past in enumerate(list(self._pasts.values()), start=1):
                said_at = heard_at or self.clock.now()
                services.append(self._picture.of(past, said_at=said_at, now=self.clock.now()))
                if number % _SLICE == 0:
                    await asyncio.sleep(0)
            self._moving = frozenset(s.name for s in services if s.state in _MOVING)
            same = await self._shows_the_same(services)
            self._shown_monotonic = heard
            self._snapshot = Snapshot.model_construct(
                revision=self._next_revision() if not same else self._snapshot.revision,
                at=heard_at,
                source=self._source,
                services=tuple(services),
            )
            if not same:
                self._changed.set()
                self._changed = asyncio.Event()
                for listener in self._listeners:
                    listener(self._snapshot)

    def _next_revision(self) -> int:
        """Return a revision that none before it had, not even before a restart of ours."""
        begun = int(self.clock.now().timestamp() * 1000)
        return self._snapshot.revision + 1 if self._snapshot.revision else begun

    async def _shows_the_same(self, services: Sequence[Service]) -> bool:
        shown = self._snapshot
        if shown.source != self._source or len(shown.services) != len(services):
            return False
        for number, (old, new) in enumerate(zip(shown.services, services, strict=True), start=1):
            if not is_visibly_same(old, new):
                return False
            if number % _SLICE == 0:
                await asyncio.sleep(0)
        return True
