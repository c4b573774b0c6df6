"""Lines are fitted into another width without losing a character."""

import pytest

from terminal.history import pack, plain_text
from terminal.reflow import Place, reflow_lines, reflow_rows
from terminal.screen import Screen


def shown(screen: Screen) -> list[str]:
    return [*screen.history(), *screen.text()]


@pytest.mark.parametrize(
    ("columns", "rows"),
    [
        (3, ["abc", "def", "gh", "xy", ""]),
        (4, ["abcd", "efgh", "xy", "", ""]),
        (8, ["abcdefgh", "xy", "", "", ""]),
        (20, ["abcdefgh", "xy", "", "", ""]),
    ],
)
def test_a_wrapped_line_is_joined_and_cut_anew(columns: int, rows: list[str]) -> None:
    screen = Screen(rows=5, columns=5)
    screen.feed(b"abcdefgh\r\nxy")
    screen.resize(rows=5, columns=columns)
    assert screen.text() == rows


def test_a_line_that_its_program_ended_is_not_joined_to_the_next() -> None:
    screen = Screen(rows=4, columns=5)
    screen.feed(b"abcde\r\nfg")
    screen.resize(rows=4, columns=10)
    assert screen.text() == ["abcde", "fg", "", ""]


def test_a_wide_character_is_not_cut_in_half() -> None:
    screen = Screen(rows=4, columns=6)
    screen.feed("日本語".encode())
    screen.resize(rows=4, columns=5)
    assert screen.text() == ["日本", "語", "", ""]
    screen.resize(rows=4, columns=6)
    assert screen.text() == ["日本語", "", "", ""]


def test_one_column_has_no_room_for_a_wide_character() -> None:
    screen = Screen(rows=4, columns=6)
    screen.feed("a日b".encode())
    screen.resize(rows=6, columns=1)
    assert [text for text in shown(screen) if text] == ["a", "b"]


def test_looks_go_along_with_their_text() -> None:
    screen = Screen(rows=4, columns=6)
    screen.feed(b"abc\x1b[1mdef")
    screen.resize(rows=4, columns=4)
    assert [screen.cell(0, 3).bold, screen.cell(1, 0).bold, screen.cell(0, 2).bold] == [
        True,
        True,
        False,
    ]


def test_places_move_with_the_text_they_stand_on() -> None:
    screen = Screen(rows=4, columns=5)
    screen.feed(b"abcdefgh")
    fitted, places = reflow_rows(screen.visible_rows[:2], 3, [Place(1, 1), Place(0, 4)])
    assert [row.plain_text() for row in fitted] == ["abc", "def", "gh"]
    assert places == [Place(2, 0), Place(1, 1)]


def test_history_lines_keep_short_ones_as_they_are_and_hand_back_an_open_end() -> None:
    screen = Screen(rows=7, columns=5)
    screen.feed(b"ab\r\nabcdefgh\r\nabcdefgh12345678")
    assert screen.text() == ["ab", "abcde", "fgh", "abcde", "fgh12", "34567", "8"]
    lines, rest = reflow_lines([pack(row) for row in screen.visible_rows[:5]], 4)
    assert [plain_text(line) for line in lines] == ["ab", "abcd", "efgh"]
    assert [row.plain_text() for row in rest] == ["abcde", "fgh12"]
