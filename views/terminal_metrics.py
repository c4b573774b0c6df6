"""The grid of a terminal in pixels: cells that join without gaps, and how many of them fit.

The console's font is DejaVu Sans Mono (`theme.MONO`); a cell is a whole number of pixels wide and
high, and the font's size follows from it, so that box drawing and backgrounds meet exactly.
"""

from dataclasses import dataclass
from functools import cache

_ADVANCE = 1233 / 2048
"""Width of every glyph of DejaVu Sans Mono in units of its size (its `hmtx` table)."""
_LINE = (1901 + 483) / 2048
"""Ascent and descent together in units of the size (its `hhea` table)."""

MIN_CELL_WIDTH, DEFAULT_CELL_WIDTH, MAX_CELL_WIDTH = 4, 8, 24
MIN_ROWS, MIN_COLUMNS = 4, 20
MAX_ROWS, MAX_COLUMNS = 200, 400


@dataclass(frozen=True, slots=True)
class CellSize:
    """One cell in pixels, and the size of the font that fills it."""

    width: int
    height: int
    font_size: float


@dataclass(frozen=True, slots=True)
class Grid:
    """A number of rows and columns."""

    rows: int
    columns: int

    def __str__(self) -> str:
        return f"{self.columns} x {self.rows}"


@cache
def cell_of_width(width: int) -> CellSize:
    """Return the cell that is `width` pixels wide; its height leaves no gap between lines."""
    font_size = width / _ADVANCE
    return CellSize(width=width, height=int(_LINE * font_size), font_size=font_size)


def clamp_width(width: int) -> int:
    """Return the nearest width that a cell may have."""
    return max(MIN_CELL_WIDTH, min(MAX_CELL_WIDTH, width))


def grid_for(cell: CellSize, *, width: float, height: float) -> Grid:
    """Return how many cells fill an area of `width` by `height` pixels."""
    rows, columns = int(height // cell.height), int(width // cell.width)
    return Grid(
        rows=max(MIN_ROWS, min(MAX_ROWS, rows)),
        columns=max(MIN_COLUMNS, min(MAX_COLUMNS, columns)),
    )


def cell_for(grid: Grid, *, width: float, height: float, at_most: int) -> CellSize:
    """Return the largest cell, up to `at_most` pixels wide, with which `grid` fits the area."""
    for candidate in range(at_most, MIN_CELL_WIDTH, -1):
        cell = cell_of_width(candidate)
        if cell.width * grid.columns <= width and cell.height * grid.rows <= height:
            return cell
    return cell_of_width(MIN_CELL_WIDTH)
