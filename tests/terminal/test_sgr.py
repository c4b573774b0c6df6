"""Renditions are read in all their forms, and written back so that they mean the same."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.attrs import (
    DEFAULT_ATTR,
    LOOKS_LIMIT,
    TRANSITIONS_LIMIT,
    Colour,
    Style,
    Underline,
    attr_of,
)
from terminal.cells import Cell
from terminal.sgr import rendition, styled
from tests.terminal.cases import fed

DEFAULT: Colour = ("default",)

colours: st.SearchStrategy[Colour] = st.one_of(
    st.just(DEFAULT),
    st.integers(0, 15).map(lambda number: ("named", number)),
    st.integers(16, 255).map(lambda number: ("indexed", number)),
    st.tuples(st.just("rgb"), *[st.integers(0, 255)] * 3),
)


@pytest.mark.parametrize(
    ("source", "parameters", "cell"),
    [
        ("ECMA-48 8.3.117", "1", Cell("x", bold=True)),
        ("ECMA-48 8.3.117", "2", Cell("x", dim=True)),
        ("ECMA-48 8.3.117", "3", Cell("x", italic=True)),
        ("ECMA-48 8.3.117", "4", Cell("x", underline=Underline.SINGLE)),
        ("ECMA-48 8.3.117", "5", Cell("x", blink=True)),
        ("ECMA-48 8.3.117", "6", Cell("x", blink=True)),
        ("ECMA-48 8.3.117", "7", Cell("x", inverse=True)),
        ("ECMA-48 8.3.117", "8", Cell("x", hidden=True)),
        ("ECMA-48 8.3.117", "9", Cell("x", strike=True)),
        ("ECMA-48 8.3.117", "21", Cell("x", underline=Underline.DOUBLE)),
        ("ECMA-48 8.3.117", "1;2;22", Cell("x")),
        ("ECMA-48 8.3.117", "3;23", Cell("x")),
        ("ECMA-48 8.3.117", "4;24", Cell("x")),
        ("ECMA-48 8.3.117", "5;25", Cell("x")),
        ("ECMA-48 8.3.117", "7;27", Cell("x")),
        ("ECMA-48 8.3.117", "8;28", Cell("x")),
        ("ECMA-48 8.3.117", "9;29", Cell("x")),
        ("ECMA-48 8.3.117", "1;31;0", Cell("x")),
        ("ECMA-48 8.3.117", "1;31;", Cell("x")),
        ("ECMA-48 8.3.117", "", Cell("x")),
        ("ECMA-48 8.3.117", "31", Cell("x", foreground=("named", 1))),
        ("ECMA-48 8.3.117", "42", Cell("x", background=("named", 2))),
        ("ECMA-48 8.3.117", "31;39", Cell("x")),
        ("ECMA-48 8.3.117", "42;49", Cell("x")),
        ("aixterm", "93", Cell("x", foreground=("named", 11))),
        ("aixterm", "104", Cell("x", background=("named", 12))),
        ("xterm", "38;5;1", Cell("x", foreground=("named", 1))),
        ("xterm", "38;5;196", Cell("x", foreground=("indexed", 196))),
        ("xterm", "48;5;16", Cell("x", background=("indexed", 16))),
        ("xterm", "38;5;256", Cell("x")),
        ("xterm", "38;2;1;2;3", Cell("x", foreground=("rgb", 1, 2, 3))),
        ("xterm", "38;2;1;2;300", Cell("x")),
        ("xterm", "48;2;1;2;3;1", Cell("x", background=("rgb", 1, 2, 3), bold=True)),
        ("xterm", "38;5;9;4", Cell("x", foreground=("named", 9), underline=Underline.SINGLE)),
        ("xterm", "38", Cell("x")),
        ("xterm", "38;2;1", Cell("x")),
        ("ITU-T T.416", "38:5:196", Cell("x", foreground=("indexed", 196))),
        ("ITU-T T.416", "38:2::1:2:3", Cell("x", foreground=("rgb", 1, 2, 3))),
        ("konsole", "38:2:1:2:3", Cell("x", foreground=("rgb", 1, 2, 3))),
        ("ITU-T T.416", "48:2::1:2:3;1", Cell("x", background=("rgb", 1, 2, 3), bold=True)),
        ("ITU-T T.416", "38:2", Cell("x")),
        ("kitty", "4:0", Cell("x")),
        ("kitty", "4:1", Cell("x", underline=Underline.SINGLE)),
        ("kitty", "4:2", Cell("x", underline=Underline.DOUBLE)),
        ("kitty", "4:3", Cell("x", underline=Underline.CURLY)),
        ("kitty", "4:4", Cell("x", underline=Underline.DOTTED)),
        ("kitty", "4:5", Cell("x", underline=Underline.DASHED)),
        ("kitty", "4:9", Cell("x")),
        ("kitty", "58;5;4", Cell("x")),
        ("kitty", "58:2::1:2:3;1", Cell("x", bold=True)),
        ("unknown", "999;1", Cell("x", bold=True)),
        ("unknown", "1:3", Cell("x")),
        ("unknown", "99999999999999999999;1", Cell("x", bold=True)),
    ],
)
def test_a_rendition_means_what_its_source_says(source: str, parameters: str, cell: Cell) -> None:
    assert fed(f"\x1b[{parameters}mx").cell(0, 0) == cell, source


def test_an_underline_is_false_only_when_there_is_none() -> None:
    assert [bool(underline) for underline in Underline] == [False, True, True, True, True, True]


def test_equal_looks_are_one_object() -> None:
    assert styled(DEFAULT_ATTR, "1;31") is styled(styled(DEFAULT_ATTR, "31"), "1")
    assert styled(styled(DEFAULT_ATTR, "1;31"), "0") is DEFAULT_ATTR


def test_random_colours_do_not_fill_the_memory() -> None:
    attr = DEFAULT_ATTR
    for number in range(TRANSITIONS_LIMIT + LOOKS_LIMIT):
        attr = styled(attr, f"38;2;{number % 256};{number // 256 % 256};{number // 65536}")
    assert len(DEFAULT_ATTR.following) <= TRANSITIONS_LIMIT
    assert styled(attr, "0") is DEFAULT_ATTR


@given(
    foreground=colours,
    background=colours,
    style=st.integers(0, 255).map(Style),
    underline=st.sampled_from(Underline),
    underline_colour=colours,
)
def test_a_written_rendition_reads_back_as_the_same_look(
    foreground: Colour,
    background: Colour,
    style: Style,
    underline: Underline,
    underline_colour: Colour,
) -> None:
    attr = attr_of(foreground, background, style, underline, underline_colour)
    before = attr_of(("named", 1), ("rgb", 9, 9, 9), 255, Underline.CURLY, ("indexed", 99))
    assert styled(before, rendition(attr)).key == attr.key
