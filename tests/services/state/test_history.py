from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.hero.reports import Report, Word
from services.models import State, Wanted
from services.state.crashes import CRASH_WINDOW_S
from services.state.history import Past, first_seen
from services.state.truth import derive
from tests.services.clocks import HandClock

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
UP = Report("x", word=Word.RUNNING, wanted=Wanted.UP, pid=1)


def crashes(past: Past, now: datetime = NOW) -> int:
    return past.known((), said_at=now, now=now).crashes


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
    assert not past.known((), said_at=later, now=later).replaced
    past.note(replace(UP, pid=2), now=later)
    assert past.known((), said_at=later, now=later).replaced
    blind = first_seen(replace(UP, pid=None), NOW)
    blind.begin_action("restart", now=NOW)
    assert not blind.known((), said_at=NOW, now=NOW).replaced
    assert blind.known((), said_at=later, now=later).replaced


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
    assert past.known((), said_at=earlier, now=earlier).since == earlier
    later = earlier + timedelta(seconds=5)
    assert past.known((), said_at=later, now=later).since == earlier


def told(past: Past, now: datetime) -> tuple[State, str]:
    verdict = derive(past.known((), said_at=now, now=now))
    return verdict.state, verdict.sentence


def storm(past: Past, clock: HandClock, pauses_s: Sequence[float]) -> list[State]:
    """Crash again and again, each time after running for a second; states after each crash."""
    states = []
    for number, pause_s in enumerate(pauses_s, start=1):
        clock.advance(1)
        past.note(replace(UP, word=Word.RETRYING, pid=None), now=clock.now())
        states.append(told(past, clock.now())[0])
        clock.advance(pause_s)
        past.note(replace(UP, pid=100 + number), now=clock.now())
    return states


def test_the_fifth_crash_in_ten_minutes_is_a_crash_loop_whatever_the_supervisor_says() -> None:
    clock = HandClock()
    past = first_seen(UP, clock.now())
    states = storm(past, clock, [1, 2, 4, 8, 16, 32])
    assert states == [State.FAILED] * 4 + [State.CRASH_LOOP] * 2


def test_scattered_crashes_are_no_crash_loop() -> None:
    clock = HandClock()
    past = first_seen(UP, clock.now())
    assert set(storm(past, clock, [CRASH_WINDOW_S / 4] * 50)) == {State.FAILED}


def test_only_ten_minutes_of_health_end_a_crash_loop() -> None:
    clock = HandClock()
    past = first_seen(UP, clock.now())
    storm(past, clock, [1] * 5)
    assert set(storm(past, clock, [300] * 20)) == {State.CRASH_LOOP}  # fewer crashes, longer pauses
    states = []
    for seconds in (1, 298, 300, 1):
        clock.advance(seconds)
        states.append(told(past, clock.now()))
    assert [state for state, _ in states] == [State.CRASH_LOOP] * 3 + [State.RUNNING]
    assert "once in the last 10 minutes, and again and again before" in states[1][1]
    assert "it kept crashing and has not run for 10 minutes since" in states[2][1]
    assert set(storm(past, clock, [1] * 4)) == {State.FAILED}  # it is counted from the start again


def test_the_next_try_is_told_as_the_supervisor_says_else_as_is_usual() -> None:
    clock = HandClock()
    past = first_seen(UP, clock.now())
    pauses = []
    for _ in range(8):
        past.note(replace(UP, word=Word.RETRYING, pid=None), now=clock.now())
        pauses.append(told(past, clock.now())[1].rpartition("tries again; ")[2])
        past.note(UP, now=clock.now())
    usual = [1, 2, 4, 8, 16, 32, 60, 60]
    assert pauses == [f"a pause of {pause_s} s is usual." for pause_s in usual]
    past.note(replace(UP, word=Word.RETRYING, pid=None, next_try_s=42), now=clock.now())
    assert told(past, clock.now())[1].endswith("Next try in 42 s.")


def test_a_stop_or_a_restart_by_hand_ends_a_crash_loop() -> None:
    clock = HandClock()
    by_us, by_others = first_seen(UP, clock.now()), first_seen(UP, clock.now())
    for past in (by_us, by_others):
        assert storm(past, clock, [1] * 5)[-1] is State.CRASH_LOOP
    by_us.begin_action("restart", now=clock.now())
    by_us.note(replace(UP, pid=999), now=clock.now())
    by_us.end_action()
    assert told(by_us, clock.now())[0] is State.RUNNING
    down = replace(UP, word=Word.STOPPED, pid=None, wanted=Wanted.DOWN)
    by_others.note(down, now=clock.now())
    by_others.note(replace(UP, pid=998), now=clock.now())
    assert told(by_others, clock.now())[0] is State.RUNNING


def test_a_clock_set_back_does_not_keep_a_crash_loop_alive() -> None:
    clock = HandClock()
    past = first_seen(UP, clock.now())
    storm(past, clock, [1] * 5)
    clock.advance(-86400)
    assert told(past, clock.now())[0] is State.CRASH_LOOP
    clock.advance(-86400)
    past.note(replace(UP, pid=998), now=clock.now())
    assert told(past, clock.now())[0] is State.CRASH_LOOP
    clock.advance(CRASH_WINDOW_S + 1)
    assert told(past, clock.now())[0] is State.RUNNING
