"""Operations on rectangles of cells: erase, fill, copy, change their look.

Source: VT420 Programmer Reference (DECERA, DECSERA, DECFRA, DECCRA, DECCARA, DECRARA).
"""

from collections.abc import Iterator

from terminal.attrs import Attr, attr_of
from terminal.editing import Editing
from terminal.rows import Row
from terminal.sgr import styled


class Rectangles(Editing):
    """A page with rectangular areas, given as top, left, bottom, right, each from 1."""

    def erase_rectangle(self, *area: int) -> None:
        """Blank a rectangle (DECERA)."""
        for y, start, stop in self._spans(area):
            self.erase_cells(y, start, stop)

    def selective_erase_rectangle(self, *area: int) -> None:
        """Blank the unprotected cells of a rectangle (DECSERA)."""
        for y, start, stop in self._spans(area):
            self.erase_cells(y, start, stop, selective=True)

    def fill_rectangle(self, char: int = 0, *area: int) -> None:
        """Fill a rectangle with one printable character in the pen's look (DECFRA)."""
        if 32 <= char <= 126 or 160 <= char <= 255:
            for y, start, stop in self._spans(area):
                self.rows[y].fill(start, stop, self.cursor.attr, chr(char))

    def copy_rectangle(self, *numbers: int) -> None:
        """Copy a rectangle to another place, as if all of it at once (DECCRA).

        After the area come its page, then line and column of the target; there is one page only.
        """
        copies = [_copied(self.rows[y], start, stop) for y, start, stop in self._spans(numbers[:4])]
        line, column = (*numbers[5:7], 0, 0)[:2]
        top, left = self._origin()
        first_y, x = top + (line or 1) - 1, left + (column or 1) - 1
        for y, (text, attrs) in enumerate(copies, first_y):
            if y < self.lines and x < self.columns:
                _paste(self.rows[y], x, text, attrs)

    def change_rectangle(self, *numbers: int) -> None:
        """Apply renditions (bold, underline, blink, inverse, and their ends) (DECCARA)."""
        change = ";".join(str(number) for number in numbers[4:] or (0,))
        for y, start, stop in self._spans(numbers[:4]):
            row = self.rows[y]
            row.attrs[start:stop] = [styled(attr, change) for attr in row.attrs[start:stop]]
            row.styled = True
            row.version += 1

    def reverse_rectangle(self, *numbers: int) -> None:
        """Flip renditions in an area (DECRARA)."""
        flags = sum({1: 1, 5: 8, 7: 16}.get(number, 0) for number in set(numbers[4:]))
        for y, start, stop in self._spans(numbers[:4]):
            row = self.rows[y]
            row.attrs[start:stop] = [_flipped(attr, flags) for attr in row.attrs[start:stop]]
            row.styled = True
            row.version += 1

    def _origin(self) -> tuple[int, int]:
        return (self.top, self.left) if self.origin else (0, 0)

    def _spans(self, area: tuple[int, ...]) -> Iterator[tuple[int, int, int]]:
        """Give row, first column and the column after the last, for each row of the area."""
        top, left, bottom, right = (*area, 0, 0, 0, 0)[:4]
        first_y, first_x = self._origin()
        last_y, last_x = (self.bottom, self.right) if self.origin else (self.lines, self.columns)
        stop_y = min(first_y + bottom, last_y + 1, self.lines) if bottom else last_y + 1
        stop_x = min(first_x + right, last_x + 1, self.columns) if right else last_x + 1
        start_y, start_x = first_y + (top or 1) - 1, first_x + (left or 1) - 1
        stop_x = min(stop_x, self.columns)
        if start_x < stop_x:
            for y in range(start_y, min(stop_y, self.lines)):
                yield y, start_x, stop_x


def _copied(row: Row, start: int, stop: int) -> tuple[list[str], list[Attr]]:
    """Copy columns out of a row; a wide character cut by an edge leaves a blank."""
    text = row.text[start:stop]
    if not text[0]:
        text[0] = " "
    if stop < len(row.text) and not row.text[stop]:
        text[-1] = " "
    return text, row.attrs[start:stop]


def _paste(row: Row, x: int, text: list[str], attrs: list[Attr]) -> None:
    columns = min(len(text), len(row.text) - x)
    row.fill(x, x + columns, attrs[0])
    row.text[x : x + columns] = text[:columns]
    row.attrs[x : x + columns] = attrs[:columns]
    if columns < len(text) and not text[columns]:
        row.text[x + columns - 1] = " "
    row.styled = True
    row.wide = True


def _flipped(attr: Attr, flags: int) -> Attr:
    return attr_of(
        attr.foreground,
        attr.background,
        attr.style ^ flags,
        attr.underline,
        attr.underline_colour,
        attr.link,
    )
