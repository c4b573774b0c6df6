"""A resize keeps the cursor on the screen and on its text."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from terminal.screen import SIZE_LIMIT, Screen
from tests.terminal.cases import place
from tests.terminal.test_parser import programs

sizes = st.tuples(st.integers(1, 9), st.integers(1, 14))


@settings(max_examples=300)
@given(program=programs, steps=st.lists(sizes, min_size=1, max_size=5))
def test_the_cursor_never_leaves_the_screen(program: bytes, steps: list[tuple[int, int]]) -> None:
    screen = Screen(rows=5, columns=10)
    screen.feed(program)
    for rows, columns in steps:
        screen.resize(rows=rows, columns=columns)
        assert (screen.rows, screen.columns) == (rows, columns)
        assert len(screen.text()) == rows
        assert all(len(row.text) == len(row.attrs) == columns for row in screen.visible_rows)
        assert 0 <= screen.cursor.row < rows
        assert 0 <= screen.cursor.column < columns
        screen.feed(b"x\r\n\x1b8y")


@given(
    lines=st.lists(st.text(alphabet="abc日", max_size=30), min_size=1, max_size=12),
    steps=st.lists(st.tuples(st.integers(1, 9), st.integers(2, 14)), min_size=1, max_size=5),
)
def test_no_text_is_lost_and_the_cursor_stays_at_its_end(
    lines: list[str], steps: list[tuple[int, int]]
) -> None:
    screen = Screen(rows=5, columns=10)
    screen.feed("\r\n".join([*lines, "end>"]).encode())
    for rows, columns in steps:
        screen.resize(rows=rows, columns=columns)
    screen.feed(b"!")
    assert "".join([*screen.history(), *screen.text()]) == "".join([*lines, "end>!"])


@pytest.mark.parametrize(
    ("rule", "data", "rows", "text", "history", "cursor"),
    [
        ("blank rows go first", "a\r\nb", 2, ["a", "b"], [], (1, 1)),
        ("then the top rows", "a\r\nb\r\nc\r\nd\r\ne", 3, ["c", "d", "e"], ["a", "b"], (2, 1)),
        ("new rows are blank", "a\r\nb", 7, ["a", "b", *[""] * 5], [], (1, 1)),
        (
            "a full screen gets its history back",
            "\r\n".join("abcdefg"),
            6,
            list("bcdefg"),
            ["a"],
            (5, 1),
        ),
        ("the cursor's row is kept", "a\r\nb\r\nc\r\nd\x1b[H", 2, ["a", "b"], [], (0, 0)),
    ],
)
def test_rows_come_and_go(
    rule: str, data: str, rows: int, text: list[str], history: list[str], cursor: tuple[int, int]
) -> None:
    screen = Screen(rows=5, columns=10)
    screen.feed(data.encode())
    screen.resize(rows=rows, columns=10)
    assert (screen.text(), screen.history(), place(screen)) == (text, history, cursor), rule


def test_a_due_wrap_stays_due_after_the_last_character() -> None:
    screen = Screen(rows=3, columns=5)
    screen.feed(b"abcde")
    screen.resize(rows=3, columns=10)
    screen.feed(b"f")
    assert screen.text()[0] == "abcdef"
    screen.resize(rows=3, columns=6)
    screen.feed(b"g")
    assert screen.text()[:2] == ["abcdef", "g"]


def test_margins_open_and_new_columns_have_tab_stops() -> None:
    screen = Screen(rows=5, columns=10)
    screen.feed(b"\x1b[2;3r")
    screen.resize(rows=4, columns=30)
    screen.feed(b"\x1b[4;1H\n\t\t\tx")
    assert screen.text()[3] == " " * 24 + "x"


def test_the_alternate_screen_is_cut_and_padded_not_reflowed() -> None:
    screen = Screen(rows=4, columns=10)
    screen.feed("\x1b[?1049h\x1b[Habcdef日本\x1b[4;1Hlast".encode())
    screen.resize(rows=4, columns=7)
    assert screen.text() == ["abcdef", "", "", "last"]
    screen.resize(rows=2, columns=12)
    assert (screen.text(), place(screen)) == (["", "last"], (1, 4))


@pytest.mark.parametrize("size", [0, -1, SIZE_LIMIT + 1, 10**9])
def test_an_impossible_size_is_brought_into_bounds(size: int) -> None:
    screen = Screen(rows=size, columns=1)
    assert 1 <= screen.rows <= SIZE_LIMIT
    screen.resize(rows=1, columns=size)
    assert 1 <= screen.columns <= SIZE_LIMIT


def test_ten_thousand_lines_are_reflowed_within_two_seconds() -> None:
    screen = Screen(rows=24, columns=80)
    screen.feed(b"".join(b"%05d " % n + b"x" * 100 + b"\r\n" for n in range(10_000)))
    started_s = time.process_time()
    screen.resize(rows=24, columns=200)
    assert time.process_time() - started_s < 2
    shown = [*screen.history(), *screen.text()]
    assert shown[-2:] == ["09999 " + "x" * 100, ""]
    assert [int(line[:5]) for line in shown[1:-1]] == list(range(10_000 - len(shown) + 2, 10_000))
