"""One row of the screen as what Flet paints: text spans, background rectangles, loose glyphs.

Pure: takes rows and looks, gives tuples of dictionaries, which Flet's differ treats as one value.
What the console's font may lack, and what is two columns wide, is drawn by itself at its exact
place, so that a glyph of another font never moves its neighbours.
"""

import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from terminal.cells import DEFAULT_ATTR, Row
from views import theme
from views.terminal_looks import Look, Looks, Mark
from views.terminal_metrics import CellSize

_ids = itertools.count(1 << 30)
"""The client only asks that identifiers are not in use."""
_SQUARE = {"top_left": 0, "top_right": 0, "bottom_left": 0, "bottom_right": 0}
"""Without it the client draws no rectangle."""
_NO_BREAK = "\u00a0"

_IN_FONT = (
    "\\u0020-\\u007e\\u00a0-\\u017f\\u0391-\\u03a1\\u03a3-\\u03c9\\u0401-\\u045f"
    "\\u2010-\\u2023\\u2026\\u2190-\\u2199\\u2500-\\u259f\\u25a0-\\u25ff"
)
"""Characters that the font surely has, one column wide each; a test holds this against the file."""
_PLAIN = re.compile(f"[{_IN_FONT}]*")


@dataclass(frozen=True, slots=True)
class RowMarks:
    """What the view adds to one row; equal marks paint the same."""

    cursor: range = range(0)
    """Columns under a block cursor."""
    selected: range = range(0)
    reversed: bool = False

    def at(self, column: int) -> int:
        """Return the mark of one column."""
        mark = self.all_over
        if column in self.selected:
            mark |= Mark.SELECTED
        if column in self.cursor:
            mark |= Mark.CURSOR
        return mark

    @property
    def all_over(self) -> int:
        """The mark that every column has."""
        return Mark.REVERSED.value if self.reversed else Mark.NONE.value

    @property
    def is_even(self) -> bool:
        """True when all columns have the same mark."""
        return not self.cursor and not self.selected


NO_MARKS = RowMarks()


@dataclass(frozen=True, slots=True)
class Piece:
    """Neighbouring columns that are painted alike."""

    text: str
    look: Look
    column: int
    columns: int
    loose: bool = False
    """True when the text is drawn by itself, at its own place."""


@dataclass(frozen=True, slots=True)
class PaintedRow:
    """The values of the two properties that show a row."""

    spans: tuple[dict[str, Any], ...]
    shapes: tuple[dict[str, Any], ...]


def paint_row(row: Row, marks: RowMarks, looks: Looks, cell: CellSize, columns: int) -> PaintedRow:
    """Return what shows the first `columns` columns of `row`."""
    pieces = list(_pieces(row, marks, looks, columns))
    return PaintedRow(
        spans=tuple(_spans(pieces)),
        shapes=(*_backgrounds(pieces, cell), *_glyphs(pieces, looks, cell)),
    )


def _pieces(row: Row, marks: RowMarks, looks: Looks, columns: int) -> Iterator[Piece]:
    text = "".join(row.text)
    in_one_go = marks.is_even and len(row.text) == columns and not row.wide
    if not in_one_go or not _PLAIN.fullmatch(text):
        yield from _joined(_cells(row, marks, looks, columns))
        return
    column = 0
    for run in row.runs():
        yield Piece(run.text, looks.of(run.attr, marks.all_over), column, run.columns)
        column += run.columns


def _cells(row: Row, marks: RowMarks, looks: Looks, columns: int) -> Iterator[Piece]:
    for column in range(columns):
        text = row.text[column] if column < len(row.text) else " "
        attr = row.attrs[column] if column < len(row.attrs) else DEFAULT_ATTR
        if not text:
            continue
        wide = column + 1 < len(row.text) and not row.text[column + 1]
        loose = wide or len(text) > 1 or not _PLAIN.fullmatch(text)
        yield Piece(text, looks.of(attr, marks.at(column)), column, 2 if wide else 1, loose)


def _joined(cells: Iterable[Piece]) -> Iterator[Piece]:
    for (look, loose), group in itertools.groupby(cells, key=lambda c: (c.look, c.loose)):
        same = list(group)
        if loose:
            yield from same
            continue
        text = "".join(piece.text for piece in same)
        yield Piece(text, look, same[0].column, sum(piece.columns for piece in same))


def _spans(pieces: list[Piece]) -> Iterator[dict[str, Any]]:
    last = len(pieces) - 1
    for place, piece in enumerate(pieces):
        text = " " * piece.columns if piece.loose or piece.look.hidden else piece.text
        if place == last:
            text = _ended(text, piece.look)
        if not text:
            continue
        span: dict[str, Any] = {"_c": "TextSpan", "_i": next(_ids), "text": text}
        if piece.look.style is not None:
            span["style"] = piece.look.style
        yield span


def _ended(text: str, look: Look) -> str:
    """Flutter paints no line under blanks at the end of a line, unless they may not break."""
    ended = text.rstrip(" ")
    return ended + _NO_BREAK * (len(text) - len(ended)) if look.decorated else ended


def _backgrounds(pieces: list[Piece], cell: CellSize) -> Iterator[dict[str, Any]]:
    for colour, group in itertools.groupby(pieces, key=lambda piece: piece.look.background):
        same = list(group)
        if colour is not None:
            yield {
                "_c": "Rect",
                "_i": next(_ids),
                "x": same[0].column * cell.width,
                "y": 0,
                "width": sum(piece.columns for piece in same) * cell.width,
                "height": cell.height,
                "border_radius": _SQUARE,
                "paint": {"color": colour, "anti_alias": False},
            }


def _glyphs(pieces: list[Piece], looks: Looks, cell: CellSize) -> Iterator[dict[str, Any]]:
    for piece in pieces:
        if piece.loose and not piece.look.hidden and not piece.text.isspace():
            yield {
                "_c": "Text",
                "_i": next(_ids),
                "x": piece.column * cell.width,
                "y": 0,
                "value": piece.text,
                "max_lines": 1,
                "style": base_style(looks, cell) | (piece.look.style or {}),
            }


def base_style(looks: Looks, cell: CellSize) -> dict[str, Any]:
    """Return the text style of a whole row, as the client reads it."""
    return {
        "size": cell.font_size,
        "height": cell.height / cell.font_size,
        "font_family": theme.MONO,
        "letter_spacing": 0,
        "color": looks.theme.foreground,
    }
