"""Collects what may help to understand a report: versions, states, what happened lately, logs.

What cannot be read is said in its place. It takes nothing out: that is `redaction`.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from services.clock import Clock
from services.contract.audit import Event
from services.contract.log import LogLine
from services.errors import CockpitError
from services.models import Service, Snapshot, State
from services.state.health import health_sentence
from services.state.store import Store

LOOK_BACK = timedelta(minutes=15)
LOG_LINES = 30
MOST_LOGS = 5
MAX_LINE_CHARS = 500

TimeLine = Callable[[datetime], Awaitable[Sequence[Event]]]
"""What happened since a time, the newest first."""
Logs = Callable[[str, int], Awaitable[Sequence[LogLine]]]
"""The last so many lines of a service."""
Versions = Callable[[], Awaitable[Mapping[str, str]]]
"""What is installed, by name."""

_TROUBLED = frozenset({State.CRASH_LOOP, State.DEGRADED, State.FAILED, State.UNKNOWN})


class EvidenceCollector:
    """What can be told about this machine right now."""

    def __init__(
        self, store: Store, clock: Clock, *, versions: Versions, time_line: TimeLine, logs: Logs
    ) -> None:
        self._store = store
        self._clock = clock
        self._versions = versions
        self._time_line = time_line
        self._logs = logs

    async def collect(self) -> str:
        """Return all of it as text, with secrets that logs may hold."""
        snapshot = await self._store.fresh()
        troubled = [s for s in snapshot.services if s.state in _TROUBLED][:MOST_LOGS]
        parts = [
            f"Collected at {self._clock.now():%Y-%m-%d %H:%M:%S} UTC.",
            _titled("Health", [health_sentence(snapshot)]),
            _titled("Versions", await self._version_lines()),
            _titled("Services", _state_lines(snapshot)),
            _titled(f"The last {LOOK_BACK.seconds // 60} minutes", await self._event_lines()),
            *[_titled(f"Log of {s.name}", await self._log_lines(s)) for s in troubled],
        ]
        return "\n\n".join(parts)

    async def _version_lines(self) -> list[str]:
        try:
            versions = await self._versions()
        except CockpitError as error:
            return [_unread(error)]
        return [f"{name} {version or '(unknown)'}" for name, version in versions.items()]

    async def _event_lines(self) -> list[str]:
        try:
            events = await self._time_line(self._clock.now() - LOOK_BACK)
        except CockpitError as error:
            return [_unread(error)]
        lines = [_line(f"{e.at:%H:%M:%S} {e.service} {e.kind.value}: {e.sentence}") for e in events]
        return lines or ["nothing"]

    async def _log_lines(self, service: Service) -> list[str]:
        try:
            lines = await self._logs(service.name, LOG_LINES)
        except CockpitError as error:
            return [_unread(error)]
        return [_line(line.text) for line in lines] or ["nothing"]


def _state_lines(snapshot: Snapshot) -> list[str]:
    if not snapshot.services:
        return ["none is known"]
    return [_line(f"{s.name} {s.state.value}: {s.sentence}") for s in snapshot.services]


def _titled(title: str, lines: Sequence[str]) -> str:
    return "\n".join([f"## {title}", *lines])


def _unread(error: CockpitError) -> str:
    return f"(could not be read: {error.message})"


def _line(text: str) -> str:
    shown = "".join(c if c.isprintable() or c == "\t" else " " for c in text[:MAX_LINE_CHARS])
    return shown + ("…" if len(text) > MAX_LINE_CHARS else "")
