"""Rectangles are erased, filled, copied and restyled as the VT420 does."""

import pytest

from tests.terminal.cases import Case, assert_case, fed

GRID = "abcdef\r\nghijkl\r\nmnopqr"

CASES = [
    Case("VT420 DECERA", "erases an area", GRID + "\x1b[1;2;2;3$z", ("a  def", "g  jkl", "mnopqr")),
    Case("VT420 DECERA", "an area without numbers is the page", GRID + "\x1b[$z", ()),
    Case(
        "VT420 DECERA",
        "an area outside does nothing",
        GRID + "\x1b[1;50;2;60$z",
        ("abcdef", "ghijkl", "mnopqr"),
    ),
    Case(
        "VT420 DECERA",
        "counts from the margins in origin mode",
        GRID + "\x1b[2;3r\x1b[?6h\x1b[1;1;1;2$z",
        ("abcdef", "  ijkl", "mnopqr"),
    ),
    Case("VT420 DECSERA", "spares protected cells", 'a\x1b[1"qb\x1b["qc\x1b[1;1;1;3${', (" b",)),
    Case(
        "VT420 DECFRA", "fills an area", GRID + "\x1b[88;2;1;3;2$x", ("abcdef", "XXijkl", "XXopqr")
    ),
    Case(
        "VT420 DECFRA",
        "refuses control characters",
        GRID + "\x1b[7;1;1;3;3$x",
        ("abcdef", "ghijkl", "mnopqr"),
    ),
    Case(
        "VT420 DECCRA",
        "copies an area",
        GRID + "\x1b[1;1;2;2;1;2;4;1$v",
        ("abcdef", "ghiabl", "mnoghr"),
    ),
    Case(
        "VT420 DECCRA",
        "copies overlapping areas as if at once",
        GRID + "\x1b[1;1;1;3;1;1;2$v",
        ("aabcef", "ghijkl", "mnopqr"),
    ),
    Case(
        "VT420 DECCRA",
        "cuts what passes the edge",
        GRID + "\x1b[1;1;3;6;1;1;9$v",
        ("abcdef  ab", "ghijkl  gh", "mnopqr  mn"),
    ),
    Case(
        "VT420 DECCRA",
        "half a wide character becomes a blank",
        "日b\x1b[1;2;1;3;1;3;1$v",
        ("日b", "", " b"),
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_rectangle_operation_does_what_its_source_says(case: Case) -> None:
    assert_case(case)


def test_an_area_takes_renditions() -> None:
    """Source: VT420 DECCARA."""
    screen = fed(GRID + "\x1b[1;2;2;3;1;7$r")
    assert screen.cell(0, 1).bold
    assert screen.cell(1, 2).inverse
    assert not screen.cell(0, 0).bold
    assert not screen.cell(2, 1).bold


def test_an_area_flips_renditions() -> None:
    """Source: VT420 DECRARA."""
    screen = fed("\x1b[1ma\x1b[mb\x1b[1;1;1;2;1$t")
    assert (screen.cell(0, 0).bold, screen.cell(0, 1).bold) == (False, True)
