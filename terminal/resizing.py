"""What a screen shows after it got another size: where rows go, come from, and stay.

The main screen is reflowed with its scrollback; the alternate one is cut or padded, because its
program repaints it. The cursor and the text it stands on stay on the screen.
"""

from dataclasses import replace

from terminal.attrs import DEFAULT_ATTR
from terminal.emulator import Emulator
from terminal.history import unpack
from terminal.page import TAB_COLUMNS, SavedPen
from terminal.reflow import Place, reflow_lines, reflow_rows
from terminal.rows import Row


def resize(emulator: Emulator, *, rows: int, columns: int) -> None:
    """Give `emulator` another size, at least one row and column."""
    if (rows, columns) == (emulator.lines, emulator.columns):
        return
    if emulator.alternate:
        main_place = _place_of(emulator.other_saved)
        emulator.other_rows, places = _refit_main(
            emulator, emulator.other_rows, [main_place], rows, columns
        )
        emulator.other_saved = _saved_at(emulator.other_saved, places[0], columns)
        _refit_alternate(emulator, rows, columns)
    else:
        emulator.other_rows = [Row(columns) for _ in range(rows)]
        _refit_shown(emulator, rows, columns)
    emulator.tabstops |= {
        x for x in range(TAB_COLUMNS, columns, TAB_COLUMNS) if x >= emulator.columns
    }
    emulator.lines, emulator.columns = rows, columns
    emulator.open_margins()


def _refit_shown(emulator: Emulator, rows: int, columns: int) -> None:
    """Reflow the main screen while it is the one that is shown."""
    cursor = emulator.cursor
    places = [Place(cursor.y, cursor.x + cursor.wrap_due), _place_of(emulator.saved)]
    emulator.rows, moved = _refit_main(emulator, emulator.rows, places, rows, columns)
    cursor.y = moved[0].y
    cursor.wrap_due = moved[0].x >= columns
    cursor.x = min(moved[0].x, columns - 1)
    emulator.saved = _saved_at(emulator.saved, moved[1], columns)


def _place_of(saved: SavedPen) -> Place:
    return Place(saved.y, saved.x + saved.wrap_due)


def _saved_at(saved: SavedPen, place: Place, columns: int) -> SavedPen:
    return replace(saved, y=place.y, x=min(place.x, columns - 1), wrap_due=place.x >= columns)


def _refit_main(
    emulator: Emulator, shown: list[Row], places: list[Place], rows: int, columns: int
) -> tuple[list[Row], list[Place]]:
    """Reflow scrollback and shown rows; the first of `places` is the cursor and stays shown."""
    history = emulator.history
    places = [Place(min(place.y, len(shown) - 1), place.x) for place in places]
    end = _content_end(shown, places[0].y)
    was_full = end == len(shown)
    carried: list[Row] = []
    if columns != emulator.columns:
        lines, carried = reflow_lines(history.lines, columns)
        history.replace(lines)
    shifted = [Place(place.y + len(carried), place.x) for place in places]
    fitted, moved = reflow_rows(carried + shown[:end], columns, _clipped(shifted, end, carried))
    return _windowed(emulator, fitted, moved, rows, columns, was_full)


def _clipped(places: list[Place], end: int, carried: list[Row]) -> list[Place]:
    """Bring places from blank rows below the content to its last row."""
    last = end + len(carried) - 1
    return [place if place.y <= last else Place(last, 0) for place in places]


def _content_end(rows: list[Row], least: int) -> int:
    """Return how many rows to keep: without blank ones at the end, but with row `least`."""
    end = len(rows)
    while end - 1 > least and _is_blank(rows[end - 1]):
        end -= 1
    return end


def _is_blank(row: Row) -> bool:
    return not row.plain_text() and all(attr is DEFAULT_ATTR for attr in row.attrs)


def _windowed(
    emulator: Emulator,
    fitted: list[Row],
    places: list[Place],
    rows: int,
    columns: int,
    was_full: bool,
) -> tuple[list[Row], list[Place]]:
    """Choose the rows that are shown, giving to or taking from the scrollback."""
    history = emulator.history
    top = max(0, min(len(fitted) - rows, places[0].y))
    history.take(fitted[:top])
    window = fitted[top : top + rows]
    if was_full and len(window) < rows:
        pulled = [unpack(line, columns) for line in history.give_back(rows - len(window))]
        window = pulled + window
        top -= len(pulled)
    window += [Row(columns) for _ in range(rows - len(window))]
    moved = [Place(min(max(place.y - top, 0), rows - 1), place.x) for place in places]
    return window, moved


def _refit_alternate(emulator: Emulator, rows: int, columns: int) -> None:
    """Cut or pad the alternate screen at its right and lower edges, keeping the cursor's row."""
    cursor, saved = emulator.cursor, emulator.saved
    top = max(0, cursor.y - rows + 1)
    emulator.rows = [_padded(row, columns) for row in emulator.rows[top : top + rows]]
    emulator.rows += [Row(columns) for _ in range(rows - len(emulator.rows))]
    cursor.y -= top
    cursor.wrap_due = cursor.wrap_due and cursor.x == columns - 1
    cursor.x = min(cursor.x, columns - 1)
    place = Place(min(saved.y, rows - 1), min(saved.x, columns - 1))
    emulator.saved = _saved_at(saved, place, columns)


def _padded(row: Row, columns: int) -> Row:
    """Return a copy cut or padded to `columns`; a wide character cut in half becomes a blank."""
    copy = Row(columns)
    width = min(columns, len(row.text))
    row.part_at(width)
    copy.text[:width] = row.text[:width]
    copy.attrs[:width] = row.attrs[:width]
    copy.styled, copy.wide = row.styled, row.wide
    return copy
