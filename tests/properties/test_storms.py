"""Restart storms with a clock turned by hand: what may be said of a service, whatever happens.

The model is a process with a supervisor that restarts it after pauses of 1, 2, 4 … 60 s. It knows
what is true; what the history and the verdict make of its reports must not contradict it.
"""

import os
from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.hero.reports import Report, Word
from services.models import Endpoint, Fact, State, Wanted
from services.state.crashes import CRASH_WINDOW_S, CRASHES
from services.state.history import Past, first_seen
from services.state.truth import Action, Known, Verdict, derive
from tests.services.clocks import HandClock

seen = st.booleans()


class Supervised(RuleBasedStateMachine):
    """One process, its supervisor, and what the cockpit believes after its last look."""

    past: Past
    known: Known
    verdict: Verdict

    @initialize(tells_pids=seen, counts=seen, tells_pause=seen)
    def begin(self, tells_pids: bool, counts: bool, tells_pause: bool) -> None:
        self.tells_pids, self.counts, self.tells_pause = tells_pids, counts, tells_pause
        self.clock = HandClock()
        self.alive, self.well, self.wanted = True, True, Wanted.UP
        self.pid, self.restarts, self.storm = 100, 0, 0
        self.next_try_at = self.clock.now()
        self.well_since: datetime | None = None
        self.past = first_seen(self.report(), self.clock.now())
        self.look(seen=True)

    def report(self) -> Report:
        """What the supervisor says now."""
        waiting = not self.alive and self.wanted is Wanted.UP
        pause_s = (self.next_try_at - self.clock.now()).total_seconds()
        word = Word.RUNNING if self.alive else Word.RETRYING if waiting else Word.STOPPED
        return Report(
            "hero_books",
            raw_state=word.value,
            word=word,
            wanted=self.wanted,
            pid=self.pid if self.alive and self.tells_pids else None,
            restarts=self.restarts if self.counts else None,
            next_try_s=max(0.0, pause_s) if waiting and self.tells_pause else None,
        )

    def look(self, *, seen: bool) -> None:
        """Hear the supervisor, look at the socket and judge, as the store does; or miss it."""
        if not seen:
            return
        now = self.clock.now()
        self.note_health(now)
        self.past.note(self.report(), now=now)
        says = "answers" if self.well else "no answer in time"
        endpoint = Endpoint(
            kind="web",
            path="/s/web.sock",
            accepts=Fact(ok=self.alive, says="accepts", at=now),
            answers=Fact(ok=self.well if self.alive else None, says=says, at=now),
        )
        self.known = self.past.known((endpoint,), said_at=now, now=now)
        self.verdict = derive(self.known)

    def note_health(self, now: datetime) -> None:
        """Forget the storm when this run was seen to live for as long as the window."""
        self.well_since = (self.well_since or now) if self.alive else None
        if self.well_since and (now - self.well_since).total_seconds() >= CRASH_WINDOW_S:
            self.storm = 0

    def run_anew(self) -> None:
        self.alive, self.well, self.well_since = True, True, None
        self.pid += 1

    @precondition(lambda self: self.alive)
    @rule(seen=seen)
    def crash(self, seen: bool) -> None:
        self.storm += 1
        self.alive, self.well_since = False, None
        pause_s = min(60, 2 ** (self.storm - 1))
        self.next_try_at = self.clock.now() + timedelta(seconds=pause_s)
        self.look(seen=seen)

    @precondition(lambda self: not self.alive and self.wanted is Wanted.UP)
    @rule(seen=seen)
    def next_try(self, seen: bool) -> None:
        self.clock.advance(max(0.0, (self.next_try_at - self.clock.now()).total_seconds()))
        self.restarts += 1
        self.run_anew()
        self.look(seen=seen)

    @precondition(lambda self: self.wanted is Wanted.UP)
    @rule(times=st.integers(3, 7), well_s=st.sampled_from([1, 60, 140, 160, 599, 601]))
    def crash_again_and_again(self, times: int, well_s: int) -> None:
        for _ in range(times):
            if not self.alive:
                self.next_try(seen=True)
            self.clock.advance(well_s)
            self.look(seen=True)
            self.crash(seen=True)

    @rule(seconds=st.sampled_from([1, 20, 130, 601]), seen=seen)
    def wait(self, seconds: int, seen: bool) -> None:
        self.clock.advance(seconds)
        self.look(seen=seen)

    @rule()
    def the_clock_is_set_back(self) -> None:
        self.look(seen=True)  # what nobody saw cannot be dated once the clock is wrong
        self.clock.advance(-3600)
        self.well_since = None
        self.next_try_at -= timedelta(seconds=3600)
        self.look(seen=True)

    @precondition(lambda self: self.alive)
    @rule(seen=seen)
    def hang(self, seen: bool) -> None:
        self.well = False
        self.look(seen=seen)

    @rule(action=st.sampled_from(["start", "stop", "restart"]))
    def ask(self, action: Action) -> None:
        self.past.begin_action(action, now=self.clock.now())
        self.look(seen=True)
        self.wanted = Wanted.DOWN if action == "stop" else Wanted.UP
        if action == "stop":
            self.alive = False
        elif action == "restart" or not self.alive:
            self.run_anew()
        self.storm = 0
        self.clock.advance(1)
        self.look(seen=True)
        self.past.end_action()
        self.look(seen=True)

    @rule(seen=seen)
    def stopped_by_somebody_else(self, seen: bool) -> None:
        self.alive, self.wanted = False, Wanted.DOWN
        self.look(seen=seen)

    @invariant()
    def what_runs_has_a_process_that_answers(self) -> None:
        if self.verdict.state is State.RUNNING:
            assert self.known.report.word is Word.RUNNING
            assert self.known.endpoints[0].answers.ok

    @invariant()
    def what_is_down_has_no_process(self) -> None:
        if self.verdict.state in {State.STOPPED, State.FAILED}:
            assert not self.known.endpoints[0].accepts.ok

    @invariant()
    def what_is_wanted_down_is_in_no_crash_loop(self) -> None:
        if self.verdict.state is State.CRASH_LOOP:
            assert self.known.wanted is Wanted.UP

    @invariant()
    def a_crash_loop_had_five_crashes_since_it_was_last_seen_well(self) -> None:
        if self.verdict.state is State.CRASH_LOOP and self.known.now == self.clock.now():
            assert self.storm >= CRASHES

    @invariant()
    def ten_minutes_of_health_end_a_crash_loop(self) -> None:
        seen = self.known
        if seen.report.word is Word.RUNNING and seen.crashes == 0 and seen.since is not None:
            well_s = (seen.now - seen.since).total_seconds()
            assert self.verdict.state is not State.CRASH_LOOP or well_s < CRASH_WINDOW_S


TestStorms = Supervised.TestCase
TestStorms.settings = settings(
    max_examples=int(os.environ.get("HERO_CASES", "2000")) // 10,
    stateful_step_count=40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
