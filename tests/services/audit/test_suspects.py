from datetime import timedelta
from typing import Any

import pytest

from services.audit.suspects import Case, ranked, score, sentence_of
from services.contract.audit import Event, EventKind
from tests.services.clocks import HandClock

NOW = HandClock().now()
CASE = Case(
    service="hero_voice_web",
    own=frozenset({"hero_voice", "hero_voice_web", "hero_voice_server"}),
    keys=frozenset({"GROQ_API_KEY"}),
    needs=frozenset({"hero_proxy", "hero_db"}),
    worked_until=NOW - timedelta(minutes=1),
    broke_at=NOW,
    how="It failed.",
)


def event(minutes_before: float, sentence: str = "x", **members: Any) -> Event:
    members = {"kind": EventKind.CHANGE, "outcome": "done", **members}
    return Event(at=NOW - timedelta(minutes=minutes_before), sentence=sentence, **members)


def change(minutes_before: float, operation: str, target: str = "", **members: Any) -> Event:
    return event(
        minutes_before, operation, operation=f"cockpit.{operation}", service=target, **members
    )


UPGRADE = change(30, "upgrade", "hero_books, hero_voice")
KEY = change(30, "rotate_byok_key", "GROQ_API_KEY")
RESTART = change(30, "restart_service", "hero_voice_server")
DISK = event(30, "The disk is nearly full.", kind=EventKind.MACHINE)
NEED = event(30, "It failed.", kind=EventKind.CRASH, service="hero_db")
PROFILE = change(30, "set_profile", "lightweight")
STARTED = event(30, "The cockpit started.", kind=EventKind.COCKPIT)
IN_ORDER = [UPGRADE, KEY, RESTART, DISK, NEED, PROFILE, STARTED]


def test_at_the_same_time_an_upgrade_counts_most_and_the_cockpits_start_least() -> None:
    points = [score(event, CASE) for event in IN_ORDER]
    assert points == sorted(points, reverse=True)
    assert len(set(points)) == len(points)
    assert ranked(IN_ORDER[::-1], CASE) == tuple(IN_ORDER[:5])


INNOCENT = [
    change(5, "rotate_byok_key", "OPENAI_API_KEY"),
    change(5, "restart_service", "hero_books"),
    change(5, "test_byok_key", "GROQ_API_KEY"),
    change(5, "restart_service", "hero_voice", outcome="not_allowed"),
    change(5, "submit_feedback"),
    event(5, kind=EventKind.CRASH, service="hero_voice"),
    event(5, kind=EventKind.STATE, service="hero_books"),
    event(5, kind=EventKind.JOB, service="hero_books"),
    event(-1, kind=EventKind.MACHINE),
    event(5, kind=EventKind.MACHINE, works=True),
    event(5, kind=EventKind.STATE, service="hero_db", works=True),
]


@pytest.mark.parametrize("innocent", INNOCENT, ids=str)
def test_what_did_not_touch_the_service_or_came_after_is_no_suspect(innocent: Event) -> None:
    assert ranked([innocent], CASE) == ()


def test_an_action_whose_line_was_written_after_the_breakdown_is_a_suspect() -> None:
    assert ranked([change(-0.5, "rotate_byok_key", "GROQ_API_KEY")], CASE) != ()


def test_what_lies_long_back_counts_less_than_something_slighter_just_before() -> None:
    long_ago, just_before = change(20 * 60, "upgrade", "hero_voice"), event(1, kind=DISK.kind)
    assert ranked([long_ago, just_before], CASE) == (just_before, long_ago)


SENTENCES: list[tuple[dict[str, Any], list[Event], str]] = [
    (
        {},
        [KEY],
        "hero_voice_web worked until 2026-11-20 11:59:00 UTC. "
        "Likeliest cause, 30 minutes before it was seen: rotate_byok_key",
    ),
    ({}, [change(0.5, "upgrade", "hero_voice")], "less than a minute before it was seen: upgrade"),
    ({}, [change(300, "upgrade", "hero_voice")], "5 hours before it was seen: upgrade"),
    ({}, [], "Nothing that could be the cause was seen in the 24 hours before."),
    ({"worked_until": None}, [], "was never seen to work; it was found broken at 2026-11-20"),
]


@pytest.mark.parametrize(("changes", "suspects", "words"), SENTENCES)
def test_the_finding_is_said_in_words(
    changes: dict[str, Any], suspects: list[Event], words: str
) -> None:
    members = {name: getattr(CASE, name) for name in Case.__slots__} | changes
    assert words in sentence_of(Case(**members), suspects)
