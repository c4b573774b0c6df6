from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.hero.reports import Report, Word
from services.models import Endpoint, Fact, State, Wanted
from services.state.truth import STALE_S, START_GRACE_S, Action, Known, Verdict, derive

NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
LONG_AGO = NOW - timedelta(hours=1)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def endpoint(
    kind: str = "web",
    *,
    accepts: bool | None = True,
    answers: bool | None = True,
    at: datetime | None = NOW,
    says: str = "answers",
) -> Endpoint:
    return Endpoint(
        kind=kind,
        path=f"/run/hero_books/{kind}.sock",
        accepts=Fact(ok=accepts, says="accepts" if accepts else says, at=at),
        answers=Fact(ok=answers, says=says, at=at),
    )


MISSING = endpoint(accepts=False, answers=None, says="the socket file is missing")
SILENT = endpoint(answers=False, says="no answer in time")
WELL = endpoint()


def verdict(word: Word, *endpoints: Endpoint, **known: Any) -> Verdict:
    names = ("pid", "exit_code", "signal", "next_try_s", "raw_state", "raw")
    said: dict[str, Any] = {"raw_state": word.value, "word": word}
    said |= {name: known.pop(name) for name in names if name in known}
    heard = {"said_at": NOW, "now": NOW, "since": LONG_AGO, "wanted": Wanted.UP, **known}
    return derive(Known(report=Report("hero_books", **said), endpoints=endpoints, **heard))


NEVER_RAN: dict[str, Any] = {"wanted": Wanted.DOWN, "since": None, "raw": {"exit_code": None}}
"""What hero_proc's own words show of a service that nobody has started yet."""

