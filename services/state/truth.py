"""What a service is really doing: state, sentence and fitting fix, out of facts that may disagree.

Pure. hero_proc is believed least: what its sockets do outweighs what it says.
Source: design 6; hero_proc reference 1.7 (green while dead, red while alive, vanished sockets).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.hero.reports import Report, Word
from services.models import Endpoint, Fix, State, Wanted
from services.state.crashes import CRASHES, crashed, ending, former_runs, next_try

STALE_S = 15.0
"""Without word from hero_proc for this long, what it said counts for nothing."""
START_GRACE_S = 10.0
"""How long a new process may take until its sockets answer."""
FAILURE_COUNTS_AFTER_S = 2.0
"""How long a service that is being started may still be called failed for its former run."""

Action = Literal["start", "stop", "restart"]
START = Fix(operation="cockpit.start_service", label="Start")
RESTART = Fix(operation="cockpit.restart_service", label="Restart")

_UP = frozenset({Word.RUNNING, Word.STOPPING, Word.DEGRADED})


@dataclass(frozen=True, slots=True)
class Known:
    """All that is known of one service at one moment."""

    report: Report
    said_at: datetime
    """When hero_proc said it."""
    now: datetime
    wanted: Wanted = Wanted.UNKNOWN
    since: datetime | None = None
    """When the present process or state was first seen; older sightings of sockets do not count."""
    endpoints: tuple[Endpoint, ...] = ()
    crashes: int = 0
    """Endings that nobody asked for, in the last `CRASH_WINDOW_S`."""
    looping: bool = False
    """Whether it crashed too often and has not been well for long enough since."""
    pending: Action | None = None
    pending_s: float = 0.0
    """For how long."""
    replaced: bool = False
    """During a pending restart: the old process is gone."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is told of a service."""

    state: State
    sentence: str
    fix: Fix | None = None


def derive(known: Known) -> Verdict:
    """Return the state that the facts support, and one sentence that says why."""
    if (known.now - known.said_at).total_seconds() > STALE_S:
        return _unheard(known)
    if known.pending is not None and (verdict := _on_the_way(known)):
        return verdict
    return _RULES[known.report.word](known)


def is_current(endpoint: Endpoint, since: datetime | None) -> bool:
    """Tell whether the endpoint was looked at after `since`."""
    return endpoint.accepts.at is not None and (since is None or endpoint.accepts.at >= since)


def _unheard(known: Known) -> Verdict:
    heard = f"hero_proc has not been heard since {known.said_at:%H:%M:%S} UTC"
    if (answering := _answering(known, since=known.said_at)) is not None:
        return Verdict(State.RUNNING, f"Its {answering} socket answers; {heard}.")
    return Verdict(State.UNKNOWN, f"Unknown since {known.said_at:%H:%M:%S} UTC: {heard}.")


def _on_the_way(known: Known) -> Verdict | None:
    """Return the verdict while an action is under way, as long as the facts do not end it."""
    word = known.report.word
    ended = word in {Word.STOPPED, Word.FAILED}
    if word is Word.FAILED and known.pending_s >= FAILURE_COUNTS_AFTER_S:
        return None
    match known.pending:
        case "stop":
            return None if ended else Verdict(State.STOPPING, "Stopping, as asked.")
        case "restart" if word in _UP and not known.replaced:
            return Verdict(State.STOPPING, "Restarting: the old process is ending.")
        case "restart" if ended:
            return Verdict(State.STARTING, "Restarting: the new process is on its way.")
        case "restart" | "start" if word is Word.RETRYING and not _is_looping(known):
            how = ending(known.report)
            return Verdict(State.STARTING, f"It ended at once{how}.{_next_try(known)}")
        case "start" if ended:
            return Verdict(State.STARTING, "Starting, as asked.")
    return None


def _running(known: Known) -> Verdict:
    current = [e for e in known.endpoints if is_current(e, known.since)]
    trouble = [said for e in current if (said := _trouble(e))]
    if trouble and _is_new(known):
        return Verdict(State.STARTING, f"Starting: {_joined(trouble)}.")
    if trouble:
        return _ill(trouble)
    if _is_looping(known):
        return Verdict(State.CRASH_LOOP, f"Running just now, but {_crashed(known)}.", RESTART)
    if len(current) < len(known.endpoints):
        state = State.STARTING if _is_new(known) else State.UNKNOWN
        return Verdict(state, "hero_proc says that it runs; its sockets are being checked.")
    if not current:
        return Verdict(State.RUNNING, "Running. It has no socket that could be checked.")
    return Verdict(
        State.RUNNING, f"Running, and all its sockets answer.{former_runs(known.crashes)}"
    )


def _starting(known: Known) -> Verdict:
    if _is_looping(known):
        return _retrying(known)
    return Verdict(State.STARTING, "Starting.")


def _retrying(known: Known) -> Verdict:
    coming = _next_try(known)
    if _is_looping(known):
        crashed = _crashed(known)
        return Verdict(State.CRASH_LOOP, f"It does not stay up: {crashed}.{coming}", RESTART)
    how = ending(known.report)
    return Verdict(State.FAILED, f"It ended by itself{how}.{coming}", RESTART)


