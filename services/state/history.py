"""Remembers, across polls, what one look cannot show: since when, and how often it crashed."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from services.hero.reports import Report, Word
from services.models import Endpoint, Wanted
from services.state.crashes import CRASH_WINDOW_S, CRASHES
from services.state.truth import Action, Known

UNSEEN_RESTART_S = 1.0
"""After this long a restart that shows no process id is believed."""

_MOST_AT_ONCE = 100
_DOWN = frozenset({Word.STOPPED, Word.FAILED, Word.RETRYING})


@dataclass(slots=True)
class Past:
    """What was seen of one service so far, and what is being done to it."""

    report: Report
    since: datetime | None = None
    """When the present process or state began; None when that was before we looked."""
    restarts: int = 0
    crashed_at: deque[datetime] = field(default_factory=deque)
    action: Action | None = None
    """What was asked for and has not come to its end."""
    _asked_at: datetime | None = None
    _old_pid: int | None = None
    _stopped_by_us: bool = False
    _looping: bool = False

    def note(self, report: Report, *, now: datetime) -> bool:
        """Take in a new report; True when it is another process or state than before.

        What happens during an action of ours is no crash.
        """
        before, self.report = self.report, report
        if self.action is None:
            self.crashed_at.extend([now] * min(_crashes(before, report), _MOST_AT_ONCE))
            if report.word is Word.RUNNING:
                self._stopped_by_us = False
        if report.word is Word.STOPPED and report.wanted is Wanted.DOWN:
            self._forget_crashes()
        self.restarts = _restarts(self.restarts, before, report)
        changed = (before.word, before.pid) != (report.word, report.pid)
        if changed:
            self.since = _began(report, now)
        return changed

    def begin_action(self, action: Action, *, now: datetime) -> None:
        """Note that `action` was asked for; crashes are counted anew from here."""
        self.action = action
        self._asked_at = now
        self._old_pid = self.report.pid
        self._stopped_by_us = action == "stop"
        self._forget_crashes()

    def end_action(self) -> None:
        """Note that the action came to its end, good or bad."""
        self.action = None

    @property
    def wanted(self) -> Wanted:
        """What it should be: hero_proc's word, else what we asked for last."""
        if self.report.wanted is Wanted.UNKNOWN and self._stopped_by_us:
            return Wanted.DOWN
        return self.report.wanted

    def known(self, endpoints: tuple[Endpoint, ...], *, said_at: datetime, now: datetime) -> Known:
        """Return all that is known at `now`, for a verdict."""
        if self.since is not None and self.since > now:  # the clock was set back
            self.since = now
        return Known(
            report=self.report,
            said_at=said_at,
            now=now,
            wanted=self.wanted,
            since=self.since,
            endpoints=endpoints,
            crashes=self._crashes_lately(now),
            looping=self._is_looping(now),
            pending=self.action,
            pending_s=self._asked_s(now),
            replaced=self._is_replaced(now),
        )

    def _forget_crashes(self) -> None:
        self.crashed_at.clear()
        self._looping = False

    def _is_looping(self, now: datetime) -> bool:
        """Tell whether it is in a crash loop, which only health for as long as the window ends.

        Fewer crashes alone do not: the supervisor's pauses may have grown longer than the window.
        """
        if self._crashes_lately(now) >= CRASHES:
            self._looping = True
        elif self._looping and not self.crashed_at and self.report.word is Word.RUNNING:
            began = self.since or now - timedelta(seconds=CRASH_WINDOW_S)
            self._looping = (now - began).total_seconds() < CRASH_WINDOW_S
        return self._looping

    def _is_replaced(self, now: datetime) -> bool:
        """Tell whether another process runs than when the action began.

        Without process ids only time can tell.
        """
        if self._old_pid is not None and self.report.pid is not None:
            return self.report.pid != self._old_pid
        return self._asked_s(now) >= UNSEEN_RESTART_S

    def _asked_s(self, now: datetime) -> float:
        return (now - (self._asked_at or now)).total_seconds()

    def _crashes_lately(self, now: datetime) -> int:
        if self.crashed_at and max(self.crashed_at) > now:  # the clock was set back
            self.crashed_at = deque(min(at, now) for at in self.crashed_at)
        oldest = now - timedelta(seconds=CRASH_WINDOW_S)
        while self.crashed_at and self.crashed_at[0] < oldest:
            self.crashed_at.popleft()
        return len(self.crashed_at)


def first_seen(report: Report, now: datetime) -> Past:
    """Return the past of a service that was never seen before."""
    known = report.uptime_s is not None
    past = Past(report, since=_began(report, now) if known else None)
    past.restarts = report.restarts or 0
    return past


def _began(report: Report, now: datetime) -> datetime:
    try:
        return now - timedelta(seconds=report.uptime_s or 0.0)
    except OverflowError:
        return now


def _crashes(before: Report, after: Report) -> int:
    """Return how often it ended by itself between two reports, as far as they show."""
    if before.restarts is not None and after.restarts is not None:
        return max(0, after.restarts - before.restarts)
    if before.pid and after.pid:
        return int(before.pid != after.pid)
    ended = before.word is Word.RUNNING and after.word in _DOWN
    return int(ended and after.wanted is not Wanted.DOWN)


def _restarts(so_far: int, before: Report, after: Report) -> int:
    if after.restarts is not None:
        return after.restarts
    replaced = before.pid is not None and after.pid is not None and before.pid != after.pid
    return so_far + int(replaced)