TABLE = [
    # word, endpoints, what else is known, state, words of the sentence, fix
    (Word.RUNNING, [WELL], {}, State.RUNNING, "all its sockets answer", None),
    (Word.RUNNING, [], {}, State.RUNNING, "no socket that could be checked", None),
    (Word.RUNNING, [MISSING], {}, State.DEGRADED, "its web socket is missing:", "Restart"),
    (Word.RUNNING, [SILENT], {}, State.DEGRADED, "no answer in time", "Restart"),
    (Word.RUNNING, [WELL, MISSING], {}, State.DEGRADED, "missing", "Restart"),
    (Word.RUNNING, [MISSING], {"since": ago(1)}, State.STARTING, "Starting: its web socket", None),
    (Word.RUNNING, [MISSING], {"since": ago(START_GRACE_S)}, State.DEGRADED, "missing", "Restart"),
    (Word.RUNNING, [endpoint(at=None)], {}, State.UNKNOWN, "being checked", None),
    (Word.RUNNING, [endpoint(at=ago(5))], {"since": ago(2)}, State.STARTING, "being checked", None),
    (Word.RUNNING, [WELL], {"crashes": 1}, State.RUNNING, "was restarted once", None),
    (Word.RUNNING, [WELL], {"crashes": 4}, State.RUNNING, "was restarted 4 times", None),
    (Word.RUNNING, [WELL], {"crashes": 5}, State.CRASH_LOOP, "crashed 5 times in", "Restart"),
    (Word.STARTING, [], {}, State.STARTING, "Starting.", None),
    (Word.STARTING, [], {"crashes": 7}, State.CRASH_LOOP, "crashed 7 times", "Restart"),
    (Word.RETRYING, [], {"next_try_s": 7.2}, State.FAILED, "Next try in 7 s.", "Restart"),
    (Word.RETRYING, [], {"exit_code": 3}, State.FAILED, "by itself (exit code 3).", "Restart"),
    (Word.RETRYING, [], {"crashes": 1}, State.FAILED, "a pause of 1 s is usual", "Restart"),
    (Word.RETRYING, [], {"crashes": 4}, State.FAILED, "a pause of 8 s is usual", "Restart"),
    (Word.RETRYING, [], {"crashes": 5}, State.CRASH_LOOP, "a pause of 16 s is usual", "Restart"),
    (Word.RETRYING, [], {"crashes": 99}, State.CRASH_LOOP, "a pause of 60 s is usual", "Restart"),
    (Word.RETRYING, [], {"crashes": 5, "next_try_s": 60.0}, State.CRASH_LOOP,
     "not stay up: it crashed 5 times in the last 10 minutes. Next try in 60 s.", "Restart"),
    (Word.RETRYING, [], {"next_try_s": 9, "said_at": ago(4)}, State.FAILED, "in 5 s.", "Restart"),
    (Word.RETRYING, [], {"crashes": 1, "looping": True}, State.CRASH_LOOP,
     "it crashed once in the last 10 minutes, and again and again before.", "Restart"),
    (Word.RUNNING, [WELL], {"looping": True}, State.CRASH_LOOP, "but it kept crashing", "Restart"),
    (Word.STOPPING, [WELL], {}, State.STOPPING, "Stopping.", None),
    (Word.STOPPED, [], {"wanted": Wanted.DOWN}, State.STOPPED, "Stopped, as asked.", None),
    (Word.STOPPED, [], NEVER_RAN, State.STOPPED, "Not started.", None),
    (Word.STOPPED, [], NEVER_RAN | {"since": LONG_AGO}, State.STOPPED, "Stopped, as asked.", None),
    (Word.STOPPED, [], NEVER_RAN | {"raw": {}}, State.STOPPED, "Stopped, as asked.", None),
    (Word.STOPPED, [], NEVER_RAN | {"exit_code": 0}, State.STOPPED, "Stopped, as asked.", None),
    (Word.STOPPED, [], {"exit_code": 0}, State.STOPPED, "by itself (exit code 0)", "Start"),
    (Word.STOPPED, [], {}, State.STOPPED, "though it should run", "Start"),
    (Word.STOPPED, [], {"wanted": Wanted.UNKNOWN}, State.STOPPED, "Stopped.", "Start"),
    (Word.STOPPED, [], {"exit_code": 3}, State.FAILED, "ended by itself (exit code 3)", "Start"),
    (Word.STOPPED, [], {"signal": 9}, State.FAILED, "(killed by SIGKILL)", "Start"),
    (Word.STOPPED, [], {"signal": 15, "wanted": Wanted.DOWN}, State.STOPPED, "as asked", None),
    (Word.STOPPED, [], {"crashes": 5}, State.CRASH_LOOP, "Down just now", "Restart"),
    (Word.STOPPED, [WELL], {}, State.DEGRADED, "but its web socket answers", "Restart"),
    (Word.STOPPED, [WELL], {"since": ago(-1)}, State.STOPPED, "Stopped", "Start"),
    (Word.FAILED, [], {"exit_code": 1}, State.FAILED, "Failed (exit code 1)", "Start"),
    (Word.FAILED, [], {"signal": 63}, State.FAILED, "(killed by signal 63)", "Start"),
    (Word.FAILED, [], {"crashes": 6}, State.FAILED, "crashed 6 times", "Start"),
    (Word.FAILED, [WELL], {}, State.DEGRADED, "hero_proc says failed, but its web", "Restart"),
    (Word.DEGRADED, [WELL], {}, State.DEGRADED, "hero_proc's own check", "Restart"),
    (Word.DEGRADED, [SILENT], {}, State.DEGRADED, "does not answer well", "Restart"),
    (Word.UNKNOWN, [], {"raw_state": "odd"}, State.UNKNOWN, "calls its state 'odd'", None),
    (Word.UNKNOWN, [], {"raw_state": ""}, State.UNKNOWN, "does not say its state", None),
    (Word.UNKNOWN, [WELL], {"raw_state": "odd"}, State.RUNNING, "Its web socket answers", None),
    # nobody has heard hero_proc for a while
    (Word.RUNNING, [], {"said_at": ago(STALE_S)}, State.RUNNING, "Running", None),
    (Word.RUNNING, [], {"said_at": ago(STALE_S + 1)}, State.UNKNOWN, "since 11:59:44", None),
    (Word.RUNNING, [WELL], {"said_at": ago(60)}, State.RUNNING, "not been heard since 11:59", None),
    (Word.STOPPED, [], {"said_at": ago(60)}, State.UNKNOWN, "Unknown since", None),
    (Word.RUNNING, [endpoint(at=ago(90))], {"said_at": ago(60)}, State.UNKNOWN, "Unknown", None),
    # an action is under way
    (Word.RUNNING, [WELL], {"pending": "stop"}, State.STOPPING, "as asked", None),
    (Word.STOPPED, [], {"pending": "stop", "wanted": Wanted.DOWN}, State.STOPPED, "as asked", None),
    (Word.STOPPED, [], {"pending": "start"}, State.STARTING, "as asked", None),
    (Word.FAILED, [], {"pending": "start"}, State.STARTING, "as asked", None),
    (Word.FAILED, [], {"pending": "start", "pending_s": 2.0}, State.FAILED, "Failed.", "Start"),
    (Word.RETRYING, [], {"pending": "restart"}, State.STARTING, "It ended at once.", None),
    (Word.RETRYING, [], {"pending": "start", "exit_code": 1}, State.STARTING, "code 1).", None),
    (Word.RUNNING, [WELL], {"pending": "start"}, State.RUNNING, "answer", None),
    (Word.RUNNING, [WELL], {"pending": "restart"}, State.STOPPING, "old process is ending", None),
    (Word.STOPPED, [], {"pending": "restart"}, State.STARTING, "on its way", None),
    (Word.RUNNING, [WELL], {"pending": "restart", "replaced": True}, State.RUNNING, "answer", None),
]  # fmt: skip


