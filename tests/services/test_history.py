from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.history import Past, first_seen
from services.models import Wanted
from services.reports import Report, Word
from services.truth import CRASH_WINDOW_S

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
UP = Report("x", word=Word.RUNNING, wanted=Wanted.UP, pid=1)


def crashes(past: Past, now: datetime = NOW) -> int:
    return past.evidence((), said_at=now, now=now).crashes


STEPS: list[tuple[dict[str, Any], dict[str, Any], int]] = [
    # before, after, crashes between them
    ({}, {}, 0),
    ({}, {"pid": 2}, 1),
    ({}, {"pid": None, "word": Word.RETRYING}, 1),
    ({}, {"pid": None, "word": Word.FAILED}, 1),
    ({}, {"pid": None, "word": Word.STOPPED}, 1),
    ({}, {"pid": None, "word": Word.STOPPED, "wanted": Wanted.DOWN}, 0),
    ({"pid": None, "word": Word.RETRYING}, {"pid": 2}, 0),
    ({"restarts": 3}, {"restarts": 3, "pid": 2}, 0),
    ({"restarts": 3}, {"restarts": 5, "pid": 2}, 2),
    ({"restarts": 3}, {"restarts": 0, "pid": 2}, 0),
    ({"restarts": 0}, {"restarts": 10**12}, 100),
]


@pytest.mark.parametrize(("before", "after", "count"), STEPS)
def test_an_ending_that_nobody_asked_for_is_a_crash(
    before: dict[str, Any], after: dict[str, Any], count: int
) -> None:
    past = first_seen(replace(UP, **before), NOW)
    past.note(replace(UP, **after), now=NOW)
    assert crashes(past) == count


def test_what_happens_during_an_action_is_no_crash() -> None:
    past = first_seen(UP, NOW)
    past.begin_action("restart", now=NOW)
    past.note(replace(UP, pid=2), now=NOW)
    past.end_action()
    assert (crashes(past), past.restarts) == (0, 1)


def test_crashes_are_forgotten_after_the_window() -> None:
    past = first_seen(UP, NOW)
    past.note(replace(UP, pid=2), now=NOW)
    assert crashes(past, NOW + timedelta(seconds=CRASH_WINDOW_S)) == 1
    assert crashes(past, NOW + timedelta(seconds=CRASH_WINDOW_S + 1)) == 0


def test_the_present_run_began_when_it_was_seen_or_when_the_uptime_says() -> None:
    assert first_seen(UP, NOW).since is None
    assert first_seen(replace(UP, uptime_s=60), NOW).since == NOW - timedelta(seconds=60)
    assert first_seen(replace(UP, uptime_s=1e18), NOW).since == NOW
    past = first_seen(UP, NOW)
    later = NOW + timedelta(seconds=5)
    assert not past.note(replace(UP, uptime_s=5), now=later)
    assert past.since is None
    assert past.note(replace(UP, pid=2, uptime_s=1), now=later)
    assert past.since == NOW + timedelta(seconds=4)


def test_a_restart_is_believed_by_pid_and_without_one_by_time() -> None:
    past = first_seen(UP, NOW)
    past.begin_action("restart", now=NOW)
    later = NOW + timedelta(seconds=60)
    assert not past.evidence((), said_at=later, now=later).replaced
    past.note(replace(UP, pid=2), now=later)
    assert past.evidence((), said_at=later, now=later).replaced
    blind = first_seen(replace(UP, pid=None), NOW)
    blind.begin_action("restart", now=NOW)
    assert not blind.evidence((), said_at=NOW, now=NOW).replaced
    assert blind.evidence((), said_at=later, now=later).replaced


def test_our_own_stop_counts_as_wanted_until_it_runs_again() -> None:
    silent = replace(UP, wanted=Wanted.UNKNOWN)
    past = first_seen(silent, NOW)
    past.begin_action("stop", now=NOW)
    past.note(replace(silent, word=Word.STOPPED, pid=None), now=NOW)
    past.end_action()
    seen = [past.wanted]
    past.note(silent, now=NOW)
    seen.append(past.wanted)
    assert seen == [Wanted.DOWN, Wanted.UNKNOWN]


def test_a_clock_set_back_does_not_put_the_beginning_into_the_future() -> None:
    past = first_seen(UP, NOW)
    past.note(replace(UP, pid=2), now=NOW)
    earlier = NOW - timedelta(hours=1)
    assert past.evidence((), said_at=earlier, now=earlier).since == earlier
    later = earlier + timedelta(seconds=5)
    assert past.evidence((), said_at=later, now=later).since == earlier
