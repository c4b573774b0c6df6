"""Marked text: what a copy gives, and what a press takes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.screen import Screen
from views.terminal_selection import Place, Selection, line_at, selected_text, word_at


def screen_of(data: bytes, *, columns: int = 20, rows: int = 5) -> Screen:
    screen = Screen(rows=rows, columns=columns)
    screen.feed(data)
    return screen


def copied(screen: Screen, first: tuple[int, int], last: tuple[int, int]) -> str:
    """Return what a copy from place to place gives."""
    selection = Selection(Place(*first), Place(*last))
    rows = screen.visible_rows[selection.first.line : selection.last.line + 1]
    return selected_text(rows, selection)


def test_a_part_of_one_line() -> None:
    assert copied(screen_of(b"hello world"), (0, 6), (0, 11)) == "world"


def test_lines_are_copied_without_the_blanks_behind_them() -> None:
    screen = screen_of(b"one\r\n\r\n  two   \r\nthree")
    assert copied(screen, (0, 0), (3, 20)) == "one\n\n  two\nthree"


def test_backwards_is_the_same_as_forwards() -> None:
    screen = screen_of(b"one\r\ntwo")
    assert copied(screen, (1, 2), (0, 1)) == copied(screen, (0, 1), (1, 2)) == "ne\ntw"


def test_a_line_that_the_terminal_wrapped_is_one_line_again() -> None:
    screen = screen_of(b"abcdefghijklmnop\r\nnext", columns=5)
    assert copied(screen, (0, 0), (4, 5)) == "abcdefghijklmnop\nnext"


def test_wide_characters_are_copied_once() -> None:
    assert copied(screen_of("a漢字b".encode()), (0, 0), (0, 6)) == "a漢字b"


def test_an_empty_selection_marks_nothing() -> None:
    place = Place(0, 3)
    assert Selection(place, place).is_empty
    assert Selection(place, place).on(0, 20) == range(3, 3)


@pytest.mark.parametrize(
    ("column", "word"),
    [(0, "see"), (5, "/usr/share/doc-1.2"), (27, "https://a.b/c?d=e"), (47, "end")],
)
def test_a_second_press_takes_the_word_the_path_or_the_address(column: int, word: str) -> None:
    screen = screen_of(b"see '/usr/share/doc-1.2' (https://a.b/c?d=e), end", columns=60)
    row = screen.visible_rows[0]
    selection = word_at(row, Place(0, column))
    assert selected_text([row], selection) == word


def test_a_second_press_between_words_takes_one_cell() -> None:
    row = screen_of(b"a  b").visible_rows[0]
    assert word_at(row, Place(0, 1)) == Selection(Place(0, 1), Place(0, 2))


def test_a_third_press_takes_the_line() -> None:
    row = screen_of(b"all of it").visible_rows[0]
    assert selected_text([row], line_at(row, Place(0, 4))) == "all of it"


@given(st.binary(max_size=120), st.tuples(*[st.integers(0, 4), st.integers(0, 20)] * 2))
def test_any_two_places_give_text_of_at_most_as_many_lines(
    data: bytes, at: tuple[int, int, int, int]
) -> None:
    text = copied(screen_of(data), (at[0], at[1]), (at[2], at[3]))
    assert text.count("\n") <= abs(at[2] - at[0])
