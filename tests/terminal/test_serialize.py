"""A serialised screen shows the same in another terminal."""

import pytest
from hypothesis import given, settings
from pyghostty.core import Terminal

from terminal.screen import Screen
from tests.terminal.test_parser import everything, programs


def copy_of(screen: Screen, *, scrollback: bool = False) -> Screen:
    copy = Screen(rows=screen.rows, columns=screen.columns)
    copy.feed(screen.serialize(scrollback=scrollback))
    return copy


@settings(max_examples=300)
@given(program=programs)
def test_a_copy_shows_the_same_and_goes_on_the_same(program: bytes) -> None:
    screen = Screen(rows=5, columns=10)
    screen.feed(program)
    copy = copy_of(screen)
    assert everything(copy)[0] == everything(screen)[0]
    assert (copy.cursor, copy.title) == (screen.cursor, screen.title)
    for each in (screen, copy):
        each.feed("typed on 日本".encode())
    assert copy.text() == screen.text()


@pytest.mark.parametrize(
    "data",
    [
        "plain",
        "\x1b[1;31mred\x1b[m \x1b[44m   \x1b[m\r\n\x1b[38;2;1;2;3;48;5;99mx",
        "\x1b[4:3mcurl\x1b[58:2::1:2:3mcolour",
        "日本e\u0301👍x",
        "0123456789wrapped",
        "\x1b[44m\x1b[2J",
        "main\x1b[?1049halt",
        "\x1b[?1;1002;1006;2004h\x1b=\x1b[4h",
        "\x1b[2;4r\x1b[?6hx",
        "\x1b[?25l\x1b[4 q\x1b]2;title\x07",
        "\x1b]8;;https://example.org\x07link\x1b]8;;\x07 no",
        "\x1b(0lqk",
        "0123456789",
    ],
)
def test_a_copy_is_equal_in_every_respect(data: str) -> None:
    screen = Screen(rows=5, columns=10)
    screen.feed(data.encode())
    copy = copy_of(screen)
    assert everything(copy)[0] == everything(screen)[0]
    assert (copy.cursor, copy.modes, copy.title) == (screen.cursor, screen.modes, screen.title)
    for each in (screen, copy):
        each.feed(b"q\x1b[?1049l")
    assert copy.text() == screen.text()


def test_the_scrollback_comes_along_when_asked_for() -> None:
    screen = Screen(rows=3, columns=10)
    screen.feed(
        "\r\n".join(
            ["one", "two", "a long wrapped line", "日本", "\x1b[1mbold\x1b[m", "end"]
        ).encode()
    )
    assert copy_of(screen).history() == []
    copy = copy_of(screen, scrollback=True)
    assert (copy.history(), copy.text()) == (screen.history(), screen.text())


def test_another_emulator_understands_it() -> None:
    screen = Screen(rows=5, columns=10)
    screen.feed("a\x1b[1;31mred\x1b[m\r\n日本\x1b[4;4Hend\x1b[2;2H".encode())
    other = Terminal(10, 5)
    other.feed(b"old text\r\n" * 9 + screen.serialize())
    assert [line.rstrip() for line in other.text().split("\n")] == screen.text()[:4]
    assert other.cursor == (screen.cursor.column, screen.cursor.row)
    assert other.style(1, 0)["bold"]
