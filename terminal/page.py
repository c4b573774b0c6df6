"""The row store of an emulator: main and alternate rows, margins, scrolling, cursor moves.

Sources: ECMA-48 section 8.3, DEC STD 070, VT420 Programmer Reference (DECLRMM, DECSLRM).
"""

from __future__ import annotations

from dataclasses import dataclass

import pyte
from pyte.screens import Cursor as PyteCursor

from terminal.attrs import DEFAULT_ATTR, Attr
from terminal.cells import CursorShape
from terminal.history import History
from terminal.rows import Row

TAB_COLUMNS = 8
ASCII, DRAWING, BRITISH = "B", "0", "A"
"""Final characters of the character sets that differ from one another in practice."""


class Pen(PyteCursor):
    """The cursor: place, look of what is written next, and whether a wrap is due."""

    __slots__ = ("attr", "blinking", "charsets", "shape", "shift", "wrap_due")

    def __init__(self) -> None:
        super().__init__(0, 0)
        self.attr: Attr = DEFAULT_ATTR
        self.wrap_due = False
        """The last column was just written; the next character goes to the next row first."""
        self.charsets = [ASCII, ASCII, ASCII, ASCII]
        self.shift = 0
        self.shape = CursorShape.BLOCK
        self.blinking = True


@dataclass(frozen=True, slots=True)
class SavedPen:
    """What DECSC keeps, once for each of the two screens."""

    x: int = 0
    y: int = 0
    attr: Attr = DEFAULT_ATTR
    wrap_due: bool = False
    charsets: tuple[str, ...] = (ASCII, ASCII, ASCII, ASCII)
    shift: int = 0
    origin: bool = False


