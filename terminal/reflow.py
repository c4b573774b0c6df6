"""Fitting lines into another width: wrapped lines are joined and cut again, nothing is lost.

Pure: rows and places in, rows and places out; `terminal.resizing` decides what is shown.
"""

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import NamedTuple

from terminal.attrs import DEFAULT_ATTR
from terminal.history import Line, pack, unpack
from terminal.rows import Row


class Place(NamedTuple):
    """A row and a column; a column equal to the width means behind the last character."""

    y: int
    x: int


def reflow_rows(
    rows: list[Row], columns: int, places: list[Place]
) -> tuple[list[Row], list[Place]]:
    """Return `rows` fitted to `columns`, and where the text that `places` stand on went."""
    fitted: list[Row] = []
    moved = list(places)
    start = 0
    while start < len(rows):
        stop = _line_end(rows, start)
        group = rows[start:stop]
        whole, row_starts = _joined(group)
        offsets = {
            index: row_starts[place.y - start] + place.x
            for index, place in enumerate(places)
            if start <= place.y < stop
        }
        _trim(whole, max(offsets.values(), default=0))
        pieces, cuts = _cut(whole, columns, wrapped=group[-1].wrapped)
        for index, offset in offsets.items():
            piece = bisect_right(cuts, offset) - 1
            moved[index] = Place(len(fitted) + piece, min(offset - cuts[piece], columns))
        fitted += pieces
        start = stop
    return fitted, moved


def reflow_lines(lines: Iterable[Line], columns: int) -> tuple[list[Line], list[Row]]:
    """Return history lines fitted to `columns`, and the unfinished line at their end as rows."""
    fitted: list[Line] = []
    group: list[Row] = []
    for line in lines:
        if not group and isinstance(line, str) and len(line) <= columns:
            fitted.append(line)
            continue
        group.append(unpack(line, 0))
        if not group[-1].wrapped:
            rows, _places = reflow_rows(group, columns, [])
            fitted += [pack(row) for row in rows]
            group = []
    return fitted, group


def _line_end(rows: list[Row], start: int) -> int:
    """Return the number of the row after the line that begins at `start`."""
    stop = start + 1
    while stop < len(rows) and rows[stop - 1].wrapped:
        stop += 1
    return stop


def _joined(rows: list[Row]) -> tuple[Row, list[int]]:
    """Return one long row, and where in it each of `rows` begins."""
    whole = Row(0)
    lengths = []
    for row, following in zip(rows, [*rows[1:], None], strict=True):
        length = len(row.text)
        if following is not None and _is_padded(row, following):
            length -= 1
        whole.text += row.text[:length]
        whole.attrs += row.attrs[:length]
        whole.styled = whole.styled or row.styled
        whole.wide = whole.wide or row.wide
        lengths.append(length)
    return whole, [0, *accumulate(lengths)]


def _is_padded(row: Row, following: Row) -> bool:
    """Tell whether the last column was left blank because a wide character did not fit."""
    wide_next = len(following.text) > 1 and not following.text[1]
    return wide_next and len(row.text) > 1 and row.text[-1] == " "


def _trim(row: Row, least: int) -> None:
    """Drop unstyled blanks at the end, keeping `least` columns."""
    end = len(row.text)
    while end > least and row.text[end - 1] == " " and row.attrs[end - 1] is DEFAULT_ATTR:
        end -= 1
    del row.text[end:], row.attrs[end:]


def _cut(whole: Row, columns: int, *, wrapped: bool) -> tuple[list[Row], list[int]]:
    """Return rows of exactly `columns` columns, and where in `whole` each begins."""
    pieces: list[Row] = []
    cuts: list[int] = []
    start = 0
    while start < len(whole.text) or not pieces:
        stop = min(start + columns, len(whole.text))
        if stop < len(whole.text) and not whole.text[stop] and stop - start > 1:
            stop -= 1
        pieces.append(_piece(whole, start, stop, columns))
        cuts.append(start)
        start = stop
    pieces[-1].wrapped = wrapped
    return pieces, cuts


def _piece(whole: Row, start: int, stop: int, columns: int) -> Row:
    row = Row(columns)
    text = whole.text[start:stop]
    if columns == 1 and (not text or not text[0] or whole.text[stop : stop + 1] == [""]):
        text = [" "] * len(text)
    row.text[: len(text)] = text
    row.attrs[: len(text)] = whole.attrs[start:stop]
    row.styled, row.wide, row.wrapped = whole.styled, whole.wide, True
    return row
