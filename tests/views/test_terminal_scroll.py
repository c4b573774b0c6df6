"""Looking back: which lines are shown, and that they stay while new ones come."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.screen import Screen
from views.terminal_scroll import Scroll, rows_between


def filled(lines: int, *, rows: int = 4, scrollback: int = 100) -> Screen:
    screen = Screen(rows=rows, columns=10, scrollback=scrollback)
    for number in range(lines):
        screen.feed(b"%sline %d" % (b"\r\n" if number else b"", number))
    return screen


def shown(scroll: Scroll, screen: Screen) -> list[str]:
    return [row.plain_text() for _, row in scroll.shown(screen)]


def test_at_first_the_live_screen_is_shown() -> None:
    screen, scroll = filled(10), Scroll()
    assert shown(scroll, screen) == screen.text()
    assert scroll.at_bottom


def test_scrolling_up_shows_what_scrolled_off() -> None:
    screen, scroll = filled(10), Scroll()
    assert scroll.by(screen, -3)
    assert shown(scroll, screen) == ["line 3", "line 4", "line 5", "line 6"]
    assert scroll.lines_below(screen) == 3


def test_what_is_looked_at_stays_put_while_new_lines_come() -> None:
    screen, scroll = filled(10), Scroll()
    scroll.by(screen, -3)
    before = shown(scroll, screen)
    screen.feed(b"\r\nmore" * 5)
    assert shown(scroll, screen) == before
    assert scroll.lines_below(screen) == 8


def test_the_view_goes_on_with_the_oldest_when_its_lines_are_forgotten() -> None:
    screen, scroll = filled(10, scrollback=6), Scroll()
    scroll.by(screen, -100)
    assert shown(scroll, screen)[0] == "line 0"
    screen.feed(b"\r\nmore" * 4)
    assert shown(scroll, screen)[0] == "line 4"


def test_scrolling_past_an_end_stops_there() -> None:
    screen, scroll = filled(10), Scroll()
    assert scroll.by(screen, -100)
    assert not scroll.by(screen, -1)
    assert scroll.by(screen, 100)
    assert scroll.at_bottom
    assert not scroll.by(screen, 1)


def test_the_alternate_screen_has_no_past() -> None:
    screen, scroll = filled(10), Scroll()
    scroll.by(screen, -3)
    screen.feed(b"\x1b[?1049hfull screen")
    assert not scroll.by(screen, -1)
    assert scroll.lines_below(screen) == 0
    assert shown(scroll, screen) == screen.text()


@pytest.mark.parametrize(("first", "last"), [(0, 9), (4, 7), (7, 9), (2, 2), (9, 30)])
def test_rows_are_found_by_number_in_past_and_present(first: int, last: int) -> None:
    rows = [row.plain_text() for row in rows_between(filled(10), first, last)]
    assert rows == [f"line {number}" for number in range(first, min(last, 9) + 1)]


@given(st.lists(st.integers(-20, 20) | st.just(None), max_size=20))
def test_any_moves_show_as_many_rows_as_the_screen_has(moves: list[int | None]) -> None:
    screen, scroll = filled(12, scrollback=5), Scroll()
    for move in moves:
        if move is None:
            screen.feed(b"\r\nnew")
        else:
            scroll.by(screen, move)
        rows = scroll.shown(screen)
        assert len(rows) == screen.rows
        assert [line for line, _ in rows] == list(range(rows[0][0], rows[0][0] + screen.rows))
