"""Keys become the bytes that terminfo's xterm-256color and the programs on it expect."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.cells import Modes
from terminal.keys import Key, encode_focus, encode_key, encode_paste, encode_text

NORMAL = Modes()
APPLICATION = Modes(application_cursor=True, application_keypad=True)


@pytest.mark.parametrize(
    ("key", "normal", "application"),
    [
        (Key("ArrowUp"), "\x1b[A", "\x1bOA"),
        (Key("ArrowDown"), "\x1b[B", "\x1bOB"),
        (Key("ArrowRight"), "\x1b[C", "\x1bOC"),
        (Key("ArrowLeft"), "\x1b[D", "\x1bOD"),
        (Key("Clear"), "\x1b[E", "\x1bOE"),
        (Key("Home"), "\x1b[H", "\x1bOH"),
        (Key("End"), "\x1b[F", "\x1bOF"),
        (Key("ArrowUp", shift=True), "\x1b[1;2A", "\x1b[1;2A"),
        (Key("ArrowUp", alt=True), "\x1b[1;3A", "\x1b[1;3A"),
        (Key("ArrowLeft", ctrl=True), "\x1b[1;5D", "\x1b[1;5D"),
        (Key("ArrowLeft", meta=True), "\x1b[1;9D", "\x1b[1;9D"),
        (Key("Home", shift=True, ctrl=True), "\x1b[1;6H", "\x1b[1;6H"),
        (Key("End", shift=True, alt=True, ctrl=True), "\x1b[1;8F", "\x1b[1;8F"),
        (Key("Insert"), "\x1b[2~", "\x1b[2~"),
        (Key("Delete"), "\x1b[3~", "\x1b[3~"),
        (Key("PageUp"), "\x1b[5~", "\x1b[5~"),
        (Key("PageDown"), "\x1b[6~", "\x1b[6~"),
        (Key("PageUp", shift=True), "\x1b[5;2~", "\x1b[5;2~"),
        (Key("Delete", ctrl=True), "\x1b[3;5~", "\x1b[3;5~"),
        (Key("F1"), "\x1bOP", "\x1bOP"),
        (Key("F2"), "\x1bOQ", "\x1bOQ"),
        (Key("F3"), "\x1bOR", "\x1bOR"),
        (Key("F4"), "\x1bOS", "\x1bOS"),
        (Key("F5"), "\x1b[15~", "\x1b[15~"),
        (Key("F6"), "\x1b[17~", "\x1b[17~"),
        (Key("F10"), "\x1b[21~", "\x1b[21~"),
        (Key("F11"), "\x1b[23~", "\x1b[23~"),
        (Key("F12"), "\x1b[24~", "\x1b[24~"),
        (Key("F13"), "\x1b[25~", "\x1b[25~"),
        (Key("F20"), "\x1b[34~", "\x1b[34~"),
        (Key("F21"), "\x1b[20;2~", "\x1b[20;2~"),
        (Key("F24"), "\x1b[24;2~", "\x1b[24;2~"),
        (Key("F1", ctrl=True), "\x1b[1;5P", "\x1b[1;5P"),
        (Key("F5", shift=True), "\x1b[15;2~", "\x1b[15;2~"),
        (Key("Tab"), "\t", "\t"),
        (Key("Tab", shift=True), "\x1b[Z", "\x1b[Z"),
        (Key("Tab", alt=True), "\x1b\t", "\x1b\t"),
        (Key("Enter"), "\r", "\r"),
        (Key("Enter", alt=True), "\x1b\r", "\x1b\r"),
        (Key("Escape"), "\x1b", "\x1b"),
        (Key("Escape", alt=True), "\x1b\x1b", "\x1b\x1b"),
        (Key("Backspace"), "\x7f", "\x7f"),
        (Key("Backspace", ctrl=True), "\x08", "\x08"),
        (Key("Backspace", alt=True), "\x1b\x7f", "\x1b\x7f"),
        (Key("Space"), " ", " "),
        (Key("Space", ctrl=True), "\x00", "\x00"),
        (Key("Keypad0"), "0", "\x1bOp"),
        (Key("Keypad9"), "9", "\x1bOy"),
        (Key("KeypadAdd"), "+", "\x1bOk"),
        (Key("KeypadSubtract"), "-", "\x1bOm"),
        (Key("KeypadMultiply"), "*", "\x1bOj"),
        (Key("KeypadDivide"), "/", "\x1bOo"),
        (Key("KeypadDecimal"), ".", "\x1bOn"),
        (Key("KeypadComma"), ",", "\x1bOl"),
        (Key("KeypadEqual"), "=", "\x1bOX"),
        (Key("KeypadEnter"), "\r", "\x1bOM"),
        (Key("Keypad1", shift=True), "1", "\x1bO2q"),
        (Key("a"), "a", "a"),
        (Key("A", shift=True), "A", "A"),
        (Key("é"), "é", "é"),
        (Key("a", alt=True), "\x1ba", "\x1ba"),
        (Key("b", meta=True), "\x1bb", "\x1bb"),
        (Key("a", ctrl=True), "\x01", "\x01"),
        (Key("Z", ctrl=True, shift=True), "\x1a", "\x1a"),
        (Key("c", ctrl=True, alt=True), "\x1b\x03", "\x1b\x03"),
        (Key("@", ctrl=True), "\x00", "\x00"),
        (Key(" ", ctrl=True), "\x00", "\x00"),
        (Key("[", ctrl=True), "\x1b", "\x1b"),
        (Key("\\", ctrl=True), "\x1c", "\x1c"),
        (Key("]", ctrl=True), "\x1d", "\x1d"),
        (Key("^", ctrl=True), "\x1e", "\x1e"),
        (Key("_", ctrl=True), "\x1f", "\x1f"),
        (Key("/", ctrl=True), "\x1f", "\x1f"),
        (Key("?", ctrl=True), "\x7f", "\x7f"),
        (Key("2", ctrl=True), "\x00", "\x00"),
        (Key("3", ctrl=True), "\x1b", "\x1b"),
        (Key("8", ctrl=True), "\x7f", "\x7f"),
        (Key("1", ctrl=True), "1", "1"),
        (Key("é", ctrl=True), "é", "é"),
        (Key("ß", ctrl=True), "ß", "ß"),
        (Key("Unheard"), "", ""),
        (Key(""), "", ""),
    ],
    ids=repr,
)
def test_a_key_sends_what_xterm_sends(key: Key, normal: str, application: str) -> None:
    assert encode_key(key, NORMAL) == normal.encode()
    assert encode_key(key, APPLICATION) == application.encode()


def test_every_function_key_has_its_own_sequence() -> None:
    sequences = [encode_key(Key(f"F{number}"), NORMAL) for number in range(1, 25)]
    assert all(sequences)
    assert len(set(sequences)) == 24


def test_enter_and_backspace_heed_their_modes() -> None:
    """Source: VT420 LNM, DECBKM."""
    assert encode_key(Key("Enter"), Modes(newline=True)) == b"\r\n"
    assert encode_key(Key("Backspace"), Modes(backspace_is_bs=True)) == b"\x08"
    assert encode_key(Key("Backspace", ctrl=True), Modes(backspace_is_bs=True)) == b"\x7f"


def test_typed_text_is_utf8() -> None:
    assert encode_text("añ日👍") == "añ日👍".encode()
    assert encode_text("a\ud800b") == b"ab"


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("ls -l", "ls -l"),
        ("one\ntwo\r\nthree\rfour", "one\rtwo\rthree\rfour"),
        ("tab\there", "tab\there"),
        ("evil\x1b[201~rm -rf\n", "evil[201~rm -rf\r"),
        ("c1 \u009b201~ del \x7f nul \x00 etx \x03", "c1 201~ del  nul  etx "),
    ],
)
def test_a_paste_is_text_and_nothing_else(text: str, plain: str) -> None:
    assert encode_paste(text, NORMAL) == plain.encode()
    bracketed = encode_paste(text, Modes(bracketed_paste=True))
    assert bracketed == b"\x1b[200~" + plain.encode() + b"\x1b[201~"


@given(st.text())
def test_no_paste_can_end_its_bracket_or_press_a_key(text: str) -> None:
    body = encode_paste(text, Modes(bracketed_paste=True))[6:-6]
    assert not set(body) & {*range(9), 11, 12, *range(14, 32), 127}
    assert not any(0x80 <= ord(char) < 0xA0 for char in body.decode())


def test_focus_is_reported_only_when_asked_for() -> None:
    """Source: xterm ctlseqs, FocusIn and FocusOut."""
    asked = Modes(focus_events=True)
    assert (encode_focus(True, asked), encode_focus(False, asked)) == (b"\x1b[I", b"\x1b[O")
    assert encode_focus(True, NORMAL) == b""
