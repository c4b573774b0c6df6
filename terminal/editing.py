"""Erasing, inserting and deleting characters, lines and columns.

Sources: ECMA-48 8.3 (ED, EL, ECH, ICH, DCH, IL, DL, SL, SR), VT420 Programmer Reference (DECSED,
DECSEL, DECSCA, DECIC, DECDC, DECALN).
Blanks take the background of the pen (back colour erase, xterm).
"""

from terminal.attrs import DEFAULT_ATTR, Style, attr_of
from terminal.motion import Motion


class Editing(Motion):
    """A page whose text can be taken away and moved; counts of 0 or None mean 1."""

    def clear_line(self, how: int = 0, *_: int, selective: bool = False) -> None:
        """Erase right of the cursor (0), left of it (1) or the whole row (2), cursor included.

        `selective` spares protected cells (EL, DECSEL).
        """
        cursor = self.cursor
        cursor.wrap_due = False
        if how == 0:
            self.erase_cells(cursor.y, cursor.x, self.columns, selective)
        elif how == 1:
            self.erase_cells(cursor.y, 0, cursor.x + 1, selective)
        elif how == 2:
            self.erase_cells(cursor.y, 0, self.columns, selective)

    def clear_display(self, how: int = 0, *_: int, selective: bool = False) -> None:
        """Erase below the cursor (0), above it (1), the screen (2) or the scrollback (3).

        `selective` spares protected cells (ED, DECSED).
        """
        if how == 3:
            self.history.clear()
        if how not in (0, 1, 2):
            return
        if how in (0, 1):
            self.clear_line(how, selective=selective)
        first = self.cursor.y + 1 if how == 0 else 0
        last = self.cursor.y if how == 1 else self.lines
        for y in range(first, last):
            self.erase_cells(y, 0, self.columns, selective)
        self.cursor.wrap_due = False

    def selective_clear_line(self, how: int = 0, *_: int) -> None:
        self.clear_line(how, selective=True)

    def selective_clear_display(self, how: int = 0, *_: int) -> None:
        self.clear_display(how, selective=True)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erase in the row; the name by which pyte calls `clear_line`."""
        self.clear_line(how, selective=private)

    def erase_in_display(self, how: int = 0, *args: int, **kwargs: bool) -> None:
        """Erase in the screen; the name by which pyte calls `clear_display`."""
        self.clear_display(how, selective=kwargs.get("private", False))

    def erase_cells(self, y: int, start: int, stop: int, selective: bool = False) -> None:
        """Blank columns `start` to `stop` (not included) of row `y`."""
        row = self.rows[y]
        if stop == self.columns and not selective:
            row.wrapped = False
        if not selective:
            row.fill(start, stop, self.cursor.attr.blank)
            return
        for x in range(start, stop):
            if not row.attrs[x].style & Style.PROTECTED:
                row.fill(x, x + 1, row.attrs[x])

    def erase_characters(self, count: int | None = None, *_: int) -> None:
        """Blank characters from the cursor on, moving nothing (ECH)."""
        cursor = self.cursor
        cursor.wrap_due = False
        self.erase_cells(cursor.y, cursor.x, min(cursor.x + (count or 1), self.columns))

    def insert_characters(self, count: int | None = None, *_: int) -> None:
        """Push the rest of the row right, up to the right margin (ICH)."""
        cursor = self.cursor
        cursor.wrap_due = False
        if self.left <= cursor.x <= self.right:
            row = self.rows[cursor.y]
            row.insert(cursor.x, count or 1, self.right + 1, cursor.attr.blank)

    def delete_characters(self, count: int | None = None, *_: int) -> None:
        """Pull the rest of the row left, from the right margin (DCH)."""
        cursor = self.cursor
        cursor.wrap_due = False
        if self.left <= cursor.x <= self.right:
            row = self.rows[cursor.y]
            row.delete(cursor.x, count or 1, self.right + 1, cursor.attr.blank)

    def insert_lines(self, count: int | None = None, *_: int) -> None:
        """Push this row and those below down, up to the bottom margin (IL)."""
        if self.in_margins():
            self.shift_down(count or 1, self.cursor.y)
            self._after_lines()

    def delete_lines(self, count: int | None = None, *_: int) -> None:
        """Take rows out from here on, pulling up those below (DL); they are not kept."""
        if self.in_margins():
            self.shift_up(count or 1, self.cursor.y, keep=False)
            self._after_lines()

    def _after_lines(self) -> None:
        self.cursor.wrap_due = False
        self.cursor.x = self.left

    def insert_columns(self, count: int = 0, *_: int) -> None:
        """Push the columns from the cursor on right in all rows between the margins (DECIC)."""
        if self.in_margins():
            for row in self.rows[self.top : self.bottom + 1]:
                row.insert(self.cursor.x, count or 1, self.right + 1, self.cursor.attr.blank)
            self.cursor.wrap_due = False

    def delete_columns(self, count: int = 0, *_: int) -> None:
        """Take columns out at the cursor in all rows between the margins (DECDC)."""
        if self.in_margins():
            for row in self.rows[self.top : self.bottom + 1]:
                row.delete(self.cursor.x, count or 1, self.right + 1, self.cursor.attr.blank)
            self.cursor.wrap_due = False

    def shift_columns_left(self, count: int = 0, *_: int) -> None:
        """Move what is between the margins left (SL)."""
        for row in self.rows[self.top : self.bottom + 1]:
            row.delete(self.left, count or 1, self.right + 1, self.cursor.attr.blank)

    def shift_columns_right(self, count: int = 0, *_: int) -> None:
        """Move what is between the margins right (SR)."""
        for row in self.rows[self.top : self.bottom + 1]:
            row.insert(self.left, count or 1, self.right + 1, self.cursor.attr.blank)

    def set_protection(self, how: int = 0, *_: int) -> None:
        """Protect what is written from now on against selective erase (1), or no more (DECSCA)."""
        attr = self.cursor.attr
        style = attr.style & ~Style.PROTECTED | (Style.PROTECTED if how == 1 else 0)
        self.cursor.attr = attr_of(
            attr.foreground,
            attr.background,
            style,
            attr.underline,
            attr.underline_colour,
            attr.link,
        )

    def alignment_display(self) -> None:
        """Fill the screen with E, open the margins, leave origin mode, home the cursor (DECALN)."""
        self.origin = False
        self.open_margins()
        self.cursor_position()
        for row in self.rows:
            row.fill(0, self.columns, DEFAULT_ATTR, "E")
            row.wrapped = False