def _is_looping(known: Known) -> bool:
    return known.looping or known.crashes >= CRASHES


def _stopping(known: Known) -> Verdict:
    return Verdict(State.STOPPING, "Stopping.")


def _stopped(known: Known) -> Verdict:
    if (verdict := _alive_after_all(known)) is not None:
        return verdict
    report = known.report
    how = ending(report)
    if known.wanted is Wanted.DOWN:
        said = "Not started." if _never_ran(known) else "Stopped, as asked."
        return Verdict(State.STOPPED, said)
    if _is_looping(known):
        return Verdict(State.CRASH_LOOP, f"Down just now: {_crashed(known)}.", RESTART)
    if report.signal or report.exit_code:
        return Verdict(State.FAILED, f"It ended by itself{how}.", START)
    if known.wanted is Wanted.UP:
        return Verdict(State.STOPPED, f"Stopped by itself{how}, though it should run.", START)
    return Verdict(State.STOPPED, "Stopped.", START)


def _never_ran(known: Known) -> bool:
    """Tell whether nobody saw a run of it, neither we nor hero_proc: its exit code is null.

    Where hero_proc leaves the exit code out, nothing can be told.
    """
    report = known.report
    no_end = "exit_code" in report.raw and report.exit_code is None and not report.signal
    return no_end and known.since is None and not report.restarts


def _failed(known: Known) -> Verdict:
    if (verdict := _alive_after_all(known)) is not None:
        return verdict
    how = ending(known.report)
    if _is_looping(known):
        return Verdict(State.FAILED, f"Failed{how}: {_crashed(known)}.", START)
    return Verdict(State.FAILED, f"Failed{how}. hero_proc does not try again.", START)


def _degraded(known: Known) -> Verdict:
    current = [e for e in known.endpoints if is_current(e, known.since)]
    trouble = [said for e in current if (said := _trouble(e))]
    if trouble:
        return _ill(trouble)
    says = "Running, but hero_proc's own check calls it unhealthy. A restart may help."
    return Verdict(State.DEGRADED, says, RESTART)


def _unclear(known: Known) -> Verdict:
    raw = known.report.raw_state
    said = f"hero_proc calls its state {raw[:40]!r}" if raw else "hero_proc does not say its state"
    if (answering := _answering(known, since=known.since)) is not None:
        return Verdict(State.RUNNING, f"Its {answering} socket answers; {said}.")
    return Verdict(State.UNKNOWN, f"Unknown: {said}.")


_RULES = {
    Word.RUNNING: _running,
    Word.STARTING: _starting,
    Word.RETRYING: _retrying,
    Word.STOPPING: _stopping,
    Word.STOPPED: _stopped,
    Word.FAILED: _failed,
    Word.DEGRADED: _degraded,
    Word.UNKNOWN: _unclear,
}


def _ill(trouble: list[str]) -> Verdict:
    cure = "A restart makes it anew." if "is missing:" in trouble[-1] else "A restart may help."
    return Verdict(State.DEGRADED, f"Running, but {_joined(trouble)}. {cure}", RESTART)


def _alive_after_all(known: Known) -> Verdict | None:
    """Return the verdict when hero_proc says down, but somebody answers on its sockets."""
    if (answering := _answering(known, since=known.since)) is None:
        return None
    return Verdict(
        State.DEGRADED,
        f"hero_proc says {known.report.raw_state or 'stopped'}, but its {answering} socket "
        "answers: a process that hero_proc does not know may be running. A restart may end it.",
        RESTART,
    )


def _answering(known: Known, *, since: datetime | None) -> str | None:
    """Return the kind of a socket that was seen to answer, or at least to accept, after `since`."""
    for endpoint in known.endpoints:
        well = endpoint.answers.ok or (endpoint.answers.ok is None and endpoint.accepts.ok)
        if well and is_current(endpoint, since):
            return endpoint.kind
    return None


def _trouble(endpoint: Endpoint) -> str:
    """Return what is wrong with the socket, as the end of a sentence; nothing when all is well."""
    if endpoint.accepts.ok is False:
        if "missing" in endpoint.accepts.says:
            return f"its {endpoint.kind} socket is missing: {endpoint.path}"
        return f"its {endpoint.kind} socket does not accept ({endpoint.accepts.says})"
    if endpoint.answers.ok is False:
        return f"its {endpoint.kind} socket does not answer well ({endpoint.answers.says})"
    return ""


def _joined(troubles: list[str]) -> str:
    if len(troubles) == 1:
        return troubles[0]
    return f"{', '.join(troubles[:-1])} and {troubles[-1]}"


def _is_new(known: Known) -> bool:
    if known.since is None:
        return False
    return (known.now - known.since).total_seconds() < START_GRACE_S


def _crashed(known: Known) -> str:
    return crashed(known.crashes, known.report)


def _next_try(known: Known) -> str:
    age_s = (known.now - known.said_at).total_seconds()
    return next_try(known.report, crashes=known.crashes, age_s=age_s)
