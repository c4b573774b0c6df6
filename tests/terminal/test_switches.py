"""Modes switch, are seen from outside, and the alternate screen comes and goes."""

import pytest

from terminal.cells import CursorShape, Modes, MouseFormat, MouseTracking
from terminal.screen import Screen
from tests.terminal.cases import Case, assert_case, fed, place

CASES = [
    Case("xterm 1049", "the alternate screen starts blank", "main\x1b[?1049h", (), (0, 4)),
    Case(
        "xterm 1049",
        "the main screen comes back as it was",
        "main\x1b[?1049hxx\x1b[3;3H\x1b[?1049l",
        ("main",),
        (0, 4),
    ),
    Case(
        "xterm 47",
        "the alternate screen keeps its text",
        "\x1b[?47h\x1b[Halt\x1b[?47l\x1b[?47h",
        ("alt",),
        (0, 3),
    ),
    Case(
        "xterm 1047",
        "leaving clears the alternate screen",
        "\x1b[?1047h\x1b[Halt\x1b[?1047l\x1b[?1047h",
        (),
        (0, 3),
    ),
    Case(
        "xterm 1048",
        "saves and restores the cursor only",
        "ab\x1b[?1048h\x1b[3;3H\x1b[?1048lx",
        ("abx",),
        (0, 3),
    ),
    Case(
        "xterm 1049",
        "entering twice keeps the main screen",
        "main\x1b[?1049h\x1b[?1049h\x1b[?1049l",
        ("main",),
    ),
    Case(
        "VT420 DECSC",
        "each screen has its own saved cursor",
        "ab\x1b7\x1b[?47h\x1b[4;4H\x1b7\x1b[?47l\x1b8",
        ("ab",),
        (0, 2),
    ),
    Case(
        "xterm XTSAVE",
        "saved modes come back",
        "\x1b[?7s\x1b[?7l\x1b[?7r12345678901",
        ("1234567890", "1"),
        (1, 1),
    ),
    Case(
        "VT420 DECSTR",
        "takes insert, origin and margins back",
        "\x1b[2;3r\x1b[?6h\x1b[4h\x1b[!pab\x1b[Hx",
        ("x", "ab"),
        (0, 1),
    ),
    Case("VT420 RIS", "starts afresh", "ab\x1b(0\x1b[?6h\x1b[2;3r\x1b[1m\x1bcq", ("q",), (0, 1)),
    Case("VT420 DECSTBM", "margins home the cursor", "ab\x1b[2;4r", ("ab",), (0, 0)),
    Case("VT420 DECSTBM", "a wrong order is ignored", "ab\x1b[4;2r", ("ab",), (0, 2)),
    Case("VT420 DECSTBM", "one row is no region", "ab\x1b[2;2r", ("ab",), (0, 2)),
    Case("VT420 DECSLRM", "needs its mode", "ab\x1b[2;4s", ("ab",), (0, 2)),
    Case(
        "VT420 DECLRMM",
        "leaving the mode opens the margins",
        "\x1b[?69h\x1b[2;4s\x1b[?69l\rabcdef",
        ("abcdef",),
        (0, 6),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_mode_does_what_its_source_says(case: Case) -> None:
    assert_case(case)


@pytest.mark.parametrize(
    ("data", "modes"),
    [
        ("", Modes()),
        ("\x1b[?1h", Modes(application_cursor=True)),
        ("\x1b=", Modes(application_keypad=True)),
        ("\x1b=\x1b>", Modes()),
        ("\x1b[?66h", Modes(application_keypad=True)),
        ("\x1b[?67h", Modes(backspace_is_bs=True)),
        ("\x1b[20h", Modes(newline=True)),
        ("\x1b[?2004h", Modes(bracketed_paste=True)),
        ("\x1b[?1004h", Modes(focus_events=True)),
        ("\x1b[?9h", Modes(mouse=MouseTracking.PRESS)),
        ("\x1b[?1000h", Modes(mouse=MouseTracking.CLICK)),
        ("\x1b[?1002h", Modes(mouse=MouseTracking.DRAG)),
        ("\x1b[?1003h", Modes(mouse=MouseTracking.MOVE)),
        ("\x1b[?1003h\x1b[?1000h", Modes(mouse=MouseTracking.CLICK)),
        ("\x1b[?1000h\x1b[?1000l", Modes()),
        ("\x1b[?1006h", Modes(mouse_format=MouseFormat.SGR)),
        ("\x1b[?1005h", Modes(mouse_format=MouseFormat.UTF8)),
        ("\x1b[?1015h", Modes(mouse_format=MouseFormat.URXVT)),
        ("\x1b[?1049h", Modes(alternate_screen=True)),
        ("\x1b[?1007l", Modes(alternate_scroll=False)),
        ("\x1b[?2026h", Modes(synchronized=True)),
        ("\x1b[?5h", Modes(reverse_screen=True)),
        ("\x1b[4h", Modes(insert=True)),
        ("\x1b[?6h", Modes(origin=True)),
        ("\x1b[?7l", Modes(auto_wrap=False)),
        ("\x1b[?31337h", Modes()),
        ("\x1b[?1;2004h\x1bc", Modes()),
        ("\x1b[?1;66h\x1b[!p", Modes()),
        ("\x1b[?6h\x1b7\x1b[?6l\x1b8", Modes(origin=True)),
    ],
)
def test_modes_are_seen_from_outside(data: str, modes: Modes) -> None:
    assert fed(data).modes == modes


@pytest.mark.parametrize(
    ("style", "shape", "blinking"),
    [
        ("", CursorShape.BLOCK, True),
        ("0", CursorShape.BLOCK, True),
        ("1", CursorShape.BLOCK, True),
        ("2", CursorShape.BLOCK, False),
        ("3", CursorShape.UNDERLINE, True),
        ("4", CursorShape.UNDERLINE, False),
        ("5", CursorShape.BAR, True),
        ("6", CursorShape.BAR, False),
        ("99", CursorShape.BLOCK, True),
    ],
)
def test_the_cursor_takes_a_shape(style: str, shape: CursorShape, blinking: bool) -> None:
    """Source: VT520 DECSCUSR, xterm."""
    cursor = fed(f"\x1b[{style} q").cursor
    assert (cursor.shape, cursor.blinking) == (shape, blinking)


def test_the_cursor_hides_and_shows() -> None:
    """Source: VT420 DECTCEM."""
    assert not fed("\x1b[?25l").cursor.visible
    assert fed("\x1b[?25l\x1b[?25h").cursor.visible


def test_what_scrolls_in_the_alternate_screen_is_not_kept() -> None:
    assert fed("a\x1b[?1049h" + "\n" * 20).history() == []


def test_a_full_reset_keeps_the_scrollback() -> None:
    assert fed("a\r\n" * 6 + "\x1bc").history() == ["a", "a"]


def test_the_alternate_screen_survives_a_resize_of_the_main_one() -> None:
    screen = Screen(rows=3, columns=10)
    screen.feed(b"long line\r\n$ \x1b[?1049h\x1b[Hfull\x1b[3;5H")
    screen.resize(rows=4, columns=5)
    assert screen.text() == ["full", "", "", ""]
    assert place(screen) == (2, 4)
    screen.feed(b"\x1b[?1049l")
    assert screen.text() == ["long", "line", "$", ""]
    assert place(screen) == (2, 2)
