"""What a service is really doing: state, sentence and fitting fix, out of facts that may disagree.

Pure. hero_proc is believed least: what its sockets do outweighs what it says.
Source: design 6; hero_proc reference 1.7 (green while dead, red while alive, vanished sockets).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.crashes import CRASHES, crashed, ending, former_runs, next_try
from services.models import Endpoint, Fix, State, Wanted
from services.reports import Report, Word

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
class Evidence:
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


def derive(evidence: Evidence) -> Verdict:
    """Return the state that the facts support, and one sentence that says why."""
    if (evidence.now - evidence.said_at).total_seconds() > STALE_S:
        return _unheard(evidence)
    if evidence.pending is not None and (verdict := _on_the_way(evidence)):
        return verdict
    return _RULES[evidence.report.word](evidence)


def is_current(endpoint: Endpoint, since: datetime | None) -> bool:
    """Tell whether the endpoint was looked at after `since`."""
    return endpoint.accepts.at is not None and (since is None or endpoint.accepts.at >= since)


def _unheard(evidence: Evidence) -> Verdict:
    heard = f"hero_proc has not been heard since {evidence.said_at:%H:%M:%S} UTC"
    if (answering := _answering(evidence, since=evidence.said_at)) is not None:
        return Verdict(State.RUNNING, f"Its {answering} socket answers; {heard}.")
    return Verdict(State.UNKNOWN, f"Unknown since {evidence.said_at:%H:%M:%S} UTC: {heard}.")


def _on_the_way(evidence: Evidence) -> Verdict | None:
    """Return the verdict while an action is under way, as long as the facts do not end it."""
    word = evidence.report.word
    ended = word in {Word.STOPPED, Word.FAILED}
    if word is Word.FAILED and evidence.pending_s >= FAILURE_COUNTS_AFTER_S:
        return None
    match evidence.pending:
        case "stop":
            return None if ended else Verdict(State.STOPPING, "Stopping, as asked.")
        case "restart" if word in _UP and not evidence.replaced:
            return Verdict(State.STOPPING, "Restarting: the old process is ending.")
        case "restart" if ended:
            return Verdict(State.STARTING, "Restarting: the new process is on its way.")
        case "restart" | "start" if word is Word.RETRYING and not _is_looping(evidence):
            how = ending(evidence.report)
            return Verdict(State.STARTING, f"It ended at once{how}.{_next_try(evidence)}")
        case "start" if ended:
            return Verdict(State.STARTING, "Starting, as asked.")
    return None


def _running(evidence: Evidence) -> Verdict:
    current = [e for e in evidence.endpoints if is_current(e, evidence.since)]
    trouble = [said for e in current if (said := _trouble(e))]
    if trouble and _is_new(evidence):
        return Verdict(State.STARTING, f"Starting: {_joined(trouble)}.")
    if trouble:
        return _ill(trouble)
    if _is_looping(evidence):
        return Verdict(State.CRASH_LOOP, f"Running just now, but {_crashed(evidence)}.", RESTART)
    if len(current) < len(evidence.endpoints):
        state = State.STARTING if _is_new(evidence) else State.UNKNOWN
        return Verdict(state, "hero_proc says that it runs; its sockets are being checked.")
    if not current:
        return Verdict(State.RUNNING, "Running. It has no socket that could be checked.")
    return Verdict(
        State.RUNNING, f"Running, and all its sockets answer.{former_runs(evidence.crashes)}"
    )


def _starting(evidence: Evidence) -> Verdict:
    if _is_looping(evidence):
        return _retrying(evidence)
    return Verdict(State.STARTING, "Starting.")


def _retrying(evidence: Evidence) -> Verdict:
    coming = _next_try(evidence)
    if _is_looping(evidence):
        crashed = _crashed(evidence)
        return Verdict(State.CRASH_LOOP, f"It does not stay up: {crashed}.{coming}", RESTART)
    how = ending(evidence.report)
    return Verdict(State.FAILED, f"It ended by itself{how}.{coming}", RESTART)


def _is_looping(evidence: Evidence) -> bool:
    return evidence.looping or evidence.crashes >= CRASHES


def _stopping(evidence: Evidence) -> Verdict:
    return Verdict(State.STOPPING, "Stopping.")


def _stopped(evidence: Evidence) -> Verdict:
    if (verdict := _alive_after_all(evidence)) is not None:
        return verdict
    report = evidence.report
    how = ending(report)
    if evidence.wanted is Wanted.DOWN:
        said = "Not started." if _never_ran(evidence) else "Stopped, as asked."
        return Verdict(State.STOPPED, said)
    if _is_looping(evidence):
        return Verdict(State.CRASH_LOOP, f"Down just now: {_crashed(evidence)}.", RESTART)
    if report.signal or report.exit_code:
        return Verdict(State.FAILED, f"It ended by itself{how}.", START)
    if evidence.wanted is Wanted.UP:
        return Verdict(State.STOPPED, f"Stopped by itself{how}, though it should run.", START)
    return Verdict(State.STOPPED, "Stopped.", START)


def _never_ran(evidence: Evidence) -> bool:
    """Tell whether nobody saw a run of it, neither we nor hero_proc: its exit code is null.

    Where hero_proc leaves the exit code out, nothing can be told.
    """
    report = evidence.report
    no_end = "exit_code" in report.raw and report.exit_code is None and not report.signal
    return no_end and evidence.since is None and not report.restarts


def _failed(evidence: Evidence) -> Verdict:
    if (verdict := _alive_after_all(evidence)) is not None:
        return verdict
    how = ending(evidence.report)
    if _is_looping(evidence):
        return Verdict(State.FAILED, f"Failed{how}: {_crashed(evidence)}.", START)
    return Verdict(State.FAILED, f"Failed{how}. hero_proc does not try again.", START)


def _degraded(evidence: Evidence) -> Verdict:
    current = [e for e in evidence.endpoints if is_current(e, evidence.since)]
    trouble = [said for e in current if (said := _trouble(e))]
    if trouble:
        return _ill(trouble)
    says = "Running, but hero_proc's own check calls it unhealthy. A restart may help."
    return Verdict(State.DEGRADED, says, RESTART)


def _unclear(evidence: Evidence) -> Verdict:
    raw = evidence.report.raw_state
    said = f"hero_proc calls its state {raw[:40]!r}" if raw else "hero_proc does not say its state"
    if (answering := _answering(evidence, since=evidence.since)) is not None:
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


def _alive_after_all(evidence: Evidence) -> Verdict | None:
    """Return the verdict when hero_proc says down, but somebody answers on its sockets."""
    if (answering := _answering(evidence, since=evidence.since)) is None:
        return None
    return Verdict(
        State.DEGRADED,
        f"hero_proc says {evidence.report.raw_state or 'stopped'}, but its {answering} socket "
        "answers: a process that hero_proc does not know may be running. A restart may end it.",
        RESTART,
    )


def _answering(evidence: Evidence, *, since: datetime | None) -> str | None:
    """Return the kind of a socket that was seen to answer, or at least to accept, after `since`."""
    for endpoint in evidence.endpoints:
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


def _is_new(evidence: Evidence) -> bool:
    if evidence.since is None:
        return False
    return (evidence.now - evidence.since).total_seconds() < START_GRACE_S


def _crashed(evidence: Evidence) -> str:
    return crashed(evidence.crashes, evidence.report)


def _next_try(evidence: Evidence) -> str:
    age_s = (evidence.now - evidence.said_at).total_seconds()
    return next_try(evidence.report, crashes=evidence.crashes, age_s=age_s)
