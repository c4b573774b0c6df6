"""What of a service's present state is worth a line on the time line. Pure."""

from dataclasses import dataclass
from datetime import datetime

from services.contract.audit import EventKind
from services.models import Service, State, Wanted

GONE = "gone"
"""State of a service that hero_proc no longer lists."""

_MOVING = frozenset({State.STARTING, State.STOPPING})
_DOWN = frozenset({State.STOPPED, State.FAILED, State.CRASH_LOOP})


@dataclass(slots=True)
class Seen:
    """What was seen of one service last."""

    state: str
    works: bool | None = None
    worked_at: datetime | None = None
    """When it was last seen to work."""
    pid: int | None = None
    restarts: int | None = None
    asked: bool = False
    """Whether an action that somebody asked for has not come to its end."""

    def fits(self, service: Service) -> bool:
        """Tell whether nothing that matters here is new; the common case, made quick."""
        return (
            self.state == service.state
            and self.pid == service.pid
            and self.restarts == service.restarts
            and self.asked is (service.pending is not None)
        )


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing that happened by itself."""

    at: datetime
    kind: EventKind
    sentence: str
    service: str = ""
    state: str = ""
    works: bool | None = None
    until: datetime | None = None
    """When it last worked, or for the cockpit's start: when it was last alive."""


def sighted(seen: Seen | None, service: Service, at: datetime) -> Sighting | None:
    """Return what is new about `service` since it was `seen`; None when nothing is.

    What an action does on its way is no news; how it ends is, by its state.
    """
    if service.state in _MOVING:
        return None
    changed = seen is None or seen.state != service.state
    asked = service.pending is not None or (seen is not None and seen.asked)
    restarted = seen is not None and not asked and _restarted(seen, service)
    if not changed and not restarted:
        return None
    if seen is not None and changed and not asked and _crashed(service):
        kind, sentence = EventKind.CRASH, service.sentence
    elif restarted and service.state not in _DOWN:
        kind, sentence = EventKind.RESTART, f"It ended and runs anew. {service.sentence}"
    else:
        kind, sentence = EventKind.STATE, service.sentence
    works = works_in(service.state)
    return Sighting(
        at=at,
        kind=kind,
        sentence=sentence,
        service=service.name,
        state=service.state,
        works=works,
        until=seen.worked_at if seen is not None and works is False else None,
    )


def vanished(name: str, seen: Seen, at: datetime) -> Sighting | None:
    """Return the news that hero_proc no longer lists a service; None when that is known."""
    if seen.state == GONE:
        return None
    return Sighting(
        at=at,
        kind=EventKind.STATE,
        sentence="hero_proc no longer lists it.",
        service=name,
        state=GONE,
        works=False,
        until=seen.worked_at,
    )


def seen_now(former: Seen | None, service: Service, at: datetime) -> Seen:
    """Return what is remembered of a service after this look."""
    moving = service.state in _MOVING
    asked = service.pending is not None or (moving and former is not None and former.asked)
    works = works_in(service.state)
    return Seen(
        state=former.state if moving and former is not None else service.state,
        works=former.works if moving and former is not None else works,
        worked_at=at if works else (former.worked_at if former is not None else None),
        pid=service.pid or (former.pid if former is not None else None),
        restarts=service.restarts,
        asked=asked,
    )


def works_in(state: State) -> bool | None:
    """Tell whether a service in this state does its work; None where that is not known."""
    return None if state is State.UNKNOWN else state is State.RUNNING


def _restarted(seen: Seen, service: Service) -> bool:
    replaced = seen.pid is not None and service.pid is not None and seen.pid != service.pid
    return replaced or (seen.restarts is not None and service.restarts > seen.restarts)


def _crashed(service: Service) -> bool:
    as_asked = service.state is State.STOPPED and service.wanted is Wanted.DOWN
    return service.state in _DOWN and not as_asked
