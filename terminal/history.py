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
    attrs: tuple[Attr, ...]
    """The looks from left to right; shared among lines, empty when all are the default."""
    counts: str
    """How many columns each look covers, as the code of one character each: that is small."""
    wrapped: bool


Line = str | PackedLine
"""A plain `str` is unstyled, ended by its program, and has one character for each column."""


_shared_attrs: dict[tuple[Attr, ...], tuple[Attr, ...]] = {}
SHARED_LIMIT = 4096


def pack(row: Row) -> Line:
    """Return `row` in its smallest form, without trailing unstyled blanks."""
    if not (row.styled or row.wide or row.wrapped):
        return "".join(row.text).rstrip(" ")
    attrs: tuple[Attr, ...] = ()
    counts = ""
    if row.styled:
        runs = [(attr, len(list(cells))) for attr, cells in groupby(row.attrs)]
        attrs = _shared(tuple([attr for attr, _count in runs]))
        counts = "".join([chr(count) for _attr, count in runs])
    return PackedLine(_pack_cells(row.text, row.wide), attrs, counts, row.wrapped)


def _pack_cells(text: list[str], wide: bool) -> str | tuple[str, ...]:
    if not wide:
        return "".join(text)
    if max(map(len, text)) == 1:
        return "".join([cell or RIGHT_HALF for cell in text])
    return tuple(text)


def _shared(attrs: tuple[Attr, ...]) -> tuple[Attr, ...]:
    """Return an equal tuple that other lines use too: listings repeat their colours."""
    if len(_shared_attrs) >= SHARED_LIMIT:
        _shared_attrs.clear()
    return _shared_attrs.setdefault(attrs, attrs)


def unpack(line: Line, columns: int) -> Row:
    """Return a row of at least `columns` columns that shows `line`."""
    row = Row(0)
    if isinstance(line, str):
        row.text = list(line)
    else:
        row.text = ["" if cell == RIGHT_HALF else cell for cell in line.cells]
        row.wrapped = line.wrapped
        row.styled = bool(line.attrs)
        row.wide = any(len(cell) != 1 for cell in row.text)
        for attr, count in zip(line.attrs, line.counts, strict=True):
            row.attrs += [attr] * ord(count)
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

    def push(self, row: Row) -> None:
        """Append one row that scrolls off."""
        self.lines.append(pack(row))
        self.total += 1

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
