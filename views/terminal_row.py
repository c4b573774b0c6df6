"""One row of a terminal as Flet controls: rectangles below, text above."""

from typing import Any

import flet as ft

from views.terminal_frame import PaintedRow, base_style
from views.terminal_looks import Looks
from views.terminal_metrics import CellSize


@ft.control("Canvas")  # type: ignore[arg-type]  # flet types its decorator for no class at all
class RowCanvas(ft.LayoutControl):
    """The client's canvas with its shapes as one opaque value.

    Flet's own class keeps them in a list, which its differ walks, and loses sight of once it is a
    tuple (flet 1.0.5, `DiffBuilder._compare_dataclasses`).
    """

    shapes: tuple[dict[str, Any], ...] | None = None
    content: ft.Control | None = None


class RowControl:
    """A row that can be painted anew."""

    def __init__(self) -> None:
        self._text = ft.Text(no_wrap=True, overflow=ft.TextOverflow.VISIBLE, max_lines=1)
        self.canvas = RowCanvas(content=self._text)

    def shape(self, looks: Looks, cell: CellSize, columns: int) -> None:
        """Give the row its size and its plain style."""
        self.canvas.width, self.canvas.height = columns * cell.width, cell.height
        self._text.style = ft.TextStyle(**base_style(looks, cell))

    def show(self, painted: PaintedRow) -> None:
        """Take over a painted row."""
        text: Any = self._text
        text.spans = painted.spans
        self.canvas.shapes = painted.shapes
