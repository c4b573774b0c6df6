"""A screen as escape sequences that show the same in another terminal.

For clients that speak bytes: the command line's console and the WebSocket. The receiving terminal
is reset first; afterwards it has the same text, looks, cursor, title and modes.
"""

from terminal.attrs import DEFAULT_ATTR, Attr, Style
from terminal.cells import CursorShape
from terminal.emulator import Emulator
from terminal.history import unpack
from terminal.page import Pen
from terminal.rows import Row
from terminal.sgr import rendition

_SHAPES = {CursorShape.BLOCK: 2, CursorShape.UNDERLINE: 4, CursorShape.BAR: 6}
_SHIFTS = ("\x0f", "\x0e", "\x1bn", "\x1bo")
_RESTORED_MODES = (1, 5, 9, 66, 67, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004, 2027)


def serialize(emulator: Emulator, *, scrollback: bool = False) -> bytes:
    """Return the sequences; with `scrollback` the lines above come first and scroll off."""
    parts = ["\x1b[!p\x1b[?1049l\x1b[m\x1b[H\x1b[2J\x1b[3J"]
    if scrollback:
        parts += [_line(unpack(line, 0)) for line in emulator.history.lines]
    if emulator.alternate:
        parts.append(_screen(emulator.other_rows))
        parts.append(_place(emulator.other_saved.y, emulator.other_saved.x) + "\x1b[?1049h\x1b[H")
    parts.append(_screen(emulator.rows))
    parts.append(_state(emulator))
    return "".join(parts).encode()


def _screen(rows: list[Row]) -> str:
    """Write all rows, each ended so that wrapped ones are wrapped again by the other side."""
    return "".join(_line(row) for row in rows[:-1]) + _cells(rows[-1])


def _line(row: Row) -> str:
    return _cells(row) + ("" if row.wrapped else "\r\n")


def _cells(row: Row) -> str:
    """Write one row up to its last visible cell, beginning and ending in the default look."""
    parts: list[str] = []
    last = DEFAULT_ATTR
    runs = list(row.runs())
    if runs and runs[-1].attr is DEFAULT_ATTR and not row.wrapped:
        text = runs.pop().text.rstrip(" ")
        tail = ("\x1b[m" if runs else "") + text if text else ""
    else:
        tail = ""
    for run in runs:
        parts.append(_look(last, run.attr) + run.text)
        last = run.attr
    if last is not DEFAULT_ATTR:
        parts.append(_look(last, DEFAULT_ATTR))
    return "".join(parts) + tail


def _look(before: Attr, after: Attr) -> str:
    """Write the change from one look to another."""
    if before is after:
        return ""
    link = f"\x1b]8;;{after.link}\x1b\\" if before.link != after.link else ""
    guard = ""
    if (before.style ^ after.style) & Style.PROTECTED:
        guard = f'\x1b[{int(bool(after.style & Style.PROTECTED))}"q'
    change = "" if after is DEFAULT_ATTR else rendition(after)
    return f"{link}{guard}\x1b[{change}m"


def _place(y: int, x: int) -> str:
    return f"\x1b[{y + 1};{x + 1}H"


def _state(emulator: Emulator) -> str:
    """Write title, modes, margins, cursor and look, in an order in which none undoes another."""
    pen = emulator.cursor
    parts = [f"\x1b]2;{emulator.title}\x1b\\"] if emulator.title else []
    on = [mode for mode in _RESTORED_MODES if mode in emulator.private]
    parts += [f"\x1b[?{mode}h" for mode in on]
    parts += [
        f"\x1b[{mode}h" for mode, set_ in ((4, emulator.insert), (20, emulator.newline)) if set_
    ]
    if not emulator.auto_wrap:
        parts.append("\x1b[?7l")
    if (emulator.top, emulator.bottom) != (0, emulator.lines - 1):
        parts.append(f"\x1b[{emulator.top + 1};{emulator.bottom + 1}r")
    if emulator.margins_enabled:
        parts.append(f"\x1b[?69h\x1b[{emulator.left + 1};{emulator.right + 1}s")
    return "".join(parts) + _pen_state(emulator, pen)


def _written_place(emulator: Emulator, pen: Pen) -> str:
    """Move to the pen's place; where a wrap is due, write the last character once more."""
    top, left = (emulator.top, emulator.left) if emulator.origin else (0, 0)
    if not pen.wrap_due:
        return _place(pen.y - top, pen.x - left)
    row = emulator.rows[pen.y]
    x = pen.x if row.text[pen.x] else pen.x - 1
    change = _look(DEFAULT_ATTR, row.attrs[x]) + row.text[x] + _look(row.attrs[x], DEFAULT_ATTR)
    return _place(pen.y - top, x - left) + change


def _pen_state(emulator: Emulator, pen: Pen) -> str:
    parts = ["\x1b[?6h"] if emulator.origin else []
    parts.append(_written_place(emulator, pen))
    parts.append(_look(DEFAULT_ATTR, pen.attr))
    parts += [f"\x1b{slot}{code}" for slot, code in zip("()*+", pen.charsets, strict=True)]
    parts.append(_SHIFTS[pen.shift])
    parts.append(f"\x1b[{_SHAPES[pen.shape] - pen.blinking} q")
    parts.append("\x1b[?25l" if pen.hidden else "\x1b[?25h")
    return "".join(parts)
