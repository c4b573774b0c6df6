"""Whatever an answer says, a terminal shows it and obeys none of it."""

import json
import unicodedata
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit_app.cli.harmless import harmless, harmless_json
from cockpit_app.cli.output import show
from services.contract.feedback import Evidence
from services.contract.machine import Component, SystemInfo
from services.contract.share import Audience, Share, ShareList, ShareState
from services.models import Source, State

HOSTILE = "\x1b]0;mine\x07a\x1b[31mb\x9b2Jc\u202ed\r\nowner: mallory"
TOLD = "abc d owner: mallory"
SHARE = Share(
    domain_id=HOSTILE,
    service=HOSTILE,
    subdomain="mik",
    address=HOSTILE,
    audience=Audience.PUBLIC,
    state=ShareState.CLOSED,
    closed_at=datetime(2026, 11, 20, tzinfo=UTC),
)
SYSTEM = SystemInfo(
    version="1",
    python="3",
    flet="1",
    hostname="vm",
    os="Debian",
    kernel="6.1",
    cpu_count=2,
    load=(0, 0, 0),
    health=HOSTILE,
    counts={State.RUNNING: 1},
    source=Source(sentence=HOSTILE),
    components=(Component(name=HOSTILE, version=HOSTILE),),
    owner=HOSTILE,
)
texts = st.text(st.characters() | st.sampled_from("\x1b[]0;m\x07\x9b\r\n\u202e\x85"))


@pytest.mark.parametrize("result", [ShareList(shares=(SHARE,), sentence=HOSTILE), SYSTEM])
def test_lists_and_facts_are_shown_without_their_control_characters(
    result: ShareList | SystemInfo, capsys: pytest.CaptureFixture[str]
) -> None:
    show(result, json=False)
    shown = capsys.readouterr().out
    assert _hidden(shown) == set()
    assert "owner: mallory" not in shown.splitlines()
    assert "ab" in shown


def test_json_escapes_what_a_terminal_would_obey(capsys: pytest.CaptureFixture[str]) -> None:
    show(SYSTEM, json=True)
    shown = capsys.readouterr().out
    assert _hidden(shown) == set()
    assert json.loads(shown)["owner"] == HOSTILE


def test_evidence_keeps_its_lines() -> None:
    evidence = Evidence(text="a\r\n\n  b\x1b[31m", sentence="One\ntwo.")
    assert harmless(evidence) == Evidence(text="a\n\n  b", sentence="One two.")


@given(texts)
def test_any_text_becomes_one_visible_line(text: str) -> None:
    told = harmless(Source(sentence=text)).sentence
    assert _hidden(told) == set()
    assert "\n" not in told


@given(texts)
def test_any_json_means_the_same(text: str) -> None:
    shown = harmless_json(json.dumps({text: text}, ensure_ascii=False))
    assert json.loads(shown) == {text: text}
    assert _hidden(shown) == set()


def _hidden(text: str) -> set[str]:
    """Return the control characters and changes of direction in `text`, but for its line ends."""
    turning = {"\u200e", "\u200f", *map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))}
    return {c for c in text if unicodedata.category(c) == "Cc" or c in turning} - {"\n", "\t"}
