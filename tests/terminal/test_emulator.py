"""Control strings do what they say and nothing else."""

import pytest

from tests.terminal.cases import fed


@pytest.mark.parametrize(
    ("data", "title"),
    [
        ("\x1b]0;both\x07", "both"),
        ("\x1b]2;window\x1b\\", "window"),
        ("\x1b]2;a;b\x07", "a;b"),
        ("\x1b]1;icon\x07", ""),
        ("\x1b]2;one\x07\x1b]2;\x07", ""),
        ("\x1b]2;täg\x07", "täg"),
        ("\x1b]2;bell\x08s\x07", "bells"),
        ("\x1b]2;cut\x18off\x07", ""),
        ("\x1b]11;?\x07\x1b]133;A\x07\x1b]7;file://x/y\x07\x1b]9;hi\x07", ""),
        ("\x1b]2;old\x07\x1b[22;0t\x1b]2;new\x07\x1b[23;0t", "old"),
        ("\x1b]2;old\x07\x1b[23t", "old"),
        ("\x1b]2;old\x07\x1bc", ""),
    ],
)
def test_a_title_is_taken_only_from_title_strings(data: str, title: str) -> None:
    """Source: xterm ctlseqs, OSC 0, 1, 2 and CSI 22 t, 23 t."""
    assert fed(data).title == title


def test_a_title_is_bounded() -> None:
    assert len(fed("\x1b]2;" + "x" * 1000 + "\x07").title) == 256


def test_an_endless_string_is_swallowed_without_being_kept() -> None:
    screen = fed("\x1b]2;" + "x" * 100_000)
    screen.feed(b"x" * 100_000 + b"\x07after")
    assert (screen.title, screen.text()[0]) == ("", "after")


@pytest.mark.parametrize(
    "data",
    [
        "\x1bPtext\x1b\\",
        "\x1b_text\x1b\\",
        "\x1b^text\x1b\\",
        "\x1bXtext\x1b\\",
        "\x1b_with\x07bell\x1b\\",
        "\x1bP1;2|17/17\x1b\\",
        "\x1b]52;c;c2VjcmV0\x07",
        "\x90text\x9c",
    ],
)
def test_control_strings_are_never_shown(data: str) -> None:
    """Source: ECMA-48 8.3.2, 8.3.27, 8.3.94, 8.3.143."""
    assert fed(data + "x").text()[0] == "x"


def test_a_link_lies_behind_the_cells_written_under_it() -> None:
    """Source: the hyperlink specification for OSC 8."""
    screen = fed("\x1b]8;id=1;https://example.org/a;b\x1b\\ab\x1b[0m\x1b]8;;\x1b\\c")
    assert [screen.cell(0, column).link for column in range(3)] == [
        "https://example.org/a;b",
        "https://example.org/a;b",
        "",
    ]


def test_a_link_outlives_a_rendition_reset() -> None:
    assert fed("\x1b]8;;https://example.org\x07\x1b[1ma\x1b[mb").cell(0, 1).link


def test_a_link_that_is_too_long_is_none() -> None:
    assert fed(f"\x1b]8;;https://{'x' * 2100}\x07a").cell(0, 0).link == ""


def test_bells_are_counted() -> None:
    assert fed("\x07a\x07").bells == 2
    assert fed("\x1b]2;x\x07").bells == 0
