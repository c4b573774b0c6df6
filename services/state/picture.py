"""Draws one service from all that is known of it: the value that every face shows."""

from collections.abc import Sequence
from datetime import datetime

from services.defaults import Defaults
from services.hero.reports import Report, Word
from services.hero.socket_names import split_name
from services.models import Endpoint, Fact, Facts, Service
from services.state.endpoints import Sockets, introduced, seen_endpoints, summary
from services.state.history import Past
from services.state.probe import Prober
from services.state.truth import derive

_VISIBLE = tuple(
    name
    for name in Service.model_fields
    if name not in {"facts", "endpoints", "memory_bytes", "cpu_percent"}
)
_GOOD = {Word.RUNNING: True, Word.FAILED: False, Word.DEGRADED: False, Word.RETRYING: False}
_DOWN = frozenset({Word.STOPPED, Word.FAILED})
_MEMORY_STEP_BYTES = 8 * 1024 * 1024
"""Smaller differences of memory are no news."""
_CPU_STEP_PERCENT = 5.0


class Picture:
    """Puts reports, history and sightings together."""

    def __init__(self, sockets: Sockets, prober: Prober, defaults: Defaults) -> None:
        self._sockets = sockets
        self._prober = prober
        self._protected = defaults.protected

    def of(self, past: Past, *, said_at: datetime, now: datetime) -> Service:
        """Return the service as it is `now`; hero_proc's word on it is from `said_at`."""
        report = past.report
        paths = self._sockets.of(report)
        endpoints = seen_endpoints(paths, self._prober)
        verdict = derive(past.known(endpoints, said_at=said_at, now=now))
        app, _ = split_name(report.name)
        own = introduced(paths, self._prober)
        return Service(
            name=report.name,
            app=app,
            title=report.title or own["title"],
            description=report.description or own["description"],
            state=verdict.state,
            sentence=verdict.sentence,
            wanted=past.wanted,
            facts=_facts(report, endpoints, said_at),
            endpoints=endpoints,
            fix=verdict.fix,
            pending=past.action,
            pid=report.pid,
            since=past.since,
            restarts=past.restarts,
            memory_bytes=report.memory_bytes,
            cpu_percent=report.cpu_percent,
            version=own["version"] or report.version,
            protected=app in self._protected,
            raw_state=report.raw_state,
        )


def is_visibly_same(old: Service, new: Service) -> bool:
    """Tell whether a person would see no difference; times and small figures aside."""
    return (
        all(getattr(old, name) == getattr(new, name) for name in _VISIBLE)
        and _is_near(old.memory_bytes, new.memory_bytes, _MEMORY_STEP_BYTES)
        and _is_near(old.cpu_percent, new.cpu_percent, _CPU_STEP_PERCENT)
        and _words(old.endpoints) == _words(new.endpoints)
    )


def _is_near(old: float | None, new: float | None, step: float) -> bool:
    if old is None or new is None:
        return old is new
    return abs(old - new) < step


def _words(endpoints: Sequence[Endpoint]) -> list[object]:
    return [(e.path, e.accepts.ok, e.accepts.says, e.answers.ok, e.answers.says) for e in endpoints]


def _facts(report: Report, endpoints: Sequence[Endpoint], said_at: datetime) -> Facts:
    sockets = summary([e.accepts for e in endpoints], "accept")
    if report.word in _DOWN and not any(e.accepts.ok for e in endpoints):
        sockets = sockets.model_copy(update={"ok": None})  # what is down need not accept
    return Facts(
        supervisor=Fact(ok=_GOOD.get(report.word), says=report.raw_state or "no state", at=said_at),
        sockets=sockets,
        health=summary([e.answers for e in endpoints], "answer"),
    )
