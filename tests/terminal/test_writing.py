"""Text is written, wrapped and combined as programs expect."""

import pytest

from tests.terminal.cases import COLUMNS, Case, assert_case, fed, place

TEN = "0123456789"

CASES = [
    Case("VT100 DECAWM", "the last column makes a wrap due", TEN, (TEN,), (0, 9)),
    Case("VT100 DECAWM", "the next character wraps", TEN + "x", (TEN, "x"), (1, 1)),
    Case(
        "VT100 DECAWM",
        "CR after the last column stays in the row",
        TEN + "\rx",
        ("x123456789",),
        (0, 1),
    ),
    Case(
        "VT100 DECAWM",
        "CR LF after the last column goes one row down",
        TEN + "\r\nx",
        (TEN, "x"),
        (1, 1),
    ),
    Case(
        "VT100 DECAWM",
        "without it the last column is overwritten",
        "\x1b[?7l" + TEN + "xyz",
        ("012345678z",),
        (0, 9),
    ),
    Case(
        "VT100 DECAWM",
        "wrapping at the bottom scrolls",
        "\x1b[5;1H" + TEN + "x",
        ("", "", "", TEN, "x"),
        (4, 1),
    ),
    Case(
        "VT420 DECSLRM",
        "text wraps at the right margin to the left one",
        "\x1b[?69h\x1b[3;6s\x1b[1;3Habcdef",
        ("  abcd", "  ef"),
        (1, 4),
    ),
    Case("VT100 SCS", "G0 draws lines", "\x1b(0lqqk\x1b(Bx", ("┌──┐x",), (0, 5)),
    Case("VT100 SCS", "G1 by SO and back by SI", "\x1b)0\x0eq\x0fq", ("─q",), (0, 2)),
    Case("VT100 SCS", "the British set has a pound sign", "\x1b(A#\x1b(B#", ("£#",), (0, 2)),
    Case(
        "ECMA-35 LS2",
        "G2 and G3 can be locked in",
        "\x1b*0\x1b+0\x1bnq\x1boq\x0fq",
        ("──q",),
        (0, 3),
    ),
    Case("ECMA-48 8.3.103", "REP repeats the last character", "ab\x1b[3b", ("abbbb",), (0, 5)),
    Case("ECMA-48 8.3.103", "REP with nothing written does nothing", "\x1b[3b", (), (0, 0)),
    Case("ECMA-48 8.3.103", "REP wraps", "a\x1b[11b", ("a" * 10, "aa"), (1, 2)),
    Case(
        "ECMA-48 8.3.103",
        "REP repeats a base character, not its mark",
        "e\u0301\x1b[2b",
        ("e\u0301ee",),
        (0, 3),
    ),
    Case("ECMA-48 8.3.103", "REP repeats in the character set", "\x1b(0q\x1b[2b", ("───",), (0, 3)),
    Case("UAX 11", "wide characters take two columns", "日本x", ("日本x",), (0, 5)),
    Case(
        "UAX 11",
        "a wide character does not lie across the edge",
        "123456789日",
        ("123456789", "日"),
        (1, 2),
    ),
    Case(
        "UAX 11",
        "a wide character ends in the last column",
        "12345678日x",
        ("12345678日", "x"),
        (1, 1),
    ),
    Case("xterm", "overwriting the right half blanks the left", "日\x1b[2Gx", (" x",), (0, 2)),
    Case("xterm", "overwriting the left half blanks the right", "日本\rx", ("x 本",), (0, 1)),
    Case(
        "xterm",
        "a wide character over two wide ones blanks both rests",
        "日本語\x1b[2G漢",
        (" 漢 語",),
        (0, 3),
    ),
    Case("ECMA-48 7.2.10", "IRM inserts wide characters", "ab\r\x1b[4h日", ("日ab",), (0, 2)),
    Case("UAX 29", "a mark joins the character before it", "e\u0301x", ("e\u0301x",), (0, 2)),
    Case(
        "UAX 29",
        "a mark joins the last column while a wrap is due",
        "123456789e\u0301x",
        ("123456789e\u0301", "x"),
        (1, 1),
    ),
    Case("UAX 29", "a mark joins a wide character", "日\u0301x", ("日\u0301x",), (0, 3)),
    Case("UAX 29", "a mark at the first column is dropped", "\u0301x", ("x",), (0, 1)),
    Case(
        "pyte fault",
        "text goes on after a variation selector",
        "a\ufe0fbcd",
        ("a\ufe0fbcd",),
        (0, 4),
    ),
    Case("pyte fault", "text goes on after a joiner", "a\u200dbcd", ("a\u200dbcd",), (0, 4)),
    Case(
        "pyte fault", "text goes on after a zero width space", "a\u200bbcd", ("a\u200bbcd",), (0, 4)
    ),
    Case(
        "wcwidth",
        "joined emoji keep their own cells by default",
        "👩\u200d👩x",
        ("👩\u200d👩x",),
        (0, 5),
    ),
    Case(
        "mode 2027",
        "a joined emoji is one wide cell",
        "\x1b[?2027h👩\u200d👩\u200d👧x",
        ("👩\u200d👩\u200d👧x",),
        (0, 3),
    ),
    Case("mode 2027", "a skin tone joins its emoji", "\x1b[?2027h👍🏽x", ("👍🏽x",), (0, 3)),
    Case(
        "mode 2027", "two regional indicators are one flag", "\x1b[?2027h🇩🇪🇫🇷x", ("🇩🇪🇫🇷x",), (0, 5)
    ),
    Case("mode 2027", "an emoji selector widens", "\x1b[?2027h❤\ufe0fx", ("❤\ufe0fx",), (0, 3)),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_text_appears_as_its_source_says(case: Case) -> None:
    assert_case(case)


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"a\xffb", "a\ufffdb"),
        (b"a\xe2\x82b", "a\ufffdb"),
        (b"a\xc0\xafb", "a\ufffd\ufffdb"),
        (b"\xed\xa0\x80x", "\ufffd\ufffd\ufffdx"),
    ],
)
def test_bytes_that_are_not_utf8_become_replacement_characters(data: bytes, text: str) -> None:
    assert fed(data).text()[0] == text


def test_both_halves_of_a_wide_character_are_told_apart() -> None:
    screen = fed("日x")
    assert [screen.cell(0, column).char for column in range(3)] == ["日", "", "x"]


def test_marks_on_one_cell_are_bounded() -> None:
    screen = fed("a" + "\u0301" * 1000)
    assert len(screen.cell(0, 0).char) == 32


def test_a_wide_character_cannot_fit_one_column() -> None:
    screen = fed("日a", rows=2, columns=1)
    assert screen.text() == ["a", ""]


def test_a_repetition_is_bounded_by_the_screen() -> None:
    screen = fed("a\x1b[65535b")
    assert place(screen) == (4, 1)
    assert screen.text() == ["a" * COLUMNS] * 4 + ["a"]