@pytest.mark.parametrize(("word", "endpoints", "known", "state", "words", "fix"), TABLE)
def test_state_sentence_and_fix_follow_from_the_facts(
    word: Word,
    endpoints: list[Endpoint],
    known: dict[str, Any],
    state: State,
    words: str,
    fix: str | None,
) -> None:
    found = verdict(word, *endpoints, **known)
    assert found.state is state, found
    assert words in found.sentence
    assert (found.fix.label if found.fix else None) == fix


def test_a_missing_socket_is_named_with_its_path_and_the_cure() -> None:
    assert verdict(Word.RUNNING, MISSING).sentence == (
        "Running, but its web socket is missing: /run/hero_books/web.sock. A restart makes it anew."
    )


def test_several_troubles_are_told_in_one_sentence() -> None:
    refusing = endpoint("rpc", accepts=False, answers=None, says="nobody listens there")
    sentence = verdict(Word.RUNNING, refusing, SILENT).sentence
    assert "its rpc socket does not accept (nobody listens there) and its web socket" in sentence


tri = st.sampled_from([True, False, None])
moments = st.integers(-40, 5).map(lambda s: NOW + timedelta(seconds=s)) | st.none()
endpoints = st.builds(
    lambda accepts, answers, at, kind: endpoint(
        kind, accepts=accepts, answers=answers if accepts else None, at=at
    ),
    tri,
    tri,
    moments,
    st.sampled_from(["rpc", "web", "resp"]),
)
actions = st.sampled_from(["start", "stop", "restart", None])


@given(
    word=st.sampled_from(Word),
    shown=st.lists(endpoints, max_size=3),
    wanted=st.sampled_from(Wanted),
    heard_s=st.integers(0, 40),
    since=moments,
    crashes=st.integers(0, 8),
    exit_code=st.none() | st.integers(0, 3),
    signal=st.none() | st.sampled_from([9, 15]),
    pending=actions,
    replaced=st.booleans(),
)
def test_no_impossible_pair_comes_out(
    word: Word,
    shown: list[Endpoint],
    wanted: Wanted,
    heard_s: int,
    since: datetime | None,
    crashes: int,
    exit_code: int | None,
    signal: int | None,
    pending: Action | None,
    replaced: bool,
) -> None:
    found = verdict(
        word,
        *shown,
        wanted=wanted,
        said_at=ago(heard_s),
        since=since,
        crashes=crashes,
        exit_code=exit_code,
        signal=signal,
        pending=pending,
        replaced=replaced,
    )
    fix = found.fix.operation if found.fix else None
    current = [e for e in shown if e.accepts.at and (since is None or e.accepts.at >= since)]
    ill = [e for e in current if e.accepts.ok is False or e.answers.ok is False]
    assert found.sentence[-1] == "."
    assert found.sentence[0].isupper() or found.sentence.startswith("hero_proc")
    if found.state in {State.RUNNING, State.STARTING, State.STOPPING, State.UNKNOWN}:
        assert fix is None
    if found.state is State.CRASH_LOOP:
        assert crashes >= 5
    if found.state in {State.DEGRADED, State.CRASH_LOOP}:
        assert fix == "cockpit.restart_service"
    if found.state is State.FAILED:
        tries_again = word is Word.RETRYING
        assert fix == ("cockpit.restart_service" if tries_again else "cockpit.start_service")
    if found.state is State.RUNNING and heard_s <= STALE_S and word is Word.RUNNING:
        assert not ill
    if heard_s > STALE_S:
        assert found.state in {State.RUNNING, State.UNKNOWN}
    if found.state is State.STOPPED:
        assert word is Word.STOPPED
        assert not any(e.answers.ok for e in current)
