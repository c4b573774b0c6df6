"""The fast way for plain lines has exactly the effect of the slow one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.screen import Screen
from tests.terminal.test_parser import everything

lines = st.text(alphabet="ab ", max_size=25)


@given(
    before=st.sampled_from(["", "\x1b[5;3H", "x\x1b[5;10Hy", "\x1b[31m\x1b[5H", "日\x1b[5H"]),
    texts=st.lists(lines, min_size=8, max_size=40),
    end=st.sampled_from(["", "\x1b[2b", "\x1b[A!"]),
)
def test_a_flood_of_lines_looks_as_if_fed_in_small_parts(
    before: str, texts: list[str], end: str
) -> None:
    whole, parts = Screen(rows=5, columns=10), Screen(rows=5, columns=10)
    data = "\r\n".join(texts)
    for screen in (whole, parts):
        screen.feed(before.encode())
    whole.feed(data.encode())
    for char in data:
        parts.feed(char.encode())
    for screen in (whole, parts):
        screen.feed(end.encode())
    assert everything(whole) == everything(parts)


@pytest.mark.parametrize("rows", [1, 2, 24])
def test_a_flood_keeps_as_many_lines_as_the_scrollback_holds(rows: int) -> None:
    screen = Screen(rows=rows, columns=20, scrollback=100)
    screen.feed(b"".join(b"line %d\r\n" % number for number in range(1000)))
    seen = [*screen.history(), *screen.text()]
    assert len(screen.history()) == 100
    assert seen[-2:] == ["line 999", ""]
    assert screen.history_total == 1000 - rows + 1


def test_without_scrollback_nothing_is_kept() -> None:
    screen = Screen(rows=3, columns=20, scrollback=0)
    screen.feed(b"line\r\n" * 100)
    assert screen.history() == []
    assert screen.history_total == 98
