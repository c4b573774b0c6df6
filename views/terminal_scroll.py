"""Where in a console's past one viewer looks, and which rows that shows.

Lines are numbered from the first one that ever scrolled off, so that what is looked at stays put
while new lines come.
"""

from typing import Protocol

from terminal.cells import Modes, Row


class Scrolled(Protocol):
    """What of a screen a scrolled view needs."""

    @property
    def rows(self) -> int: ...
    @property
    def modes(self) -> Modes: ...
    @property
    def visible_rows(self) -> list[Row]: ...
    @property
    def history_total(self) -> int: ...
    @property
    def history_length(self) -> int: ...
    def history_rows(self, start: int, stop: int) -> list[Row]: ...


class Scroll:
    """One viewer's place in the past; at first at the bottom, where it follows new lines."""

    def __init__(self) -> None:
        self._top: int | None = None

    @property
    def at_bottom(self) -> bool:
        """True when the live screen is shown."""
        return self._top is None

    def by(self, screen: Scrolled, rows: int) -> bool:
        """Move by `rows`, down if positive; returns whether anything moved."""
        before = self.top(screen)
        if screen.modes.alternate_screen:
            return False
        oldest = screen.history_total - screen.history_length
        top = max(oldest, before + rows)
        self._top = None if top >= screen.history_total else top
        return self.top(screen) != before

    def to_bottom(self) -> None:
        """Show the live screen again."""
        self._top = None

    def top(self, screen: Scrolled) -> int:
        """Return the number of the first line shown."""
        total = screen.history_total
        if self._top is None or screen.modes.alternate_screen:
            return total
        return min(total, max(self._top, total - screen.history_length))

    def lines_below(self, screen: Scrolled) -> int:
        """Return how many rows of the live screen and its past are below what is shown."""
        return screen.history_total - self.top(screen)

    def shown(self, screen: Scrolled) -> list[tuple[int, Row]]:
        """Return the rows to show with their line numbers, as many as the screen has."""
        top, total = self.top(screen), screen.history_total
        rows: list[Row] = []
        if top < total:
            first = top - (total - screen.history_length)
            rows = screen.history_rows(first, min(first + screen.rows, screen.history_length))
        rows += screen.visible_rows[: screen.rows - len(rows)]
        return list(enumerate(rows, start=top))


def rows_between(screen: Scrolled, first: int, last: int) -> list[Row]:
    """Return the rows numbered `first` to `last`, both included, as far as they are kept."""
    total = screen.history_total
    oldest = total - screen.history_length
    past = screen.history_rows(first - oldest, last + 1 - oldest) if first < total else []
    live = screen.visible_rows[max(0, first - total) : max(0, last + 1 - total)]
    return past + live
