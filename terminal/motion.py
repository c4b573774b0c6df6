"""Cursor movement, tab stops, saving and restoring the cursor.

Sources: ECMA-48 8.3 (CUU, CUD, CUF, CUB, CNL, CPL, CHA, CUP, HPR, VPA, VPR, CHT, CBT, TBC),
VT420 Programmer Reference (DECSC, DECRC, DECBI, DECFI, DECOM), xterm ctlseqs.
"""

from terminal.page import Page, SavedPen


class Motion(Page):
    """A page whose cursor obeys the movement sequences; counts of 0 or None mean 1."""

    def cursor_up(self, count: int | None = None, *_: int) -> None:
        """Move up, stopping at the top margin if at or below it (CUU)."""
        cursor = self.cursor
        cursor.wrap_due = False
        stop = self.top if cursor.y >= self.top else 0
        cursor.y = max(stop, cursor.y - (count or 1))

    def cursor_down(self, count: int | None = None, *_: int) -> None:
        """Move down, stopping at the bottom margin if at or above it (CUD)."""
        cursor = self.cursor
        cursor.wrap_due = False
        stop = self.bottom if cursor.y <= self.bottom else self.lines - 1
        cursor.y = min(stop, cursor.y + (count or 1))

    def cursor_forward(self, count: int | None = None, *_: int) -> None:
        """Move right, stopping at the right margin if at or before it (CUF)."""
        cursor = self.cursor
        cursor.wrap_due = False
        stop = self.right if cursor.x <= self.right else self.columns - 1
        cursor.x = min(stop, cursor.x + (count or 1))

    def cursor_back(self, count: int | None = None, *_: int) -> None:
        """Move left, stopping at the left margin if at or behind it (CUB, BS)."""
        cursor = self.cursor
        cursor.wrap_due = False
        stop = self.left if cursor.x >= self.left else 0
        cursor.x = max(stop, cursor.x - (count or 1))

    def cursor_down1(self, count: int | None = None, *_: int) -> None:
        """Move down and to the first column (CNL)."""
        self.cursor_down(count)
        self.carriage_return()

    def cursor_up1(self, count: int | None = None, *_: int) -> None:
        """Move up and to the first column (CPL)."""
        self.cursor_up(count)
        self.carriage_return()

    def cursor_position(self, line: int | None = None, column: int | None = None, *_: int) -> None:
        """Move to a place counted from 1, from the margins in origin mode (CUP, HVP)."""
        self.cursor_to_line(line)
        self.cursor_to_column(column)

    def cursor_to_line(self, line: int | None = None, *_: int) -> None:
        """Move to a row counted from 1 (VPA)."""
        self.cursor.wrap_due = False
        first, last = (self.top, self.bottom) if self.origin else (0, self.lines - 1)
        self.cursor.y = min(first + (line or 1) - 1, last)

    def cursor_to_column(self, column: int | None = None, *_: int) -> None:
        """Move to a column counted from 1 (CHA, HPA)."""
        self.cursor.wrap_due = False
        first, last = (self.left, self.right) if self.origin else (0, self.columns - 1)
        self.cursor.x = min(first + (column or 1) - 1, last)

    def move_columns(self, count: int = 0, *_: int) -> None:
        """Move right by columns; only origin mode heeds the margins (HPR)."""
        self.cursor.wrap_due = False
        last = self.right if self.origin else self.columns - 1
        self.cursor.x = min(self.cursor.x + (count or 1), last)

    def move_rows(self, count: int = 0, *_: int) -> None:
        """Move down by rows; only origin mode heeds the margins (VPR)."""
        self.cursor.wrap_due = False
        last = self.bottom if self.origin else self.lines - 1
        self.cursor.y = min(self.cursor.y + (count or 1), last)

    def back_index(self) -> None:
        """Move left one column; at the left margin push the columns right (DECBI)."""
        cursor = self.cursor
        cursor.wrap_due = False
        if cursor.x != self.left:
            cursor.x = max(cursor.x - 1, 0)
        elif self.top <= cursor.y <= self.bottom:
            for row in self.rows[self.top : self.bottom + 1]:
                row.insert(self.left, 1, self.right + 1, cursor.attr.blank)

    def forward_index(self) -> None:
        """Move right one column; at the right margin pull the columns left (DECFI)."""
        cursor = self.cursor
        cursor.wrap_due = False
        if cursor.x != self.right:
            cursor.x = min(cursor.x + 1, self.columns - 1)
        elif self.top <= cursor.y <= self.bottom:
            for row in self.rows[self.top : self.bottom + 1]:
                row.delete(self.left, 1, self.right + 1, cursor.attr.blank)

    def tab(self, count: int = 0, *_: int) -> None:
        """Move to the next tab stop, at most to the right margin (HT, CHT)."""
        cursor = self.cursor
        last = self.right if cursor.x <= self.right else self.columns - 1
        stops = sorted(x for x in self.tabstops if cursor.x < x < last)
        steps = count or 1
        cursor.x = stops[steps - 1] if steps <= len(stops) else last

    def back_tab(self, count: int = 0, *_: int) -> None:
        """Move to the tab stop before, at least to the first column (CBT)."""
        cursor = self.cursor
        cursor.wrap_due = False
        first = self.left if self.origin else 0
        stops = sorted((x for x in self.tabstops if first < x < cursor.x), reverse=True)
        steps = count or 1
        cursor.x = stops[steps - 1] if steps <= len(stops) else first

    def set_tab_stop(self) -> None:
        """Set a tab stop in the cursor's column (HTS)."""
        self.tabstops.add(self.cursor.x)

    def clear_tab_stop(self, how: int = 0, *_: int) -> None:
        """Clear the tab stop here (0) or all of them (3) (TBC)."""
        if how == 0:
            self.tabstops.discard(self.cursor.x)
        elif how == 3:
            self.tabstops.clear()

    def save_cursor(self, *_: int) -> None:
        """Keep place, look, character sets and origin mode of this screen (DECSC)."""
        pen = self.cursor
        self.saved = SavedPen(
            x=pen.x,
            y=pen.y,
            attr=pen.attr,
            wrap_due=pen.wrap_due,
            charsets=tuple(pen.charsets),
            shift=pen.shift,
            origin=self.origin,
        )

    def restore_cursor(self, *_: int) -> None:
        """Bring back what `save_cursor` kept; without it, the power-up state (DECRC)."""
        pen, saved = self.cursor, self.saved
        pen.x = min(saved.x, self.columns - 1)
        pen.y = min(saved.y, self.lines - 1)
        pen.attr = saved.attr
        pen.wrap_due = saved.wrap_due and pen.x == saved.x
        pen.charsets = list(saved.charsets)
        pen.shift = saved.shift
        self.origin = saved.origin
