"""Colours of the terminal: readable in both themes, whatever a program mixes."""

from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.cells import attr_of
from views.terminal_looks import Looks, Mark
from views.terminal_theme import (
    DARK,
    LIGHT,
    READABLE,
    TerminalTheme,
    contrast,
    mixed,
    readable,
    to_css,
)

colours = st.builds(to_css, st.tuples(*[st.integers(0, 255)] * 3))


def test_contrast_is_as_the_guidelines_say() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#777777") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@given(colours, colours)
def test_any_text_becomes_readable_on_any_background(text: str, background: str) -> None:
    assert contrast(readable(text, background), background) >= READABLE


@given(colours)
def test_what_is_readable_stays_as_it_is(text: str) -> None:
    if contrast(text, "#ffffff") >= READABLE:
        assert readable(text, "#ffffff") == text


def test_mixing_goes_from_the_one_to_the_other() -> None:
    assert mixed("#000000", "#ffffff", 0) == "#000000"
    assert mixed("#000000", "#ffffff", 1) == "#ffffff"


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("mark", [Mark.NONE, Mark.SELECTED, Mark.CURSOR, Mark.REVERSED])
def test_every_pair_of_named_colours_can_be_read(theme: TerminalTheme, mark: Mark) -> None:
    looks = Looks(theme)
    for text, background in product(range(16), range(16)):
        look = looks.of(attr_of(("named", text), ("named", background)), mark)
        colour = (look.style or {}).get("color", theme.foreground)
        assert contrast(colour, look.background or theme.background) >= READABLE
