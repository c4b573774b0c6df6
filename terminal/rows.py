"""One line of the screen: cell texts beside their looks, cut into runs for painting."""

from dataclasses import dataclass
from itertools import groupby

from terminal.attrs import DEFAULT_ATTR, DEFAULT_COLOUR, Attr, Colour, Underline


@dataclass(frozen=True, slots=True)
class Run:
    """Neighbouring cells of one look."""

    text: str
    attr: Attr
    columns: int
    """How many columns the text takes; differs from its length for wide and combined cells."""


@dataclass(frozen=True, slots=True)
class Cell:
    """One column of one row, by value."""

    char: str
    """A space when blank; a character with its marks; empty in the right half of a wide one."""
    foreground: Colour = DEFAULT_COLOUR
    background: Colour = DEFAULT_COLOUR
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: Underline = Underline.NONE
    blink: bool = False
    inverse: bool = False
    hidden: bool = False
    strike: bool = False
    link: str = ""
    """The address that a program put behind the cell (OSC 8); empty for none."""


class Row:
    """One line of the screen, a column per item; changes in place and counts its changes.

    A viewer that keeps `(row, row.version)` knows whether what it painted still holds.
    """

    __slots__ = ("_runs", "_runs_version", "attrs", "styled", "text", "version", "wide", "wrapped")

    def __init__(self, columns: int, attr: Attr = DEFAULT_ATTR) -> None:
        self.text: list[str] = [" "] * columns
        self.attrs: list[Attr] = [attr] * columns
        self.styled = attr is not DEFAULT_ATTR
        """False only when every attribute is the default one."""
        self.wide = False
        """False only when every item of `text` is exactly one character."""
        self.wrapped = False
        """True when the next row continues this line: it was too long, nobody ended it."""
        self.version = 0
        self._runs: tuple[Run, ...] = ()
        self._runs_version = -1

    def runs(self) -> tuple[Run, ...]:
        """Return the row cut into runs, covering all columns; made once for each version."""
        if self._runs_version != self.version:
            self._runs = tuple(self._cut())
            self._runs_version = self.version
        return self._runs

    def _cut(self) -> list[Run]:
        runs: list[Run] = []
        start = 0
        for attr, cells in groupby(self.attrs):
            columns = len(list(cells))
            runs.append(Run("".join(self.text[start : start + columns]), attr, columns))
            start += columns
        return runs

    def plain_text(self) -> str:
        """Return the text without trailing blanks."""
        return "".join(self.text).rstrip(" ")

    def cell(self, column: int) -> Cell:
        """Return one column by value; raises IndexError outside the row."""
        attr = self.attrs[column]
        return Cell(
            char=self.text[column],
            foreground=attr.foreground,
            background=attr.background,
            bold=attr.bold,
            dim=attr.dim,
            italic=attr.italic,
            underline=attr.underline,
            blink=attr.blink,
            inverse=attr.inverse,
            hidden=attr.hidden,
            strike=attr.strike,
            link=attr.link,
        )

    def part_at(self, column: int) -> None:
        """Blank both halves of a wide character that lies across the edge left of `column`."""
        if 0 < column < len(self.text) and not self.text[column]:
            self.text[column - 1] = self.text[column] = " "

    def fill(self, start: int, stop: int, attr: Attr, char: str = " ") -> None:
        """Overwrite columns `start` to `stop` (not included)."""
        if self.wide:
            self.part_at(start)
            self.part_at(stop)
        columns = stop - start
        self.text[start:stop] = [char] * columns
        self.attrs[start:stop] = [attr] * columns
        if attr is not DEFAULT_ATTR:
            self.styled = True
        self.version += 1

    def insert(self, column: int, count: int, stop: int, attr: Attr) -> None:
        """Push columns from `column` right by `count`; what passes `stop` is lost."""
        count = min(count, stop - column)
        if self.wide:
            self.part_at(column)
            self.part_at(stop - count)
            self.part_at(stop)
        self.text[column:stop] = [" "] * count + self.text[column : stop - count]
        self.attrs[column:stop] = [attr] * count + self.attrs[column : stop - count]
        self.styled = self.styled or attr is not DEFAULT_ATTR
        self.version += 1

    def delete(self, column: int, count: int, stop: int, attr: Attr) -> None:
        """Take `count` columns out at `column`, pulling in what follows up to `stop`."""
        count = min(count, stop - column)
        if self.wide:
            self.part_at(column)
            self.part_at(column + count)
            self.part_at(stop)
        self.text[column:stop] = self.text[column + count : stop] + [" "] * count
        self.attrs[column:stop] = self.attrs[column + count : stop] + [attr] * count
        self.styled = self.styled or attr is not DEFAULT_ATTR
        self.version += 1

    def copy_from(self, other: "Row", start: int, stop: int) -> None:
        """Take columns `start` to `stop` (not included) over from another row of equal length."""
        for row in (self, other):
            if row.wide:
                row.part_at(start)
                row.part_at(stop)
        self.text[start:stop] = other.text[start:stop]
        self.attrs[start:stop] = other.attrs[start:stop]
        self.styled = self.styled or other.styled
        self.wide = self.wide or other.wide
        self.version += 1
