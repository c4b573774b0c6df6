"""The controls of one terminal on a page: rows, cursor, key field, measuring and touch.

Only holds and places controls; what they show is decided by the painter and the viewer.
"""

import flet as ft
from flet import canvas as cv

from views import theme
from views.island import island
from views.terminal_looks import Looks
from views.terminal_metrics import CellSize, Grid
from views.terminal_pace import NUMBERS
from views.terminal_row import RowControl
from views.texts import t, tn

FIELD_NAME = "console-keys"
SCREEN_NAME = "console-screen"
"""By these names, in the tree for screen readers, the key script finds field and screen."""

_PADDING = 6
_BAR_PIXELS = 2
_MEASURE_MS = 50
_DRAG_MS = 30
_STEPS = 64
"""Frame numbers per pixel of the probe's width."""


def frame_number(probe_width: float) -> int:
    """Return the number of the frame that gave the probe this width."""
    return round((probe_width - 1) * _STEPS) % NUMBERS


class Surface:
    """All controls of one terminal; `island` is what a component returns."""

    def __init__(self, label: str, *, autofocus: bool = True) -> None:
        self.rows: list[RowControl] = []
        self.lines = ft.Column(spacing=0, tight=True)
        self.caret = ft.Container(visible=False, left=0, top=0)
        self.field = _key_field(label, autofocus=autofocus)
        named = ft.Semantics(identifier=FIELD_NAME, label=label, content=self.field)
        self.field_place = ft.Container(named, left=0, top=0)
        self.probe = cv.Canvas(width=1, height=1, left=0, top=0, resize_interval=0)
        self.sheet = ft.Stack(
            [ft.Semantics(exclude_semantics=True, content=self.lines), self.caret, self.field_place]
        )
        self.touch = ft.GestureDetector(
            ft.Container(self.sheet, alignment=ft.Alignment.TOP_LEFT, expand=True),
            mouse_cursor=ft.MouseCursor.TEXT,
            drag_interval=_DRAG_MS,
            # In the tree for screen readers it would be a button that is pressed in its middle.
            exclude_from_semantics=True,
            expand=True,
        )
        self.below = ft.FilledTonalButton(
            icon=ft.Icons.ARROW_DOWNWARD, visible=False, right=theme.M, bottom=theme.M
        )
        self.stack = ft.Stack([self.touch, self.probe, self.below], expand=True)
        self.frame = ft.Container(
            self.stack,
            padding=_PADDING,
            border_radius=theme.RADIUS,
            border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
            clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
            expand=True,
        )
        self.stack.size_change_interval = _MEASURE_MS
        self.named = ft.Semantics(identifier=SCREEN_NAME, content=self.frame, container=True)
        self.root = ft.Container(self.named, expand=True)
        """What is sent after a change."""
        self.island = island(self.root)

    def shape(self, grid: Grid, looks: Looks, cell: CellSize) -> None:
        """Have as many rows as `grid`, each cell of the size `cell`."""
        while len(self.rows) < grid.rows:
            self.rows.append(RowControl())
        del self.rows[grid.rows :]
        for row in self.rows:
            row.shape(looks, cell, grid.columns)
        self.lines.controls = [row.canvas for row in self.rows]
        self.sheet.width, self.sheet.height = grid.columns * cell.width, grid.rows * cell.height
        self.frame.bgcolor = looks.theme.background
        self.field.width, self.field.height = cell.width * 2, cell.height

    def place_caret(self, cell: CellSize, row: int, column: int, *, wide: bool) -> None:
        """Put the cursor's outline and the key field at a cell."""
        left, top = column * cell.width, row * cell.height
        self.caret.left, self.caret.top = left, top
        self.caret.width, self.caret.height = cell.width * (2 if wide else 1), cell.height
        self.field_place.left, self.field_place.top = left, top

    def show_caret(self, kind: str, colour: str) -> None:
        """Show the cursor as `outline`, `bar` or `underline`; an empty `kind` hides it."""
        self.caret.visible = bool(kind)
        if kind == "outline":
            self.caret.border = ft.Border.all(1, colour)
        elif kind == "bar":
            self.caret.border = ft.Border.only(left=ft.BorderSide(_BAR_PIXELS, colour))
        else:
            self.caret.border = ft.Border.only(bottom=ft.BorderSide(_BAR_PIXELS, colour))

    def show_below(self, count: int) -> None:
        """Say how many lines are below what is shown; nothing for none."""
        self.below.visible = count > 0
        if count > 0:
            self.below.content = tn("{count} line below", "{count} lines below", count)

    def number(self, frame: int) -> None:
        """Give the frame that is about to go out its number, to be told when it is painted."""
        self.probe.width = 1 + frame / _STEPS


def _key_field(label: str, *, autofocus: bool) -> ft.TextField:
    """Return the unseen text field that takes the keyboard: input methods need a real one."""
    return ft.TextField(
        multiline=True,
        autofocus=autofocus,
        # Without a handler of its own, Flutter takes the focus from it at each press elsewhere.
        on_tap_outside=lambda: None,
        border=ft.NoInputBorder(),
        dense=True,
        opacity=0.01,
        show_cursor=False,
        enable_suggestions=False,
        autocorrect=False,
        content_padding=0,
        text_style=ft.TextStyle(font_family=theme.MONO),
        hint_text=t("Keyboard of {label}", label=label),
    )
