"""Text is erased, inserted, deleted and scrolled as the standards say."""

import pytest

from terminal.cells import DEFAULT_COLOUR
from tests.terminal.cases import Case, assert_case, fed

GRID = "aaaa\r\nbbbb\r\ncccc\r\ndddd\r\neeee"
ROW = "0123456789"

CASES = [
    Case(
        "ECMA-48 8.3.41", "EL 0 erases right of the cursor", ROW + "\x1b[4G\x1b[K", ("012",), (0, 3)
    ),
    Case(
        "ECMA-48 8.3.41",
        "EL 1 erases left with the cursor",
        ROW + "\x1b[4G\x1b[1K",
        ("    456789",),
        (0, 3),
    ),
    Case("ECMA-48 8.3.41", "EL 2 erases the row", ROW + "\x1b[4G\x1b[2K", (), (0, 3)),
    Case("xterm EL", "EL takes a due wrap back", ROW + "\x1b[Kx", ("012345678x",), (0, 9)),
    Case(
        "ECMA-48 8.3.39",
        "ED 0 erases below",
        GRID + "\x1b[3;3H\x1b[J",
        ("aaaa", "bbbb", "cc"),
        (2, 2),
    ),
    Case(
        "ECMA-48 8.3.39",
        "ED 1 erases above",
        GRID + "\x1b[3;2H\x1b[1J",
        ("", "", "  cc", "dddd", "eeee"),
        (2, 1),
    ),
    Case(
        "ECMA-48 8.3.39", "ED 2 erases all, the cursor stays", GRID + "\x1b[3;2H\x1b[2J", (), (2, 1)
    ),
    Case(
        "xterm ED",
        "ED 3 leaves the screen",
        GRID + "\x1b[3J",
        ("aaaa", "bbbb", "cccc", "dddd", "eeee"),
    ),
    Case(
        "ECMA-48 8.3.38",
        "ECH blanks without moving",
        ROW + "\x1b[3G\x1b[3X",
        ("01   56789",),
        (0, 2),
    ),
    Case("ECMA-48 8.3.38", "ECH stops at the edge", ROW + "\x1b[8G\x1b[99X", ("0123456",), (0, 7)),
    Case("ECMA-48 8.3.64", "ICH pushes right", ROW + "\x1b[3G\x1b[2@", ("01  234567",), (0, 2)),
    Case("ECMA-48 8.3.26", "DCH pulls left", ROW + "\x1b[3G\x1b[2P", ("01456789",), (0, 2)),
    Case(
        "ECMA-48 8.3.26",
        "DCH of more than there is clears the rest",
        ROW + "\x1b[3G\x1b[99P",
        ("01",),
        (0, 2),
    ),
    Case(
        "VT420 DCH",
        "DCH stops at the right margin",
        ROW + "\x1b[?69h\x1b[1;6s\x1b[1;3H\x1b[2P",
        ("0145  6789",),
        (0, 2),
    ),
    Case(
        "VT420 ICH",
        "ICH stops at the right margin",
        ROW + "\x1b[?69h\x1b[1;6s\x1b[1;3H\x1b[2@",
        ("01  236789",),
        (0, 2),
    ),
    Case(
        "VT420 ICH",
        "ICH outside the margins does nothing",
        ROW + "\x1b[?69h\x1b[4;6s\x1b[1;2H\x1b[2@",
        (ROW,),
        (0, 1),
    ),
    Case(
        "ECMA-48 8.3.67",
        "IL pushes rows down",
        GRID + "\x1b[2;3H\x1b[2L",
        ("aaaa", "", "", "bbbb", "cccc"),
        (1, 0),
    ),
    Case(
        "ECMA-48 8.3.32",
        "DL pulls rows up",
        GRID + "\x1b[2;3H\x1b[2M",
        ("aaaa", "dddd", "eeee"),
        (1, 0),
    ),
    Case(
        "VT420 IL",
        "IL stays in the margins",
        GRID + "\x1b[2;4r\x1b[3;1H\x1b[L",
        ("aaaa", "bbbb", "", "cccc", "eeee"),
        (2, 0),
    ),
    Case(
        "VT420 DL",
        "DL stays in the margins",
        GRID + "\x1b[2;4r\x1b[2;1H\x1b[M",
        ("aaaa", "cccc", "dddd", "", "eeee"),
        (1, 0),
    ),
    Case(
        "VT420 IL",
        "IL outside the margins does nothing",
        GRID + "\x1b[2;4r\x1b[5;2H\x1b[L",
        ("aaaa", "bbbb", "cccc", "dddd", "eeee"),
        (4, 1),
    ),
    Case("ECMA-48 8.3.147", "SU scrolls up", GRID + "\x1b[2S", ("cccc", "dddd", "eeee"), (4, 4)),
    Case(
        "ECMA-48 8.3.113",
        "SD scrolls down",
        GRID + "\x1b[2T",
        ("", "", "aaaa", "bbbb", "cccc"),
        (4, 4),
    ),
    Case(
        "VT420 SU",
        "SU stays in the margins",
        GRID + "\x1b[2;4r\x1b[S",
        ("aaaa", "cccc", "dddd", "", "eeee"),
        (0, 0),
    ),
    Case(
        "VT420 DECSLRM",
        "SU moves only columns between side margins",
        GRID + "\x1b[?69h\x1b[2;3s\x1b[S",
        ("abba", "bccb", "cddc", "deed", "e  e"),
    ),
    Case(
        "VT420 DECSLRM",
        "SD moves only columns between side margins",
        GRID + "\x1b[?69h\x1b[2;3s\x1b[T",
        ("a  a", "baab", "cbbc", "dccd", "edde"),
    ),
    Case("ECMA-48 8.3.121", "SL moves everything left", "abc\r\ndef\x1b[ @", ("bc", "ef")),
    Case("ECMA-48 8.3.135", "SR moves everything right", "abc\r\ndef\x1b[2 A", ("  abc", "  def")),
    Case(
        "VT420 DECIC",
        "DECIC inserts columns in all rows",
        "abc\r\ndef\x1b[1;2H\x1b[2'}",
        ("a  bc", "d  ef"),
        (0, 1),
    ),
    Case(
        "VT420 DECDC",
        "DECDC deletes columns in all rows",
        "abcd\r\nefgh\x1b[1;2H\x1b[2'~",
        ("ad", "eh"),
        (0, 1),
    ),
    Case(
        "VT420 DECALN", "DECALN fills with E and homes", "\x1b[3;3H\x1b#8", ("E" * 10,) * 5, (0, 0)
    ),
    Case(
        "VT420 DECSCA",
        "DECSEL spares protected cells",
        'a\x1b[1"qb\x1b[0"qc\r\x1b[?K',
        (" b",),
        (0, 0),
    ),
    Case(
        "VT420 DECSCA",
        "DECSED spares protected cells",
        'a\x1b[1"qb\x1b["qc\x1b[?2J',
        (" b",),
        (0, 3),
    ),
    Case("VT420 DECSCA", "EL erases protected cells too", 'a\x1b[1"qb\r\x1b[K', (), (0, 0)),
    Case("ECMA-48 7.2.10", "IRM inserts", "abc\r\x1b[4hxy", ("xyabc",), (0, 2)),
    Case(
        "ECMA-48 7.2.10",
        "IRM pushes text over the edge",
        ROW + "\r\x1b[4hxy",
        ("xy01234567",),
        (0, 2),
    ),
    Case(
        "xterm",
        "erasing half a wide character blanks all of it",
        "a日b\x1b[3G\x1b[X",
        ("a  b",),
        (0, 2),
    ),
    Case(
        "xterm",
        "deleting half a wide character blanks the rest",
        "a日b\x1b[2G\x1b[P",
        ("a b",),
        (0, 1),
    ),
    Case(
        "xterm",
        "pushing a wide character over the edge blanks it",
        "12345678日\r\x1b[@",
        (" 12345678",),
        (0, 0),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_edit_does_what_its_source_says(case: Case) -> None:
    assert_case(case)


@pytest.mark.parametrize(
    ("rule", "data", "row", "column"),
    [
        ("EL", "\x1b[44m\x1b[K", 0, 9),
        ("ED", "\x1b[44m\x1b[2J", 4, 0),
        ("ECH", "\x1b[44m\x1b[3X", 0, 2),
        ("ICH", "\x1b[44m\x1b[3@", 0, 2),
        ("DCH", "\x1b[44m\x1b[3P", 0, 9),
        ("IL", "\x1b[44m\x1b[L", 0, 5),
        ("DL", "\x1b[44m\x1b[M", 4, 5),
        ("SU", "\x1b[44m\x1b[S", 4, 5),
        ("SD", "\x1b[44m\x1b[T", 0, 5),
        ("a scrolled-in row", "\x1b[5;1H\x1b[44m\n", 4, 5),
    ],
)
def test_blanks_take_the_background_and_nothing_else(
    rule: str, data: str, row: int, column: int
) -> None:
    """Source: xterm, "back colour erase"; terminfo bce."""
    cell = fed("\x1b[4;7;31m" + data).cell(row, column)
    assert cell.background == ("named", 4), rule
    assert (cell.foreground, cell.inverse, bool(cell.underline)) == (DEFAULT_COLOUR, False, False)


def test_erase_three_empties_the_scrollback() -> None:
    screen = fed("a\r\nb\r\nc\r\nd\r\ne\r\nf")
    assert screen.history() == ["a"]
    screen.feed(b"\x1b[3J")
    assert screen.history() == []


def test_rows_that_a_program_deletes_are_not_kept() -> None:
    assert fed("a\r\nb\x1b[H\x1b[M").history() == []


def test_rows_that_scroll_between_margins_are_kept_only_from_the_top() -> None:
    assert fed("a\r\nb\r\nc\x1b[2;3r\x1b[3;1H\n").history() == []
    assert fed("a\r\nb\r\nc\x1b[1;3r\x1b[3;1H\n").history() == ["a"]
