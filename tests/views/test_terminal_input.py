"""Frames of the key script: what each means, and that nothing else gets through."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.cells import Modes
from terminal.keys import Key
from views.terminal_input import (
    MAX_PASTE_BYTES,
    MAX_TEXT_BYTES,
    CopyWanted,
    Focused,
    Input,
    Pasted,
    PasteTooBig,
    Pressed,
    Typed,
    field_change,
    read_frame,
    to_bytes,
)
from views.terminal_keyboard import CHANNEL
from views.terminal_surface import FIELD_NAME, SCREEN_NAME

PLAIN, BRACKETED = Modes(), Modes(bracketed_paste=True)

kinds = st.sampled_from([b"t", b"k", b"p", b"f", b"c", b"b"])
framed = st.builds(bytes.__add__, kinds, st.binary())


@pytest.mark.parametrize(
    ("frame", "meant"),
    [
        (b"ta", Typed("a")),
        ("té日本".encode(), Typed("é日本")),
        (b"k0Enter", Pressed(Key("Enter"))),
        (b"k1Tab", Pressed(Key("Tab", shift=True))),
        (b"k2x", Pressed(Key("x", alt=True))),
        (b"k4c", Pressed(Key("c", ctrl=True))),
        (b"k8v", Pressed(Key("v", meta=True))),
        (b"kfF12", Pressed(Key("F12", shift=True, alt=True, ctrl=True, meta=True))),
        (b"k0KeypadMultiply", Pressed(Key("KeypadMultiply"))),
        (b"k4 ", Pressed(Key(" ", ctrl=True))),
        ("k4ж".encode(), Pressed(Key("ж", ctrl=True))),
        (b"pone\ntwo", Pasted("one\ntwo")),
        (b"f1", Focused(on=True)),
        (b"f0", Focused(on=False)),
        (b"c", CopyWanted()),
        (b"b", PasteTooBig()),
    ],
)
def test_each_kind_of_frame_is_understood(frame: bytes, meant: Input) -> None:
    assert read_frame(frame) == meant


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"t",
        b"p",
        b"k",
        b"kEnter",
        b"k0",
        b"kgEnter",
        b"k0enter",
        b"k0Enter2345678901234567",
        b"k0Enter\n",
        b"k0\x1b",
        b"k4\x00",
        b"k00x",
        b"f",
        b"f2",
        b"f11",
        b"z1",
        b"x",
        b"\xff",
        b"t\xff",
        b"p\xed\xa0\x80",
        b"t" + b"a" * (MAX_TEXT_BYTES + 1),
        b"p" + b"a" * (MAX_PASTE_BYTES + 1),
    ],
)
def test_anything_else_is_nothing(frame: bytes) -> None:
    assert read_frame(frame) is None


@given(st.binary(max_size=64) | framed)
def test_any_bytes_are_read_without_an_error_and_become_at_most_bytes(frame: bytes) -> None:
    meant = read_frame(frame)
    if isinstance(meant, Typed | Pressed | Pasted):
        assert isinstance(to_bytes(meant, BRACKETED), bytes)


@given(st.text(min_size=1))
def test_a_paste_presses_no_key_and_stays_in_its_bracket(text: str) -> None:
    start, end = b"\x1b[200~", b"\x1b[201~"
    data = to_bytes(Pasted(text), BRACKETED)
    assert data.startswith(start)
    assert data.endswith(end)
    inside = data[len(start) : -len(end)]
    assert not set(inside) & (set(range(0x20)) - {0x09, 0x0D})
    assert to_bytes(Pasted(text), PLAIN) == inside


def test_line_ends_are_the_enter_key() -> None:
    assert to_bytes(Typed("a\nb"), PLAIN) == b"a\rb"
    assert to_bytes(Pasted("a\r\nb\n"), PLAIN) == b"a\rb\r"


@pytest.mark.parametrize(
    ("before", "after", "sent"),
    [
        ("", "a", b"a"),
        ("ab", "abc", b"c"),
        ("abc", "ab", b"\x7f"),
        ("abc", "", b"\x7f\x7f\x7f"),
        ("teh", "the", b"\x7f\x7fhe"),
        ("a", "a\n", b"\r"),
        ("a", "a", b""),
    ],
)
def test_a_plain_text_fields_change_is_text_and_rubbing_out(
    before: str, after: str, sent: bytes
) -> None:
    assert field_change(before, after) == sent


@given(st.text(), st.text())
def test_what_a_field_change_sends_makes_the_one_text_of_the_other(before: str, after: str) -> None:
    before, after = before.replace("\x7f", ""), after.replace("\x7f", "")
    sent = field_change(before, after).decode("utf-8", "ignore")
    rubbed = len(sent) - len(sent.lstrip("\x7f"))
    kept = before[: len(before) - rubbed]
    printable = after.replace("\n", "\r").encode("utf-8", "ignore").decode()
    assert kept.replace("\n", "\r").encode("utf-8", "ignore").decode() + sent[rubbed:] == printable


@pytest.mark.parametrize(
    "said",
    [
        f"CHANNEL = 0x{CHANNEL:x};",
        f'[flt-semantics-identifier="{FIELD_NAME}"]',
        f'[flt-semantics-identifier="{SCREEN_NAME}"]',
        f"LARGEST_PASTE = {MAX_PASTE_BYTES // 1024} * 1024;",
    ],
)
def test_the_script_and_the_server_agree(said: str) -> None:
    script = Path(__file__).parents[2] / "assets" / "console_keys.js"
    assert said in script.read_text()
