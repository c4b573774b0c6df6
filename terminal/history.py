"""Lines that scrolled off the top: kept small, given back as rows."""

from collections import deque
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple

from terminal.attrs import DEFAULT_ATTR, Attr
from terminal.rows import Row

RIGHT_HALF = "\0"
"""Stands for the right half of a wide character where cells are joined to one text."""


class PackedLine(NamedTuple):
    """A line that is more than plain text."""

    cells: str | tuple[str, ...]
    """A character per column, RIGHT_HALF included; a tuple when a cell has several characters."""
    looks: tuple[tuple[Attr, int], ...]
    """Attributes with the columns they cover; empty when all are the default."""
    wrapped: bool


Line = str | PackedLine
"""A plain `str` is unstyled, ended by its program, and has one character for each column."""


def pack(row: Row) -> Line:
    """Return `row` in its smallest form, without trailing unstyled blanks."""
    if not (row.styled or row.wide or row.wrapped):
        return "".join(row.text).rstrip(" ")
    return PackedLine(_pack_cells(row), _pack_looks(row) if row.styled else (), row.wrapped)


def _pack_cells(row: Row) -> str | tuple[str, ...]:
    if not row.wide:
        return "".join(row.text)
    if max(map(len, row.text)) == 1:
        return "".join([text or RIGHT_HALF for text in row.text])
    return tuple(row.text)


def _pack_looks(row: Row) -> tuple[tuple[Attr, int], ...]:
    return tuple((attr, len(list(cells))) for attr, cells in groupby(row.attrs))


def unpack(line: Line, columns: int) -> Row:
    """Return a row of at least `columns` columns that shows `line`."""
    row = Row(0)
    if isinstance(line, str):
        row.text = list(line)
    else:
        row.text = ["" if cell == RIGHT_HALF else cell for cell in line.cells]
        row.wrapped = line.wrapped
        row.styled = bool(line.looks)
        row.wide = any(len(cell) != 1 for cell in row.text)
        row.attrs = [attr for attr, count in line.looks for _ in range(count)]
    row.text += [" "] * (columns - len(row.text))
    row.attrs += [DEFAULT_ATTR] * (len(row.text) - len(row.attrs))
    return row


def plain_text(line: Line) -> str:
    """Return the text of a line without trailing blanks."""
    if isinstance(line, str):
        return line
    return "".join(line.cells).replace(RIGHT_HALF, "").rstrip(" ")


class History:
    """The newest lines that left the top of the main screen, oldest first; bounded."""

    def __init__(self, limit: int) -> None:
        self.lines: deque[Line] = deque(maxlen=limit)
        self.total = 0
        """The number of the next line, counted from the first ever: scrolled views keep to it."""

    def __len__(self) -> int:
        return len(self.lines)

    def take(self, rows: Iterable[Row]) -> None:
        """Append rows that scroll off."""
        packed = [pack(row) for row in rows]
        self.lines.extend(packed)
        self.total += len(packed)

    def take_lines(self, lines: Sequence[Line]) -> None:
        """Append lines that are packed already."""
        self.lines.extend(lines)
        self.total += len(lines)

    def give_back(self, count: int) -> list[Line]:
        """Remove and return up to `count` of the newest lines, oldest of them first."""
        count = min(count, len(self.lines))
        self.total -= count
        return [self.lines.pop() for _ in range(count)][::-1]

    def replace(self, lines: list[Line]) -> None:
        """Put lines of another width in the place of all."""
        self.total += len(lines) - len(self.lines)
        self.lines.clear()
        self.lines.extend(lines)

    def clear(self) -> None:
        self.lines.clear()
