"""What one viewer has painted, so that any number of viewers can follow one screen."""

from typing import Protocol

from terminal.cells import Cursor, Frame, Modes, Row


class Painting(Protocol):
    """What a viewer needs of a screen."""

    @property
    def visible_rows(self) -> list[Row]: ...
    @property
    def cursor(self) -> Cursor: ...
    @property
    def modes(self) -> Modes: ...
    @property
    def title(self) -> str: ...
    @property
    def rows(self) -> int: ...
    @property
    def columns(self) -> int: ...


class Painted:
    """One viewer's memory: which row, in which version, it was last given at each place.

    Owned by the viewer; nothing in the screen knows about it.
    """

    def __init__(self) -> None:
        self._seen: list[tuple[Row, int] | None] = []

    def take(self, screen: Painting) -> Frame:
        """Return what this viewer has not got yet, and count it as painted."""
        rows = screen.visible_rows
        seen = self._seen
        if len(seen) != len(rows):
            seen = self._seen = [None] * len(rows)
        changed: dict[int, Row] = {}
        for number, row in enumerate(rows):
            known = seen[number]
            if known is None or known[0] is not row or known[1] != row.version:
                changed[number] = row
                seen[number] = (row, row.version)
        return Frame(
            rows=changed,
            cursor=screen.cursor,
            size=(screen.rows, screen.columns),
            reverse=screen.modes.reverse_screen,
            title=screen.title,
        )

    def forget(self) -> None:
        """Have the next frame hold every row: the viewer lost what it had, or scrolled."""
        self._seen = []
