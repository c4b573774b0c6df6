"""Who decides about a console's size: the window, as long as it may; else the font gives way."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from cockpit_app.parts import Parts
from services.api import Operation, P, R
from services.contract.console import RESIZE_CONSOLE, ConsoleSummary, ResizeConsole
from terminal.console import Console, ConsoleState
from terminal.local_pty import LocalPty
from views.context import ViewContext
from views.terminal_metrics import DEFAULT_CELL_WIDTH, Grid, cell_of_width
from views.terminal_sizing import Sizing

CELL = cell_of_width(DEFAULT_CELL_WIDTH)


class OneConsoleApi:
    """Carries out the one operation that sizing needs, on one console with a real terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console

    async def call(self, operation: Operation[P, R], params: P) -> R:
        assert operation.name == RESIZE_CONSOLE.name
        assert isinstance(params, ResizeConsole)
        await self._console.resize(rows=params.rows, columns=params.columns)
        summary = ConsoleSummary(
            name="t", vm="", state="open", rows=params.rows, columns=params.columns
        )
        return operation.result.model_validate(summary.model_dump())


@pytest.fixture
async def console() -> AsyncIterator[Console]:
    """Run a shell on a terminal that can be told its size."""
    shell = Console("t", open=lambda: LocalPty.start(["/bin/sh"]))
    shell.start()
    try:
        await until(shell, lambda: shell.state is ConsoleState.OPEN and shell.size_follows)
        yield shell
    finally:
        await shell.close()


@pytest.fixture
async def sizing(console: Console, parts: Parts) -> AsyncIterator[Sizing]:
    """Keep the console's size for one viewer."""
    context = ViewContext(api=OneConsoleApi(console), consoles=parts.consoles)
    kept = Sizing(context, console)
    task = asyncio.create_task(kept.keep())
    try:
        yield kept
    finally:
        task.cancel()
        await asyncio.wait([task])


async def until(console: Console, holds: Callable[[], bool]) -> None:
    """Wait until `holds`, looking after each change of the console."""
    async with asyncio.timeout(10):
        while not holds():
            await console.wait_change(console.revision)


async def test_the_console_takes_the_size_of_the_window(sizing: Sizing, console: Console) -> None:
    sizing.measured(width=100 * CELL.width + 3, height=30 * CELL.height + 5)
    await until(console, lambda: sizing.grid == Grid(rows=30, columns=100))
    await console.write(b"stty size\n")
    await until(console, lambda: "30 100" in console.screen.text())
    assert sizing.cell == CELL


async def test_larger_text_makes_fewer_columns(sizing: Sizing, console: Console) -> None:
    sizing.measured(width=100 * CELL.width, height=30 * CELL.height)
    await until(console, lambda: sizing.grid.columns == 100)
    sizing.zoom(2)
    await until(console, lambda: sizing.grid.columns == 80)
    assert sizing.cell.width == DEFAULT_CELL_WIDTH + 2
    sizing.zoom(0)
    await until(console, lambda: sizing.grid.columns == 100)


async def test_while_others_look_the_size_stays_and_the_text_shrinks(
    sizing: Sizing, console: Console
) -> None:
    sizing.share(True)
    sizing.measured(width=80 * 6, height=24 * cell_of_width(6).height)
    sizing.recheck()
    assert sizing.grid == Grid(rows=24, columns=80)
    assert sizing.cell == cell_of_width(6)
    sizing.share(False)
    await until(console, lambda: sizing.grid == sizing.fitting)
    assert sizing.grid.columns == 60


async def test_a_window_that_changes_quickly_gives_one_size(
    sizing: Sizing, console: Console
) -> None:
    before = console.revision
    for columns in range(60, 121):
        sizing.measured(width=columns * CELL.width, height=24 * CELL.height)
    await until(console, lambda: sizing.grid.columns == 120)
    assert console.revision - before <= 3
