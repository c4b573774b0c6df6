"""How large a terminal is drawn, and how many rows and columns its console has.

The rule: while one person looks and the far side can be told, the console has as many rows and
columns as fit. Otherwise its size stays, and the font grows a little or shrinks until it fits.
"""

import asyncio
import logging

from services.contract.console import RESIZE_CONSOLE, ResizeConsole
from services.errors import CockpitError
from terminal.console import Console, ConsoleState
from views.context import ViewContext
from views.terminal_metrics import (
    DEFAULT_CELL_WIDTH,
    CellSize,
    Grid,
    cell_for,
    cell_of_width,
    clamp_width,
    grid_for,
)

log = logging.getLogger(__name__)

SETTLE_S = 0.1
"""How long an area must have kept its size before the console gets it."""


class Sizing:
    """One viewer's area, zoom and share in the console's size."""

    def __init__(self, context: ViewContext, console: Console) -> None:
        self._context = context
        self._console = console
        self._area: tuple[float, float] | None = None
        self._width = DEFAULT_CELL_WIDTH
        self._changed = asyncio.Event()
        self.shared = False
        """Whether others look at the console too."""

    @property
    def grid(self) -> Grid:
        """The console's size now."""
        return Grid(rows=self._console.screen.rows, columns=self._console.screen.columns)

    @property
    def fitting(self) -> Grid:
        """The size that would fill the area; the console's own while no area is known."""
        if self._area is None:
            return self.grid
        return grid_for(cell_of_width(self._width), width=self._area[0], height=self._area[1])

    @property
    def cell(self) -> CellSize:
        """The cell with which the console's grid fits the area."""
        if self._area is None:
            return cell_of_width(self._width)
        width, height = self._area
        at_most = self._width if self.follows else self._width * 5 // 4
        return cell_for(self.grid, width=width, height=height, at_most=at_most)

    @property
    def follows(self) -> bool:
        """Whether the console takes the size of this view."""
        return self._console.size_follows and not self.shared

    def measured(self, *, width: float, height: float) -> None:
        """Note the size of the area in pixels."""
        if (width, height) != self._area and width > 0 and height > 0:
            self._area = (width, height)
            self._changed.set()

    def zoom(self, step: int) -> None:
        """Draw larger or smaller; 0 gives the usual size."""
        self._width = clamp_width(self._width + step) if step else DEFAULT_CELL_WIDTH
        self._changed.set()

    def share(self, shared: bool) -> None:
        """Note whether others look at the console too."""
        if shared != self.shared:
            self.shared = shared
            self._changed.set()

    def recheck(self) -> None:
        """Look again whether the console should have another size."""
        self._changed.set()

    async def keep(self) -> None:
        """Give the console the fitting size, whenever that changes and settles, until cancelled."""
        while True:
            await self._changed.wait()
            await asyncio.sleep(SETTLE_S)
            self._changed.clear()
            if self.follows and self.fitting != self.grid and self._area is not None:
                await self.fit()

    async def fit(self) -> None:
        """Give the console the size that fills the area."""
        if self._console.state is ConsoleState.CLOSED:
            return
        size = self.fitting
        params = ResizeConsole(console=self._console.name, rows=size.rows, columns=size.columns)
        try:
            await self._context.api.call(RESIZE_CONSOLE, params)
        except CockpitError as error:
            log.info("The console %s kept its size: %s", self._console.name, error.message)
