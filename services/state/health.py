"""The health of the whole machine in one sentence. Pure."""

from collections import Counter
from collections.abc import Sequence

from services.models import Service, Snapshot, State

_TROUBLE = frozenset({State.DEGRADED, State.FAILED, State.CRASH_LOOP, State.UNKNOWN})
_NAMED = 5
"""More services than this are counted, not named."""


def needs_attention(service: Service) -> bool:
    """Tell whether something is wrong with it; a service stopped as asked is well."""
    stopped_by_itself = service.state is State.STOPPED and service.fix is not None
    return service.pending is None and (service.state in _TROUBLE or stopped_by_itself)


def counts(snapshot: Snapshot) -> dict[State, int]:
    """Return the number of services per state, without states that no service is in."""
    return dict(Counter(service.state for service in snapshot.services))


def health_sentence(snapshot: Snapshot) -> str:
    """Return how the machine is, for a person."""
    if snapshot.at is None:
        return f"Nothing is known of the services: {snapshot.source.sentence}"
    if not snapshot.services:
        return "hero_proc has no services." if snapshot.source.reachable else _silence(snapshot)
    if not snapshot.source.reachable:
        return _silence(snapshot)
    troubled = [service for service in snapshot.services if needs_attention(service)]
    return _troubles(troubled, len(snapshot.services)) if troubled else _well(snapshot.services)


def _silence(snapshot: Snapshot) -> str:
    return (
        f"hero_proc has not answered since {snapshot.at:%H:%M:%S} UTC; "
        "what is shown may have changed."
    )


def _troubles(troubled: Sequence[Service], total: int) -> str:
    named = [f"{s.name} ({s.state.replace('_', ' ')})" for s in troubled[:_NAMED]]
    more = f" and {len(troubled) - _NAMED} more" if len(troubled) > _NAMED else ""
    verb = "needs" if len(troubled) == 1 else "need"
    of = f"{len(troubled)} of {total} service{'s' if total != 1 else ''}"
    return f"{of} {verb} attention: {', '.join(named)}{more}."


def _well(services: Sequence[Service]) -> str:
    running = [s for s in services if s.state is State.RUNNING]
    stopped = [s for s in services if s.state is State.STOPPED]
    moving = len(services) - len(running) - len(stopped)
    parts = []
    if running:
        all_of = "All" if len(running) > 1 else "The"
        kind = "running services answer" if stopped or moving else "services answer"
        one = "running service answers" if stopped or moving else "only service answers"
        parts.append(f"{all_of} {len(running)} {kind}" if len(running) > 1 else f"The {one}")
    if moving:
        parts.append(f"{moving} {'is' if moving == 1 else 'are'} starting or stopping")
    if stopped:
        parts.append(f"{len(stopped)} {'is' if len(stopped) == 1 else 'are'} stopped, as asked")
    return f"{'; '.join(parts)}."
