"""One person's view of one console: follows it, paints it, types into it.

Outside Flet's declarative rendering on purpose: it changes its own controls and sends them, once
per frame. It begins with `start` and leaves nothing behind after `stop`.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass

import flet as ft
from flet import canvas as cv

from terminal.console import Console, ConsoleState
from views.context import ViewContext
from views.terminal_keyboard import Keyboard
from views.terminal_looks import Looks
from views.terminal_metrics import CellSize, Grid
from views.terminal_pace import Pace
from views.terminal_painter import Painter, Scene
from views.terminal_pointer import Pointer
from views.terminal_scroll import Scroll, rows_between
from views.terminal_selection import Selection, selected_text
from views.terminal_sizing import Sizing
from views.terminal_surface import Surface, frame_number
from views.terminal_theme import DARK, LIGHT
from views.terminal_typing import Typing
from views.texts import t

HOLD_S = 0.15
"""Longest time for which a program may hold back painting (mode 2026)."""
_DARK, _LIGHT = Looks(DARK), Looks(LIGHT)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the page around a terminal says about it; equal while nothing of that changed."""

    state: ConsoleState
    reason: str
    title: str
    grid: Grid
    fitting: Grid
    """The size that would fill the room that there is."""
    can_tell_size: bool
    """Whether the far side hears of the size."""
    shared: bool
    marked: bool
    """Whether text is marked that can be copied."""
    news: str
    """What the person must know before the console takes the keyboard; empty after a press."""


