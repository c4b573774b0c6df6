"""The fast way for a slice of plain lines: those that nobody would see go to the history at once.

Has exactly the effect of drawing them one after the other; does nothing where it would not.
"""

import re

from terminal.attrs import DEFAULT_ATTR
from terminal.emulator import Emulator
from terminal.history import Line, PackedLine
from terminal.rows import Row

_PLAIN = re.compile(r"\n?[ -~]*(?:\r\n[ -~]*)+\r?").fullmatch
"""A slice may begin or end between CR and LF."""


def pour(emulator: Emulator, text: str) -> bool:
    """Carry out `text` if it is plain lines that scroll the whole screen; tell whether it was."""
    if text.count("\n") <= emulator.lines or not _takes_plain(emulator) or not _PLAIN(text):
        return False
    if text[0] == "\n":
        emulator.linefeed()
    first, *middle, last = text.removeprefix("\n").removesuffix("\r").split("\r\n")
    if first:
        emulator.draw(first)
    emulator.next_line()
    pieces = _pieces(middle, emulator.columns)
    shown = emulator.lines - 1
    if shown:
        emulator.history.take(emulator.rows[:-1])
        emulator.history.take_lines(pieces[:-shown])
        emulator.rows[:-1] = [_row(piece, emulator.columns) for piece in pieces[-shown:]]
    else:
        emulator.history.take_lines(pieces)
    emulator.last_char = next((line[-1] for line in reversed(middle) if line), emulator.last_char)
    if last:
        emulator.draw(last)
    if text[-1] == "\r":
        emulator.carriage_return()
    return True


def _takes_plain(emulator: Emulator) -> bool:
    cursor = emulator.cursor
    return (
        cursor.attr is DEFAULT_ATTR
        and cursor.y == emulator.lines - 1 == emulator.bottom
        and emulator.top == 0
        and emulator.full_width
        and not emulator.alternate
        and not emulator.insert
        and emulator.auto_wrap
        and emulator.translation is None
    )


def _pieces(lines: list[str], columns: int) -> list[Line]:
    """Return lines as the history keeps them, long ones cut at the right edge."""
    if max(map(len, lines)) <= columns:
        return [line.rstrip(" ") for line in lines]
    pieces: list[Line] = []
    for line in lines:
        cuts = range(0, max(len(line) - columns, 0), columns)
        pieces += [PackedLine(line[cut : cut + columns], (), "", True) for cut in cuts]
        pieces.append(line[len(cuts) * columns :].rstrip(" "))
    return pieces


def _row(piece: Line, columns: int) -> Row:
    row = Row(columns)
    text = piece if isinstance(piece, str) else piece.cells
    row.text[: len(text)] = text
    row.wrapped = not isinstance(piece, str)
    return row
