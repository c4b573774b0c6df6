"""Rows as Flet paints them: spans, rectangles and loose glyphs, for what programs write."""

import struct
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from terminal.screen import Screen
from views.terminal_frame import NO_MARKS, PaintedRow, RowMarks, paint_row
from views.terminal_looks import Looks
from views.terminal_metrics import cell_of_width
from views.terminal_theme import DARK, LIGHT, TerminalTheme

CELL = cell_of_width(8)
BLANK = "\u00a0"


def painted(
    data: bytes, *, columns: int = 20, marks: RowMarks = NO_MARKS, theme: TerminalTheme = DARK
) -> PaintedRow:
    """Paint the first row of a screen that a program wrote `data` to."""
    screen = Screen(rows=1, columns=columns)
    screen.feed(data)
    return paint_row(screen.visible_rows[0], marks, Looks(theme), CELL, columns)


def spans(row: PaintedRow) -> list[tuple[str, dict[str, Any]]]:
    """Return the texts with their styles."""
    return [(span["text"], span.get("style", {})) for span in row.spans]


def rects(row: PaintedRow) -> list[tuple[int, int, str]]:
    """Return the backgrounds as (column, columns, colour)."""
    return [
        (shape["x"] // CELL.width, shape["width"] // CELL.width, shape["paint"]["color"])
        for shape in row.shapes
        if shape["_c"] == "Rect"
    ]


def glyphs(row: PaintedRow) -> list[tuple[int, str]]:
    """Return the loose glyphs as (column, text)."""
    shapes = [shape for shape in row.shapes if shape["_c"] == "Text"]
    return [(shape["x"] // CELL.width, shape["value"]) for shape in shapes]


def test_plain_text_is_one_span_without_the_blanks_behind_it() -> None:
    assert spans(painted(b"hello world")) == [("hello world", {})]
    assert painted(b"hello").shapes == ()


def test_an_empty_row_is_nothing_at_all() -> None:
    assert painted(b"") == PaintedRow(spans=(), shapes=())


def test_each_change_of_style_begins_a_span() -> None:
    row = painted(b"a\x1b[1mb\x1b[3mc\x1b[0md")
    assert spans(row) == [
        ("a", {}),
        ("b", {"weight": "bold"}),
        ("c", {"weight": "bold", "italic": True}),
        ("d", {}),
    ]


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_named_colours_are_the_themes(theme: TerminalTheme) -> None:
    ((_, style),) = spans(painted(b"\x1b[32mgreen", theme=theme))
    assert style == {"color": theme.named[2]}
    ((_, style),) = spans(painted(b"\x1b[94mblue", theme=theme))
    assert style == {"color": theme.named[12]}


@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_numbered_colours_on_numbered_backgrounds_are_painted_as_they_are(
    theme: TerminalTheme,
) -> None:
    row = painted(b"\x1b[38;5;236;48;5;235mx\x1b[38;2;1;2;3;48;2;4;5;6my", theme=theme)
    assert [style["color"] for _, style in spans(row)] == ["#303030", "#010203"]
    assert rects(row) == [(0, 1, "#262626"), (1, 1, "#040506")]


def test_backgrounds_of_one_colour_are_one_rectangle() -> None:
    row = painted(b"ab\x1b[44mc\x1b[1md\x1b[22m e\x1b[0mf")
    assert rects(row) == [(2, 4, DARK.named[4])]
    assert all(shape["paint"]["anti_alias"] is False for shape in row.shapes)


def test_a_background_reaches_to_the_end_of_the_row_under_blanks() -> None:
    assert rects(painted(b"\x1b[41m\x1b[K")) == [(0, 20, DARK.named[1])]
    assert painted(b"\x1b[41m\x1b[K").spans == ()


def test_inverse_swaps_text_and_background() -> None:
    row = painted(b"\x1b[7mx")
    assert rects(row) == [(0, 1, DARK.foreground)]
    assert spans(row) == [("x", {"color": DARK.background})]


def test_blanks_at_the_end_keep_their_underline() -> None:
    row = painted(b"\x1b[4mx  ", columns=3)
    assert spans(row) == [(f"x{BLANK}{BLANK}", {"decoration": 1, "decoration_style": "solid"})]


@pytest.mark.parametrize(
    ("code", "style"),
    [("4:1", "solid"), ("4:2", "double"), ("4:3", "wavy"), ("4:4", "dotted"), ("4:5", "dashed")],
)
def test_each_underline_has_its_line(code: str, style: str) -> None:
    row = painted(f"\x1b[{code}mx".encode())
    assert spans(row) == [("x", {"decoration": 1, "decoration_style": style})]


def test_lines_over_under_and_through_go_together() -> None:
    ((_, style),) = spans(painted(b"\x1b[4;9;53;58;2;1;2;3mx"))
    assert style == {
        "decoration": 7,
        "decoration_style": "solid",
        "decoration_color": "#010203",
    }


def test_hidden_text_is_not_on_the_page() -> None:
    row = painted(b"a\x1b[8msecret\x1b[28mb")
    assert "secret" not in str(row)
    assert "".join(text for text, _ in spans(row)) == "a      b"


def test_wide_characters_are_drawn_at_their_own_place_and_leave_two_blanks() -> None:
    row = painted("a漢字b".encode())
    assert glyphs(row) == [(1, "漢"), (3, "字")]
    assert "".join(text for text, _ in spans(row)) == "a    b"


def test_combined_characters_are_drawn_whole() -> None:
    row = painted("e\u0301x⣿y".encode())
    assert glyphs(row) == [(0, "e\u0301"), (2, "⣿")]


def test_a_wide_character_over_the_background_has_it_under_both_halves() -> None:
    assert rects(painted("\x1b[41m漢".encode())) == [(0, 2, DARK.named[1])]


def test_a_block_cursor_is_a_reversed_cell_also_behind_the_text() -> None:
    row = painted(b"ab", marks=RowMarks(cursor=range(2, 3)))
    assert rects(row) == [(2, 1, DARK.cursor)]
    row = painted(b"ab", marks=RowMarks(cursor=range(1, 2)))
    assert spans(row) == [("a", {}), ("b", {"color": DARK.background})]


def test_marked_columns_have_the_colour_of_the_selection() -> None:
    row = painted(b"\x1b[31mabcdef", marks=RowMarks(selected=range(2, 4)))
    assert rects(row) == [(2, 2, DARK.selection)]


def test_a_reversed_screen_is_reversed_everywhere() -> None:
    row = painted(b"ab", marks=RowMarks(reversed=True))
    assert rects(row) == [(0, 20, DARK.foreground)]


def test_equal_looks_share_one_style() -> None:
    row = painted(b"\x1b[32ma\x1b[0mb\x1b[32mc")
    assert row.spans[0]["style"] is row.spans[2]["style"]


@given(st.binary(max_size=200), st.integers(1, 40))
def test_any_row_covers_its_columns_once(data: bytes, columns: int) -> None:
    screen = Screen(rows=2, columns=columns)
    screen.feed(data)
    for row in screen.visible_rows:
        shown = paint_row(row, NO_MARKS, Looks(DARK), CELL, columns)
        places = [
            place for column, count, _ in rects(shown) for place in range(column, column + count)
        ]
        assert len(places) == len(set(places))
        assert all(0 <= place < columns for place in places)
        texts = "".join(text for text, _ in spans(shown))
        assert len(texts) <= columns
        looks = Looks(DARK)
        marked = paint_row(row, RowMarks(cursor=range(1)), looks, CELL, columns)
        assert len("".join(text for text, _ in spans(marked))) <= columns


def test_all_that_is_taken_for_granted_of_the_font_is_in_it() -> None:
    widths = font_widths(Path(__file__).parents[2] / "assets" / "fonts" / "DejaVuSansMono.ttf")
    shown = [code for code in range(0x21, 0x3000) if not is_space_or_half(code) and in_row(code)]
    assert len(shown) > 700
    assert {widths.get(code) for code in shown} == {1233}


def is_space_or_half(code: int) -> bool:
    """Tell whether nothing is drawn for a character, or it is half of a pair in UTF-16."""
    return chr(code).isspace() or 0xD800 <= code < 0xE000


def in_row(code: int) -> bool:
    """Tell whether a character is drawn with its row's text."""
    row = painted(chr(code).encode())
    return bool(row.spans) and not row.shapes


def font_widths(path: Path) -> dict[int, int]:
    """Return the advance of each character that a TrueType file has (tables `cmap` and `hmtx`)."""
    data = path.read_bytes()
    tables = {}
    for number in range(struct.unpack_from(">H", data, 4)[0]):
        name, _, offset, _ = struct.unpack_from(">4sIII", data, 12 + 16 * number)
        tables[name] = offset
    metrics = struct.unpack_from(">H", data, tables[b"hhea"] + 34)[0]
    cmap = tables[b"cmap"]
    found: dict[int, int] = {}
    for number in range(struct.unpack_from(">H", data, cmap + 2)[0]):
        start = cmap + struct.unpack_from(">I", data, cmap + 4 + 8 * number + 4)[0]
        if struct.unpack_from(">H", data, start)[0] != 12:
            continue
        for group in range(struct.unpack_from(">I", data, start + 12)[0]):
            first, last, glyph = struct.unpack_from(">III", data, start + 16 + 12 * group)
            for code in range(first, last + 1):
                place = min(glyph + code - first, metrics - 1)
                found[code] = struct.unpack_from(">H", data, tables[b"hmtx"] + 4 * place)[0]
    return found