class Viewer:
    """Shows `console` on `page` through the controls of `surface`.

    With `news` it shows them and leaves the keyboard alone until the person presses it.
    """

    def __init__(
        self, context: ViewContext, page: ft.Page, console: Console, *, news: str = ""
    ) -> None:
        self.console = console
        self.surface = Surface(t("Console {name}", name=console.name), autofocus=not news)
        self.selection: Selection | None = None
        self._context = context
        self._page = page
        self._scroll = Scroll()
        self._painter = Painter(self.surface, console.screen, self._scroll)
        self._pace = Pace()
        self._dirty = asyncio.Event()
        self._focused = False
        self._news = news
        self._listeners: set[Callable[[], None]] = set()
        self._facts: Facts | None = None
        self._task: asyncio.Task[None] | None = None
        self._unsubscribe: Callable[[], None] = lambda: None
        self.sizing = Sizing(context, console)
        self.typing = Typing(self, console, self._scroll)
        self._keyboard = Keyboard(
            page, self.surface.field, on_frame=self.typing.frame, on_text=self.typing.field
        )
        self._listen()

    @property
    def facts(self) -> Facts:
        """What the page around the terminal needs to know now."""
        console = self.console
        return Facts(
            state=console.state,
            reason=console.reason,
            title=console.screen.title,
            grid=self.sizing.grid,
            fitting=self.sizing.fitting,
            can_tell_size=console.size_follows,
            shared=self.sizing.shared,
            marked=self.selection is not None and not self.selection.is_empty,
            news=self._news,
        )

    @property
    def cell(self) -> CellSize:
        """The size of a cell as drawn."""
        return self.sizing.cell

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` whenever `facts` changed; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def start(self) -> None:
        """Begin to follow and to paint; needs the surface to be on the page."""
        self._unsubscribe = self._context.subscribe(self._context_changed)
        self._keyboard.connect()
        self._task = self._context.start_task(self._live(), f"view of {self.console.name}")
        self.touched()
        self._take_keyboard()

    def stop(self) -> None:
        """End; a second call does nothing."""
        self._unsubscribe()
        self._keyboard.close()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()

    def touched(self) -> None:
        """Have the page brought up to date as soon as it may."""
        self._dirty.set()

    def typed(self) -> None:
        """Forget the mark and show the end: the person goes on."""
        if self.selection is not None or not self._scroll.at_bottom:
            self.selection = None
            self._scroll.to_bottom()
            self.touched()

    def send(self, data: bytes) -> None:
        """Put bytes into the console's input."""
        self.typing.send(data)

    def focused(self, on: bool) -> None:
        """Note that the console got or lost the keyboard."""
        if on != self._focused:
            self._focused = on
            self._news = "" if on else self._news
            self.touched()

    def focus(self) -> None:
        """Give the console the keyboard."""
        self._ask(self.surface.field.focus(), "focus the console")

    def copy(self) -> None:
        """Put the marked text on the clipboard."""
        selection = self.selection
        if selection is None or selection.is_empty:
            return
        rows = rows_between(self.console.screen, selection.first.line, selection.last.line)
        text = selected_text(rows, selection)
        if text:
            self._ask(ft.Clipboard().set(text), "copy from the console")

    def refuse_paste(self) -> None:
        """Say that a paste was too big."""
        self._context.tell(
            "error",
            t("Nothing was pasted"),
            t("At most 1 MB can be pasted at a time. Paste it in parts, or copy it as a file."),
        )

    def refuse_input(self) -> None:
        """Say that the far side leaves unread what was typed before."""
        self._context.tell(
            "error",
            t("Nothing was typed"),
            t(
                "The far side of the console {name} does not read, so your input was not taken. "
                "Wait until it answers, then type it again.",
                name=self.console.name,
            ),
        )

    def zoom(self, step: int) -> None:
        """Draw larger or smaller; 0 gives the usual size."""
        self.sizing.zoom(step)
        self.touched()

    def _take_keyboard(self) -> None:
        """Take the keyboard without being pressed, unless there is news to be seen first."""
        if not self._news:
            self.focus()

    def _listen(self) -> None:
        surface = self.surface
        surface.below.on_click = self._to_bottom
        surface.stack.on_size_change = self._measured
        surface.probe.on_resize = self._frame_painted
        clock = asyncio.get_running_loop().time
        Pointer(self, self.console.screen, self._scroll, clock).attach(surface.touch)

    def _measured(self, event: ft.LayoutSizeChangeEvent[ft.LayoutControl]) -> None:
        self.sizing.measured(width=event.width, height=event.height)
        self.touched()

    def _frame_painted(self, event: cv.CanvasResizeEvent) -> None:
        self._pace.painted(frame_number(event.width))

    def _to_bottom(self) -> None:
        self._scroll.to_bottom()
        self.touched()
        self.focus()

    def _context_changed(self) -> None:
        if self._keyboard.connect():
            self._pace.restart()
            self._take_keyboard()
        self.touched()

    async def _live(self) -> None:
        async with asyncio.TaskGroup() as group:
            for work in (self._follow, self._paint_on, self.sizing.keep):
                group.create_task(work())

    async def _follow(self) -> None:
        revision = self.console.revision
        while True:
            revision = await self.console.wait_change(revision)
            self.touched()

    async def _paint_on(self) -> None:
        while True:
            await self._dirty.wait()
            await self._pace.turn()
            await self._held_back()
            self._dirty.clear()
            self._paint()

    async def _held_back(self) -> None:
        """Wait while the program asks for it, but not for long."""
        console = self.console
        with suppress(TimeoutError):
            async with asyncio.timeout(HOLD_S):
                while console.screen.modes.synchronized:
                    await console.wait_change(console.revision)

    def _paint(self) -> None:
        scene = Scene(
            looks=self._looks(), cell=self.cell, selection=self.selection, focused=self._focused
        )
        if self._painter.paint(scene):
            self.surface.number(self._pace.sent())
            self._page.update(self.surface.root)
        self._tell()

    def _tell(self) -> None:
        """Tell the page around when something changed that it shows."""
        before, facts = self._facts, self.facts
        if facts == before:
            return
        self._facts = facts
        if before is not None and before.grid != facts.grid:
            self.selection = None
        if before is None or before.can_tell_size != facts.can_tell_size:
            self.sizing.recheck()
        for listener in tuple(self._listeners):
            listener()

    def _looks(self) -> Looks:
        look = self._context.look
        if look is ft.ThemeMode.SYSTEM:
            dark = self._page.platform_brightness is ft.Brightness.DARK
            return _DARK if dark else _LIGHT
        return _DARK if look is ft.ThemeMode.DARK else _LIGHT

    def _ask(self, work: Awaitable[None], name: str) -> None:
        """Ask the browser for something that may come to nothing when it leaves meanwhile."""

        async def ask() -> None:
            with suppress(RuntimeError, TimeoutError):
                await work

        self._context.start_task(ask(), name)
