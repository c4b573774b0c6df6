"""Cases for the emulator: what is fed, what must then be on a screen of 5 rows and 10 columns."""

from typing import NamedTuple

from terminal.screen import Screen

ROWS, COLUMNS = 5, 10


class Case(NamedTuple):
    """One rule of one source."""

    source: str
    rule: str
    data: str
    rows: tuple[str, ...]
    """The first rows; those after them must be blank."""
    cursor: tuple[int, int] | None = None
    """Row and column from 0."""

    @property
    def name(self) -> str:
        return f"{self.source}: {self.rule}"


def fed(data: str | bytes, *, rows: int = ROWS, columns: int = COLUMNS) -> Screen:
    """Return a screen that was fed `data`."""
    screen = Screen(rows=rows, columns=columns)
    screen.feed(data if isinstance(data, bytes) else data.encode())
    return screen


def place(screen: Screen) -> tuple[int, int]:
    """Return the cursor's row and column."""
    return (screen.cursor.row, screen.cursor.column)


def assert_case(case: Case) -> None:
    """Feed a case whole and byte by byte; both must show what it says."""
    whole = fed(case.data)
    bitwise = Screen(rows=ROWS, columns=COLUMNS)
    for byte in case.data.encode():
        bitwise.feed(bytes([byte]))
    for screen in (whole, bitwise):
        assert screen.text() == [*case.rows, *[""] * (ROWS - len(case.rows))]
        if case.cursor is not None:
            assert place(screen) == case.cursor
