"""Which events before a breakdown are the likeliest causes; rules of thumb, nothing learned. Pure.

An event counts by what it touched, and less the longer it lies back. The rules are weights in one
table, so that a person can check them.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from services.contract.audit import Event, EventKind

LOOK_BACK: Final = timedelta(hours=24)
"""How long before the last good look a cause is sought."""
MOST_SUSPECTS: Final = 5
HALF_LIFE_H: Final = 6.0
"""After so many hours an event counts half."""

CHANGED_NOTHING: Final = frozenset({"not_allowed", "invalid", "not_found"})
"""Ends of what somebody asked for after which all is as before."""

INSTALLED, KEY, OWN, MACHINE, NEED, MANIFEST, COCKPIT = 100, 90, 80, 70, 60, 50, 30
"""Weights: an install or upgrade of the app, a key that it uses, another action on it, a shortage
of the machine, trouble of what it stands on, the manifest, the cockpit's own start."""

_INSTALLS = frozenset({"cockpit.upgrade", "cockpit.install_service"})
_MANIFEST = frozenset({"cockpit.set_profile", "cockpit.restore_manifest", "cockpit.restore_export"})
_HARMLESS = frozenset(
    {
        "cockpit.test_byok_key",
        "cockpit.export_home",
        "cockpit.read_export",
        "cockpit.write_export",
    }
)


@dataclass(frozen=True, slots=True)
class Case:
    """A service that broke, and what it depends on."""

    service: str
    own: frozenset[str]
    """Names of the service, its app and the app's other services."""
    keys: frozenset[str]
    needs: frozenset[str]
    worked_until: datetime | None
    broke_at: datetime
    how: str
    """How it broke, in one sentence."""

    @property
    def begin(self) -> datetime:
        """The last moment at which it is known to have worked, else when it was found broken."""
        return min(self.worked_until or self.broke_at, self.broke_at)


def ranked(events: Sequence[Event], case: Case) -> tuple[Event, ...]:
    """Return the likeliest causes among `events`, the likeliest first."""
    scored = [(score(event, case), event) for event in events]
    suspects = [(points, event) for points, event in scored if points > 0]
    suspects.sort(key=lambda pair: (pair[0], pair[1].at), reverse=True)
    return tuple(event for _, event in suspects[:MOST_SUSPECTS])


def score(event: Event, case: Case) -> float:
    """Return how likely an event is the cause; 0 for one that cannot be."""
    late = event.at > case.broke_at
    if late and event.kind is not EventKind.CHANGE:  # an audit line is written after its action
        return 0.0
    hours = max(0.0, (case.broke_at - event.at).total_seconds() / 3600)
    return float(_weight(event, case) * 0.5 ** (hours / HALF_LIFE_H))


def _weight(event: Event, case: Case) -> int:
    named = frozenset(event.service.split(", "))
    match event.kind:
        case EventKind.CHANGE:
            return _of_change(event, named, case)
        case EventKind.JOB:
            return INSTALLED if named & case.own else 0
        case EventKind.MACHINE | EventKind.STATE if event.works:
            return 0
        case EventKind.MACHINE:
            return MACHINE
        case EventKind.CRASH | EventKind.RESTART | EventKind.STATE:
            return NEED if named & (case.needs - case.own) else 0
        case EventKind.COCKPIT:
            return COCKPIT


def _of_change(event: Event, named: frozenset[str], case: Case) -> int:
    if event.outcome in CHANGED_NOTHING or event.operation in _HARMLESS:
        return 0
    if named & case.keys:
        return KEY
    if named & case.own:
        return INSTALLED if event.operation in _INSTALLS else OWN
    if event.operation in _MANIFEST:
        return MANIFEST
    return NEED if named & case.needs else 0


def sentence_of(case: Case, suspects: Sequence[Event]) -> str:
    """Return in one or two sentences until when it worked and what is suspected."""
    if case.worked_until is None:
        known = f"{case.service} was never seen to work; it was found broken at {_time(case)}."
    else:
        known = f"{case.service} worked until {case.worked_until:%Y-%m-%d %H:%M:%S} UTC."
    if not suspects:
        return f"{known} Nothing that could be the cause was seen in the 24 hours before."
    first = suspects[0]
    return f"{known} Likeliest cause, {_before(case.broke_at - first.at)}: {first.sentence}"


def _time(case: Case) -> str:
    return f"{case.broke_at:%Y-%m-%d %H:%M:%S} UTC"


def _before(gap: timedelta) -> str:
    minutes = int(gap.total_seconds() // 60)
    if minutes < 1:
        return "less than a minute before it was seen"
    if minutes < 120:
        return f"{minutes} minute{'s' if minutes > 1 else ''} before it was seen"
    return f"{minutes // 60} hours before it was seen"
