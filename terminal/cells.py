"""What a screen is made of, as views and key encoders see it.

The one module of values that other packages import: styles, rows, runs of equal cells, cursor,
modes, frame. Knows no escape sequence and no colour theme.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from terminal.attrs import DEFAULT_ATTR, DEFAULT_COLOUR, Attr, Colour, Style, Underline, attr_of
from terminal.rows import Cell, Row, Run

__all__ = [
    "DEFAULT_ATTR",
    "DEFAULT_COLOUR",
    "Attr",
    "Cell",
    "Colour",
    "Cursor",
    "CursorShape",
    "Frame",
    "Modes",
    "MouseFormat",
    "MouseTracking",
    "Row",
    "Run",
    "Style",
    "Underline",
    "attr_of",
]


class CursorShape(StrEnum):
    """What the cursor looks like (DECSCUSR)."""

    BLOCK = "block"
    UNDERLINE = "underline"
    BAR = "bar"


@dataclass(frozen=True, slots=True)
class Cursor:
    """Where the next character goes, both from 0, always inside the screen."""

    row: int
    column: int
    visible: bool = True
    shape: CursorShape = CursorShape.BLOCK
    blinking: bool = True


class MouseTracking(StrEnum):
    """Which mouse events the program asked for."""

    NONE = "none"
    PRESS = "press"
    """Presses only, as X10 did (DEC private mode 9)."""
    CLICK = "click"
    """Presses, releases and the wheel (1000)."""
    DRAG = "drag"
    """And moves while a button is held (1002)."""
    MOVE = "move"
    """And every move (1003)."""


class MouseFormat(StrEnum):
    """How mouse reports are written."""

    X10 = "x10"
    UTF8 = "utf8"
    SGR = "sgr"
    URXVT = "urxvt"


@dataclass(frozen=True, slots=True)
class Modes:
    """The switches of a screen that matter to whoever paints it or types into it."""

    application_cursor: bool = False
    """Cursor keys send SS3 sequences (DECCKM, 1)."""
    application_keypad: bool = False
    """DECKPAM, or DECNKM (66)."""
    backspace_is_bs: bool = False
    """Backspace sends BS in place of DEL (DECBKM, 67)."""
    newline: bool = False
    """Enter sends CR LF (LNM, 20)."""
    bracketed_paste: bool = False
    focus_events: bool = False
    mouse: MouseTracking = MouseTracking.NONE
    mouse_format: MouseFormat = MouseFormat.X10
    alternate_screen: bool = False
    alternate_scroll: bool = True
    """In the alternate screen, without mouse tracking, the wheel sends cursor keys (1007)."""
    synchronized: bool = False
    """The program asks to hold painting until it is done (2026); hold at most 150 ms."""
    reverse_screen: bool = False
    insert: bool = False
    origin: bool = False
    auto_wrap: bool = True


@dataclass(frozen=True, slots=True)
class Frame:
    """What changed since the previous frame of the same viewer, ready to paint."""

    rows: Mapping[int, Row]
    """Changed rows by number, 0 at the top. They live on: read their runs before the next feed."""
    cursor: Cursor
    size: tuple[int, int]
    """Rows and columns of the screen."""
    reverse: bool
    """True while the whole screen is shown with foreground and background swapped (DECSCNM)."""
    title: str
