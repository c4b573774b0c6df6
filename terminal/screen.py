"""The public face of the emulator: bytes in, rows out.

Everything here is plain and synchronous; `terminal.console` attaches a screen to a stream.
"""

from terminal import resizing
from terminal.cells import Cell, Cursor, Frame, Modes, Row
from terminal.emulator import Emulator
from terminal.history import plain_text, unpack
from terminal.painted import Painted
from terminal.parser import Parser
from terminal.serialize import serialize

SIZE_LIMIT = 1000
"""Rows and columns are held between 1 and this."""


class Screen:
    r"""A terminal's screen with its scrollback; any bytes may be fed to it.

    >>> screen = Screen(rows=2, columns=10)
    >>> screen.feed(b"hello\r\nworld")
    >>> screen.text()
    ['hello', 'world']
    """

    def __init__(self, rows: int = 24, columns: int = 80, scrollback: int = 10_000) -> None:
        self._emulator = Emulator(
            rows=_bounded(rows), columns=_bounded(columns), scrollback=max(scrollback, 0)
        )
        self._parser = Parser(self._emulator)
        self._painted = Painted()

    @property
    def rows(self) -> int:
        """Number of visible rows."""
        return self._emulator.lines

    @property
    def columns(self) -> int:
        """Number of columns."""
        return self._emulator.columns

    def feed(self, data: bytes) -> None:
        """Carry out what a program wrote; never raises. Costs about 0.1 µs for each byte."""
        self._parser.feed(data)

    def take_replies(self) -> bytes:
        """Return, once, what the terminal has to answer; it belongs to the program's input."""
        replies = bytes(self._emulator.replies)
        self._emulator.replies.clear()
        return replies

    def resize(self, *, rows: int, columns: int) -> None:
        """Change the size; wrapped lines are fitted anew and the cursor stays on its text."""
        resizing.resize(self._emulator, rows=_bounded(rows), columns=_bounded(columns))

    def text(self) -> list[str]:
        """Return the visible rows, each without trailing blanks."""
        return self._emulator.display

    def history(self) -> list[str]:
        """Return the rows that scrolled off the top, oldest first, without trailing blanks."""
        return [plain_text(line) for line in self._emulator.history.lines]

    @property
    def history_total(self) -> int:
        """Number of rows that ever scrolled off: a fixed point for a view that is scrolled back."""
        return self._emulator.history.total

    @property
    def history_length(self) -> int:
        """Number of scrolled-off rows that are still kept."""
        return len(self._emulator.history)

    def history_rows(self, start: int, stop: int) -> list[Row]:
        """Return scrolled-off rows `start` to `stop` (not included), 0 being the oldest kept."""
        lines = self._emulator.history.lines
        return [
            unpack(lines[number], self.columns)
            for number in range(max(start, 0), min(stop, len(lines)))
        ]

    @property
    def visible_rows(self) -> list[Row]:
        """The rows shown, top first; they change in place, see `Row`."""
        return self._emulator.rows

    def cell(self, row: int, column: int) -> Cell:
        """Return one cell by value; raises IndexError outside the screen."""
        if row < 0 or column < 0:
            raise IndexError(f"row {row}, column {column} is outside the screen")
        return self._emulator.rows[row].cell(column)

    @property
    def cursor(self) -> Cursor:
        """The cursor by value."""
        pen = self._emulator.cursor
        return Cursor(
            row=pen.y,
            column=pen.x,
            visible=not pen.hidden,
            shape=pen.shape,
            blinking=pen.blinking,
        )

    @property
    def modes(self) -> Modes:
        """The modes by value; the same object until one changes."""
        return self._emulator.modes

    @property
    def title(self) -> str:
        """What the program called its window; at most 256 characters, none of them control."""
        return self._emulator.title

    @property
    def bells(self) -> int:
        """How often the bell rang."""
        return self._emulator.bells

    def take_frame(self) -> Frame:
        """Return what changed since the last call; for one viewer, others keep a `Painted`."""
        return self._painted.take(self)

    def serialize(self, *, scrollback: bool = False) -> bytes:
        """Return bytes after which another terminal of this size shows the same.

        What is fed to this screen afterwards may follow them, even from amid a sequence.
        """
        return serialize(self._emulator, scrollback=scrollback) + self._parser.unfinished


def _bounded(size: int) -> int:
    return max(1, min(size, SIZE_LIMIT))
