"""The palette knows xterm's colours and reads colour names as X does."""

import pytest

from terminal.palette import Palette, Rgb, parse_colour, standard_colour


@pytest.mark.parametrize(
    ("number", "colour"),
    [
        (0, (0, 0, 0)),
        (15, (255, 255, 255)),
        (16, (0, 0, 0)),
        (21, (0, 0, 255)),
        (196, (255, 0, 0)),
        (231, (255, 255, 255)),
        (232, (8, 8, 8)),
        (255, (238, 238, 238)),
    ],
)
def test_numbered_colours_are_those_of_xterm(number: int, colour: Rgb) -> None:
    assert standard_colour(number) == colour


@pytest.mark.parametrize(
    ("spec", "colour"),
    [
        ("#ff8000", (255, 128, 0)),
        ("rgb:ff/80/00", (255, 128, 0)),
        ("rgb:f/0/f", (255, 0, 255)),
        ("rgb:ffff/8000/0000", (255, 127, 0)),
        ("rgb:ff/80", None),
        ("rgb:ff/80/xx", None),
        ("rgb:fffff/0/0", None),
        ("rgb:-1/0/0", None),
        ("#fff", None),
        ("red", None),
        ("", None),
    ],
)
def test_a_colour_is_read_or_refused(spec: str, colour: Rgb | None) -> None:
    assert parse_colour(spec) == colour


def test_an_unreadable_colour_changes_nothing() -> None:
    palette = Palette()
    palette.set_colour(1, None)
    palette.set_role(11, None)
    assert (palette.colour(1), palette.role(11)) == (standard_colour(1), (0, 0, 0))