class Page(pyte.Screen):
    """Rows and a cursor that moves between margins; rows scrolled off the main screen are kept."""

    cursor: Pen

    def __init__(self, *, rows: int, columns: int, scrollback: int) -> None:
        self.history = History(scrollback)
        self.replies = bytearray()
        super().__init__(columns, rows)

    def reset(self) -> None:
        """Put everything back to the power-up state (RIS); the scrollback stays."""
        self.rows = self._blank_rows(self.lines)
        self.other_rows = self._blank_rows(self.lines)
        """The rows of the screen that is not shown."""
        self.alternate = False
        self.saved = SavedPen()
        self.other_saved = SavedPen()
        self.cursor = Pen()
        self.origin = self.insert = self.newline = self.margins_enabled = False
        self.auto_wrap = True
        self.title = self.icon_name = ""
        self.tabstops = set(range(TAB_COLUMNS, self.columns, TAB_COLUMNS))
        self.open_margins()

    @property
    def display(self) -> list[str]:
        """The visible rows, right-trimmed."""
        return [row.plain_text() for row in self.rows]

    def _blank_rows(self, count: int, attr: Attr = DEFAULT_ATTR) -> list[Row]:
        return [Row(self.columns, attr) for _ in range(count)]

    def open_margins(self) -> None:
        """Let the margins be the edges of the screen."""
        self.top, self.bottom = 0, self.lines - 1
        self.left, self.right = 0, self.columns - 1
        self.unbounded = True
        """False while a margin may differ from its edge."""

    def set_margins(self, top: int | None = None, bottom: int | None = None, *_: int) -> None:
        """Set top and bottom margin, counted from 1, and home the cursor (DECSTBM)."""
        first, last = (top or 1) - 1, min(bottom or self.lines, self.lines) - 1
        if first < last:
            self.top, self.bottom = first, last
            self.unbounded = self.full_width and (first, last) == (0, self.lines - 1)
            self.cursor_position()

    def set_side_margins(self, *numbers: int) -> None:
        """Set left and right margin, counted from 1, and home the cursor (DECSLRM).

        Without DECLRMM the same sequence without numbers saves the cursor (SCOSC).
        """
        if not self.margins_enabled:
            if not numbers:
                self.save_cursor()
            return
        left, right = (*numbers, 0, 0)[:2]
        first, last = (left or 1) - 1, min(right or self.columns, self.columns) - 1
        if first < last:
            self.left, self.right = first, last
            self.unbounded = False
            self.cursor_position()

    @property
    def full_width(self) -> bool:
        return self.left == 0 and self.right == self.columns - 1

    def in_margins(self) -> bool:
        """Tell whether the cursor stands inside all four margins."""
        cursor = self.cursor
        return self.top <= cursor.y <= self.bottom and self.left <= cursor.x <= self.right

    def scroll_up(self, count: int | None = None, *_: int) -> None:
        """Move the rows between the margins up (SU); blank rows come in below."""
        self.shift_up(count or 1, self.top)

    def scroll_down(self, count: int | None = None, *_: int) -> None:
        """Move the rows between the margins down (SD); blank rows come in above."""
        self.shift_down(count or 1, self.top)

    def shift_up(self, count: int, top: int, *, keep: bool = True) -> None:
        """Move rows `top` to the bottom margin up by `count`.

        Rows that leave the top of the main screen go to the history if `keep`.
        """
        height = self.bottom - top + 1
        rows, attr = self.rows, self.cursor.attr.blank
        moved = min(count, height)
        if not self.full_width:
            self._copy_up(moved, top, attr)
            return
        if keep and top == 0 and not self.alternate:
            self.history.take(rows[:moved])
            if count > moved:
                self.history.take_lines([""] * min(count - moved, self.history_limit))
        del rows[top : top + moved]
        end = self.bottom + 1 - moved
        rows[end:end] = self._blank_rows(moved, attr)

    @property
    def history_limit(self) -> int:
        return self.history.lines.maxlen or 0

    def scroll_one(self) -> None:
        """Move all rows up by one: the frequent case, when the margins are the edges."""
        row = self.rows.pop(0)
        if not self.alternate:
            self.history.push(row)
        self.rows.append(Row(self.columns, self.cursor.attr.blank))

    def shift_down(self, count: int, top: int) -> None:
        """Move rows `top` to the bottom margin down by `count`."""
        moved = min(count, self.bottom - top + 1)
        attr = self.cursor.attr.blank
        if not self.full_width:
            self._copy_down(moved, top, attr)
            return
        del self.rows[self.bottom + 1 - moved : self.bottom + 1]
        self.rows[top:top] = self._blank_rows(moved, attr)

    def _copy_up(self, count: int, top: int, attr: Attr) -> None:
        """Scroll only the columns between the side margins; their rows stay the same objects."""
        for y in range(top, self.bottom + 1 - count):
            self.rows[y].copy_from(self.rows[y + count], self.left, self.right + 1)
        for y in range(self.bottom + 1 - count, self.bottom + 1):
            self.rows[y].fill(self.left, self.right + 1, attr)

    def _copy_down(self, count: int, top: int, attr: Attr) -> None:
        for y in range(self.bottom, top + count - 1, -1):
            self.rows[y].copy_from(self.rows[y - count], self.left, self.right + 1)
        for y in range(top, top + count):
            self.rows[y].fill(self.left, self.right + 1, attr)

    def index(self, count: int = 1) -> None:
        """Move down `count` rows, scrolling at the bottom margin (IND, LF)."""
        cursor = self.cursor
        cursor.wrap_due = False
        if count == 1 and cursor.y < self.bottom:
            cursor.y += 1
        elif count == 1 and self.unbounded and cursor.y == self.bottom:
            self.scroll_one()
        elif cursor.y <= self.bottom:
            steps = min(count, self.bottom - cursor.y)
            cursor.y += steps
            if count > steps and self.left <= cursor.x <= self.right:
                self.shift_up(count - steps, self.top)
        else:
            cursor.y = min(cursor.y + count, self.lines - 1)

    def reverse_index(self) -> None:
        """Move up one row, scrolling down at the top margin (RI)."""
        cursor = self.cursor
        cursor.wrap_due = False
        if cursor.y != self.top:
            cursor.y = max(cursor.y - 1, 0)
        elif self.left <= cursor.x <= self.right:
            self.shift_down(1, self.top)

    def linefeed(self, count: int = 1) -> None:
        """Move down; in newline mode (LNM) to the first column too."""
        self.index(count)
        if self.newline:
            self.carriage_return()

    def next_line(self, count: int = 1) -> None:
        """Move down and to the first column (NEL, CR LF)."""
        self.carriage_return()
        self.index(count)

    def carriage_return(self) -> None:
        """Move to the left margin, or to the first column from outside it (CR)."""
        cursor = self.cursor
        cursor.wrap_due = False
        cursor.x = self.left if cursor.x >= self.left else 0

    def backspace(self) -> None:
        """Move left one column, not past the left margin (BS)."""
        self.cursor_back(1)
