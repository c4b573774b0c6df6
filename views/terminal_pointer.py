"""Mouse and finger on a terminal: marking text, looking back, and what the program wants of it.

A press marks nothing by itself; a drag marks from cell to cell, a second press a word, a third a
line. A finger drags the past into view. A program that follows the mouse gets presses and wheel.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import flet as ft

from terminal.cells import MouseTracking, Row
from terminal.mouse import MouseAction, MouseButton, MouseEvent, encode_mouse
from terminal.screen import Screen
from views.terminal_metrics import CellSize
from views.terminal_scroll import Scroll, rows_between
from views.terminal_selection import Place, Selection, line_at, word_at

AGAIN_WITHIN_S = 0.4
"""Presses on one cell that follow each other as fast as this count together."""
_WHEEL_ROWS = 3
_NOTCH_PIXELS = 50.0


class Owner(Protocol):
    """The viewer, as far as the pointer goes."""

    selection: Selection | None

    @property
    def cell(self) -> CellSize: ...
    def send(self, data: bytes) -> None: ...
    def touched(self) -> None: ...
    def focus(self) -> None: ...


@dataclass(slots=True)
class _Presses:
    """How many presses in a row one cell got."""

    place: Place | None = None
    at_s: float = 0.0
    count: int = 0

    def add(self, place: Place, now_s: float) -> int:
        again = place == self.place and now_s - self.at_s <= AGAIN_WITHIN_S
        self.count = self.count % 3 + 1 if again else 1
        self.place, self.at_s = place, now_s
        return self.count


class Pointer:
    """Turns gestures on one surface into marks, scrolling and mouse reports."""

    def __init__(
        self, owner: Owner, screen: Screen, scroll: Scroll, clock: Callable[[], float]
    ) -> None:
        self._owner = owner
        self._screen = screen
        self._scroll = scroll
        self._clock = clock
        self._presses = _Presses()
        self._drags_text = True
        self._rest_pixels = 0.0

    def attach(self, touch: ft.GestureDetector) -> None:
        """Listen to the gestures of `touch`."""
        touch.on_tap_down = self._tapped
        touch.on_pan_start = self._drag_began
        touch.on_pan_update = self._dragged
        touch.on_pan_end = self._drag_ended
        touch.on_scroll = self._wheeled

    def _tapped(self, event: ft.TapEvent[ft.GestureDetector]) -> None:
        if event.local_position is None:
            return
        self._owner.focus()
        if self._report(event.local_position, MouseButton.LEFT):
            return
        place = self._place(event.local_position)
        count = self._presses.add(place, self._clock())
        row = self._row(place.line)
        if row is None or count == 1:
            self._mark(None)
        else:
            self._mark(word_at(row, place) if count == 2 else line_at(row, place))

    def _drag_began(self, event: ft.DragStartEvent[ft.GestureDetector]) -> None:
        self._drags_text = event.kind is not ft.PointerDeviceType.TOUCH
        if self._drags_text:
            self._owner.focus()
            place = self._place(event.local_position)
            self._mark(Selection(place, place))

    def _dragged(self, event: ft.DragUpdateEvent[ft.GestureDetector]) -> None:
        if not self._drags_text:
            delta = event.local_delta.y if event.local_delta else 0.0
            self._roll(-delta, self._owner.cell.height)
        else:
            self._mark_to(event.local_position)

    def _drag_ended(self, event: ft.DragEndEvent[ft.GestureDetector]) -> None:
        # Moves are told at intervals only; the last of them may be missing.
        if self._drags_text:
            self._mark_to(event.local_position)

    def _wheeled(self, event: ft.ScrollEvent[ft.GestureDetector]) -> None:
        delta = event.scroll_delta.y
        modes = self._screen.modes
        if modes.mouse is MouseTracking.NONE and not modes.alternate_screen:
            self._roll(delta, _NOTCH_PIXELS / _WHEEL_ROWS)
            return
        for _ in range(self._whole(delta, _NOTCH_PIXELS * 2)):
            button = MouseButton.WHEEL_UP if delta < 0 else MouseButton.WHEEL_DOWN
            self._report(event.local_position, button)

    def _roll(self, pixels: float, pixels_per_row: float) -> None:
        rows = self._whole(pixels, pixels_per_row)
        if rows and self._scroll.by(self._screen, rows if pixels > 0 else -rows):
            self._owner.touched()

    def _whole(self, pixels: float, unit: float) -> int:
        """Return how many whole units were moved, keeping the rest for the next move."""
        if pixels * self._rest_pixels < 0:
            self._rest_pixels = 0.0
        self._rest_pixels += pixels
        whole = int(abs(self._rest_pixels) / unit)
        self._rest_pixels -= whole * unit * (1 if self._rest_pixels > 0 else -1)
        return whole

    def _report(self, at: ft.Offset, button: MouseButton) -> bool:
        """Tell the program of a press; returns whether it wanted to know."""
        row, column = self._cell_at(at)
        press = MouseEvent(MouseAction.PRESS, button, row, column)
        report = encode_mouse(press, self._screen.modes)
        if report and button is MouseButton.LEFT:
            release = MouseEvent(MouseAction.RELEASE, button, row, column)
            report += encode_mouse(release, self._screen.modes)
        if report:
            self._owner.send(report)
        return bool(report)

    def _mark(self, selection: Selection | None) -> None:
        if selection != self._owner.selection:
            self._owner.selection = selection
            self._owner.touched()

    def _mark_to(self, at: ft.Offset) -> None:
        if self._owner.selection is not None:
            head = self._place(at, rounded=True)
            self._mark(Selection(self._owner.selection.anchor, head))

    def _cell_at(self, at: ft.Offset) -> tuple[int, int]:
        cell = self._owner.cell
        row, column = int(at.y // cell.height), int(at.x // cell.width)
        return (
            max(0, min(row, self._screen.rows - 1)),
            max(0, min(column, self._screen.columns - 1)),
        )

    def _place(self, at: ft.Offset, *, rounded: bool = False) -> Place:
        row, column = self._cell_at(at)
        if rounded:
            column = round(at.x / self._owner.cell.width)
            column = max(0, min(column, self._screen.columns))
        return Place(self._scroll.top(self._screen) + row, column)

    def _row(self, line: int) -> Row | None:
        return next(iter(rows_between(self._screen, line, line)), None)
