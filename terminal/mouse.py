"""Mouse events as the reports that a program asked for.

Source: xterm ctlseqs "Mouse Tracking" (modes 9, 1000, 1002, 1003; formats 1005, 1006, 1015).
"""

from dataclasses import dataclass
from enum import StrEnum

from terminal.cells import Modes, MouseFormat, MouseTracking


class MouseAction(StrEnum):
    """What happened."""

    PRESS = "press"
    RELEASE = "release"
    MOVE = "move"


class MouseButton(StrEnum):
    """Which button; the wheel counts as buttons, and moves may have none."""

    LEFT = "left"
    MIDDLE = "middle"
    RIGHT = "right"
    NONE = "none"
    WHEEL_UP = "wheel_up"
    WHEEL_DOWN = "wheel_down"
    WHEEL_LEFT = "wheel_left"
    WHEEL_RIGHT = "wheel_right"


@dataclass(frozen=True, slots=True)
class MouseEvent:
    """One event at a cell; row and column from 0."""

    action: MouseAction
    button: MouseButton
    row: int
    column: int
    shift: bool = False
    alt: bool = False
    ctrl: bool = False


_CODES = {
    MouseButton.LEFT: 0,
    MouseButton.MIDDLE: 1,
    MouseButton.RIGHT: 2,
    MouseButton.NONE: 3,
    MouseButton.WHEEL_UP: 64,
    MouseButton.WHEEL_DOWN: 65,
    MouseButton.WHEEL_LEFT: 66,
    MouseButton.WHEEL_RIGHT: 67,
}
_RELEASED, _MOVED, _OFFSET = 3, 32, 32
_BYTE_CELLS, _UTF8_CELLS = 223, 2015
_WHEEL_LINES = 3


def encode_mouse(event: MouseEvent, modes: Modes) -> bytes:
    """Return the report of `event`; empty when the program did not ask for it.

    In the alternate screen without tracking, the wheel becomes cursor keys (1007).
    """
    if modes.mouse is MouseTracking.NONE:
        return _wheel_as_keys(event, modes)
    if not _asked_for(event, modes.mouse):
        return b""
    code = _CODES[event.button]
    if event.action is MouseAction.MOVE:
        code += _MOVED
    if modes.mouse is not MouseTracking.PRESS:
        code += 4 * event.shift + 8 * event.alt + 16 * event.ctrl
    return _report(event, code, modes.mouse_format)


def _asked_for(event: MouseEvent, tracking: MouseTracking) -> bool:
    is_wheel = _CODES[event.button] >= _CODES[MouseButton.WHEEL_UP]
    if event.action is MouseAction.PRESS:
        return event.button is not MouseButton.NONE and not (
            is_wheel and tracking is MouseTracking.PRESS
        )
    if event.action is MouseAction.RELEASE:
        return tracking is not MouseTracking.PRESS and not is_wheel
    if tracking is MouseTracking.DRAG:
        return event.button is not MouseButton.NONE
    return tracking is MouseTracking.MOVE


def _report(event: MouseEvent, code: int, form: MouseFormat) -> bytes:
    column, row = event.column + 1, event.row + 1
    released = event.action is MouseAction.RELEASE
    if form is MouseFormat.SGR:
        return f"\x1b[<{code};{column};{row}{'m' if released else 'M'}".encode()
    if released:
        code = code & ~_RELEASED | _RELEASED
    if form is MouseFormat.URXVT:
        return f"\x1b[{code + _OFFSET};{column};{row}M".encode()
    if form is MouseFormat.UTF8:
        if max(column, row) > _UTF8_CELLS:
            return b""
        return b"\x1b[M" + "".join(chr(n + _OFFSET) for n in (code, column, row)).encode()
    if max(column, row) > _BYTE_CELLS:
        return b""
    return b"\x1b[M" + bytes(n + _OFFSET for n in (code, column, row))


def _wheel_as_keys(event: MouseEvent, modes: Modes) -> bytes:
    final = {MouseButton.WHEEL_UP: b"A", MouseButton.WHEEL_DOWN: b"B"}.get(event.button)
    wanted = modes.alternate_screen and modes.alternate_scroll
    if final is None or not wanted or event.action is not MouseAction.PRESS:
        return b""
    return (b"\x1bO" if modes.application_cursor else b"\x1b[").join([b"", final]) * _WHEEL_LINES
