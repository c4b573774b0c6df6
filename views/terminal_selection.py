"""Text marked with the mouse: which columns of which lines, and the text that a copy gives."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from terminal.cells import Row

_WORD = re.compile(r"[\w./~:@%+=?&#-]+")
"""What a double click takes: words, and what paths and addresses are made of."""


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A boundary between cells: line number, and the column to its right."""

    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Selection:
    """What lies between two places, whichever comes first."""

    anchor: Place
    head: Place

    @property
    def first(self) -> Place:
        return min(self.anchor, self.head)

    @property
    def last(self) -> Place:
        return max(self.anchor, self.head)

    @property
    def is_empty(self) -> bool:
        return self.anchor == self.head

    def on(self, line: int, columns: int) -> range:
        """Return which of a line's `columns` columns are marked."""
        if not self.first.line <= line <= self.last.line:
            return range(0)
        start = self.first.column if line == self.first.line else 0
        stop = self.last.column if line == self.last.line else columns
        return range(min(start, columns), min(stop, columns))


def selected_text(rows: Sequence[Row], selection: Selection) -> str:
    """Return the marked text of `rows`, the lines from the selection's first to its last.

    Blanks at the ends of lines are left out, and lines that the terminal wrapped are one again.
    """
    parts: list[str] = []
    for number, row in enumerate(rows, start=selection.first.line):
        columns = selection.on(number, len(row.text))
        text = "".join(row.text[columns.start : columns.stop])
        wraps = row.wrapped and number < selection.last.line
        parts.append(text if wraps else text.rstrip(" ") + "\n")
    return "".join(parts).removesuffix("\n")


def word_at(row: Row, place: Place) -> Selection:
    """Return the selection of the word under `place`, or of its single cell."""
    chars = [(text or " ")[0] for text in row.text]
    for match in _WORD.finditer("".join(chars)):
        if match.start() <= place.column < match.end():
            return Selection(Place(place.line, match.start()), Place(place.line, match.end()))
    return Selection(place, Place(place.line, place.column + 1))


def line_at(row: Row, place: Place) -> Selection:
    """Return the selection of the whole line under `place`."""
    return Selection(Place(place.line, 0), Place(place.line, len(row.text)))
