"""The grid in pixels: cells that join, and as many as fit."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from views.terminal_metrics import (
    MAX_CELL_WIDTH,
    MIN_CELL_WIDTH,
    Grid,
    cell_for,
    cell_of_width,
    clamp_width,
    grid_for,
)


@pytest.mark.parametrize("width", range(MIN_CELL_WIDTH, MAX_CELL_WIDTH + 1))
def test_a_cell_is_as_wide_as_its_glyphs_and_no_higher_than_its_line(width: int) -> None:
    cell = cell_of_width(width)
    assert cell.font_size * 1233 / 2048 == pytest.approx(width)
    line = cell.font_size * (1901 + 483) / 2048
    assert line - 1 < cell.height <= line


@given(st.integers(1, 200), st.integers(1, 400), st.floats(50, 4000), st.floats(50, 4000))
def test_a_grid_fits_the_area_unless_even_the_smallest_cell_is_too_large(
    rows: int, columns: int, width: float, height: float
) -> None:
    grid = Grid(rows=rows, columns=columns)
    cell = cell_for(grid, width=width, height=height, at_most=12)
    fits = cell.width * columns <= width and cell.height * rows <= height
    assert fits or cell.width == MIN_CELL_WIDTH
    assert cell.width <= 12


@given(st.integers(MIN_CELL_WIDTH, MAX_CELL_WIDTH), st.floats(200, 4000), st.floats(200, 2000))
def test_what_fits_can_be_drawn_with_the_same_cell(
    width: int, area_width: float, area_height: float
) -> None:
    cell = cell_of_width(width)
    grid = grid_for(cell, width=area_width, height=area_height)
    if grid.columns * cell.width <= area_width and grid.rows * cell.height <= area_height:
        same = cell_for(grid, width=area_width, height=area_height, at_most=width)
        assert same == cell


def test_zoom_ends_at_both_ends() -> None:
    assert clamp_width(0) == MIN_CELL_WIDTH
    assert clamp_width(99) == MAX_CELL_WIDTH
