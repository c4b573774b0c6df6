"""Mouse events are reported when asked for, in the format asked for."""

import pytest

from terminal.cells import Modes, MouseFormat, MouseTracking
from terminal.mouse import MouseAction, MouseButton, MouseEvent, encode_mouse

LEFT_DOWN = MouseEvent(MouseAction.PRESS, MouseButton.LEFT, row=2, column=4)
LEFT_UP = MouseEvent(MouseAction.RELEASE, MouseButton.LEFT, row=2, column=4)
RIGHT_DOWN = MouseEvent(MouseAction.PRESS, MouseButton.RIGHT, row=0, column=0, ctrl=True)
DRAGGED = MouseEvent(MouseAction.MOVE, MouseButton.LEFT, row=2, column=5)
MOVED = MouseEvent(MouseAction.MOVE, MouseButton.NONE, row=2, column=5)
WHEEL_UP = MouseEvent(MouseAction.PRESS, MouseButton.WHEEL_UP, row=0, column=0)
WHEEL_DOWN = MouseEvent(MouseAction.PRESS, MouseButton.WHEEL_DOWN, row=0, column=0, shift=True)
FAR = MouseEvent(MouseAction.PRESS, MouseButton.LEFT, row=0, column=250)
VERY_FAR = MouseEvent(MouseAction.PRESS, MouseButton.LEFT, row=0, column=3000)


@pytest.mark.parametrize(
    ("tracking", "event", "report"),
    [
        (MouseTracking.NONE, LEFT_DOWN, b""),
        (MouseTracking.PRESS, LEFT_DOWN, b"\x1b[<0;5;3M"),
        (MouseTracking.PRESS, LEFT_UP, b""),
        (MouseTracking.PRESS, WHEEL_UP, b""),
        (MouseTracking.PRESS, RIGHT_DOWN, b"\x1b[<2;1;1M"),
        (MouseTracking.CLICK, LEFT_DOWN, b"\x1b[<0;5;3M"),
        (MouseTracking.CLICK, LEFT_UP, b"\x1b[<0;5;3m"),
        (MouseTracking.CLICK, RIGHT_DOWN, b"\x1b[<18;1;1M"),
        (MouseTracking.CLICK, WHEEL_UP, b"\x1b[<64;1;1M"),
        (MouseTracking.CLICK, WHEEL_DOWN, b"\x1b[<69;1;1M"),
        (MouseTracking.CLICK, DRAGGED, b""),
        (MouseTracking.DRAG, DRAGGED, b"\x1b[<32;6;3M"),
        (MouseTracking.DRAG, MOVED, b""),
        (MouseTracking.MOVE, MOVED, b"\x1b[<35;6;3M"),
    ],
)
def test_only_what_was_asked_for_is_reported(
    tracking: MouseTracking, event: MouseEvent, report: bytes
) -> None:
    modes = Modes(mouse=tracking, mouse_format=MouseFormat.SGR)
    assert encode_mouse(event, modes) == report


@pytest.mark.parametrize(
    ("form", "event", "report"),
    [
        (MouseFormat.X10, LEFT_DOWN, b"\x1b[M %#"),
        (MouseFormat.X10, LEFT_UP, b"\x1b[M#%#"),
        (MouseFormat.X10, FAR, b""),
        (MouseFormat.UTF8, FAR, b"\x1b[M " + chr(283).encode() + b"!"),
        (MouseFormat.UTF8, VERY_FAR, b""),
        (MouseFormat.URXVT, LEFT_DOWN, b"\x1b[32;5;3M"),
        (MouseFormat.URXVT, LEFT_UP, b"\x1b[35;5;3M"),
        (MouseFormat.SGR, VERY_FAR, b"\x1b[<0;3001;1M"),
    ],
)
def test_a_report_has_the_format_asked_for(
    form: MouseFormat, event: MouseEvent, report: bytes
) -> None:
    modes = Modes(mouse=MouseTracking.CLICK, mouse_format=form)
    assert encode_mouse(event, modes) == report


@pytest.mark.parametrize(
    ("modes", "event", "keys"),
    [
        (Modes(alternate_screen=True), WHEEL_UP, b"\x1b[A" * 3),
        (Modes(alternate_screen=True), WHEEL_DOWN, b"\x1b[B" * 3),
        (Modes(alternate_screen=True, application_cursor=True), WHEEL_UP, b"\x1bOA" * 3),
        (Modes(alternate_screen=True, alternate_scroll=False), WHEEL_UP, b""),
        (Modes(alternate_screen=True), LEFT_DOWN, b""),
        (Modes(), WHEEL_UP, b""),
    ],
)
def test_the_wheel_presses_cursor_keys_in_full_screen_programs(
    modes: Modes, event: MouseEvent, keys: bytes
) -> None:
    """Source: xterm ctlseqs, mode 1007."""
    assert encode_mouse(event, modes) == keys
