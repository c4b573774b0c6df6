"""What one viewer's page shows of a screen, and the changes that bring it up to date.

Each viewer has a painter of its own: it remembers which row, in which version and with which marks,
is where, and touches only the rows that differ.
"""

from dataclasses import dataclass

from terminal.cells import Cursor, CursorShape, Row
from terminal.screen import Screen
from views.terminal_frame import NO_MARKS, RowMarks, paint_row
from views.terminal_looks import Looks
from views.terminal_metrics import CellSize, Grid
from views.terminal_scroll import Scroll
from views.terminal_selection import Selection
from views.terminal_surface import Surface


@dataclass(frozen=True, slots=True)
class Scene:
    """What a viewer adds to the screen at one moment."""

    looks: Looks
    cell: CellSize
    selection: Selection | None = None
    focused: bool = False


@dataclass(frozen=True, slots=True)
class _Shown:
    """What was painted in one place."""

    line: int
    row: Row
    version: int
    """Of a live row; `_PAST` for one from the history, which never changes."""
    marks: RowMarks


_PAST = -1


class Painter:
    """Brings a surface up to date with a screen."""

    def __init__(self, surface: Surface, screen: Screen, scroll: Scroll) -> None:
        self._surface = surface
        self._screen = screen
        self._scroll = scroll
        self._shown: list[_Shown | None] = []
        self._shape: tuple[Grid, Looks, CellSize] | None = None
        self._caret: tuple[object, ...] = ()
        self._below = 0

    def paint(self, scene: Scene) -> bool:
        """Set what differs from what is shown; returns whether anything did."""
        changed = self._fit(scene)
        shown = self._scroll.shown(self._screen)
        cursor = self._cursor_in_view()
        for place, (line, row) in enumerate(shown):
            marks = self._marks(place, line, row, cursor, scene)
            if self._differs(place, line, row, marks):
                self._paint_row(place, row, marks, scene)
                past = line < self._screen.history_total
                self._shown[place] = _Shown(line, row, _PAST if past else row.version, marks)
                changed = True
        below = self._scroll.lines_below(self._screen)
        if below != self._below:
            self._below, changed = below, True
            self._surface.show_below(below)
        under = shown[cursor.row][1] if cursor is not None else None
        return self._paint_caret(cursor, under, scene) or changed

    def _fit(self, scene: Scene) -> bool:
        grid = Grid(rows=self._screen.rows, columns=self._screen.columns)
        shape = (grid, scene.looks, scene.cell)
        if shape == self._shape:
            return False
        self._shape = shape
        self._surface.shape(grid, scene.looks, scene.cell)
        self._shown = [None] * grid.rows
        self._caret = ()
        return True

    def _differs(self, place: int, line: int, row: Row, marks: RowMarks) -> bool:
        known = self._shown[place]
        if known is None or known.marks != marks:
            return True
        if line < self._screen.history_total:
            return known.line != line or known.version != _PAST
        return known.row is not row or known.version != row.version

    def _paint_row(self, place: int, row: Row, marks: RowMarks, scene: Scene) -> None:
        painted = paint_row(row, marks, scene.looks, scene.cell, self._screen.columns)
        self._surface.rows[place].show(painted)

    def _marks(
        self, place: int, line: int, row: Row, cursor: Cursor | None, scene: Scene
    ) -> RowMarks:
        selection, reverse = scene.selection, self._screen.modes.reverse_screen
        columns = selection.on(line, self._screen.columns) if selection else range(0)
        under = range(0)
        if cursor is not None and cursor.row == place and _is_solid(cursor, scene):
            under = range(cursor.column, cursor.column + (2 if _is_wide(row, cursor) else 1))
        if not (columns or under or reverse):
            return NO_MARKS
        return RowMarks(cursor=under, selected=columns, reversed=reverse)

    def _cursor_in_view(self) -> Cursor | None:
        """Return the cursor with its row as shown, or None when it cannot be seen."""
        cursor = self._screen.cursor
        row = cursor.row + self._scroll.lines_below(self._screen)
        if not cursor.visible or row >= self._screen.rows:
            return None
        return Cursor(row, cursor.column, True, cursor.shape, cursor.blinking)

    def _paint_caret(self, cursor: Cursor | None, row: Row | None, scene: Scene) -> bool:
        caret = (cursor, scene.focused)
        if caret == self._caret:
            return False
        self._caret = caret
        surface, colour = self._surface, scene.looks.theme.cursor
        if cursor is None or row is None:
            surface.show_caret("", colour)
            return True
        surface.place_caret(scene.cell, cursor.row, cursor.column, wide=_is_wide(row, cursor))
        kind = "" if _is_solid(cursor, scene) else cursor.shape.value
        surface.show_caret("outline" if kind == CursorShape.BLOCK else kind, colour)
        return True


def _is_solid(cursor: Cursor, scene: Scene) -> bool:
    """Tell whether the cursor is painted as a reversed cell rather than as lines around one."""
    return scene.focused and cursor.shape is CursorShape.BLOCK


def _is_wide(row: Row, cursor: Cursor) -> bool:
    return cursor.column + 1 < len(row.text) and not row.text[cursor.column + 1]
