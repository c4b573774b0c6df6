"""Hooks: how components follow what lives outside them."""

import asyncio
from collections.abc import Callable
from typing import Generic, TypeVar

import flet as ft

from views.context import ViewContext, context_of

T = TypeVar("T")


class _Box(Generic[T]):
    """A place that stays the same object between renders."""

    def __init__(self, content: T) -> None:
        self.content = content


def _use_box(content: T) -> _Box[T]:
    box: _Box[T] = ft.use_memo(lambda: _Box(content), [])
    return box


def use_cockpit() -> ViewContext:
    """Return the session's context without following it."""
    return context_of(ft.context.page)


def use_selected(select: Callable[[ViewContext], T]) -> T:
    """Follow one part of the session's context; renders again only when that part changes."""
    context = use_cockpit()
    _, set_version = ft.use_state(0)
    shown = _use_box((select, select(context)))
    shown.content = (select, select(context))
    ending: _Box[Callable[[], None] | None] = _use_box(None)

    def look() -> None:
        chosen, value = shown.content
        if chosen(context) != value:
            set_version(lambda version: version + 1)

    def start() -> None:
        ending.content = context.subscribe(look)
        look()

    def stop() -> None:
        if ending.content is not None:
            ending.content()

    ft.use_effect(start, [], stop)
    return shown.content[1]


def use_clock(interval_s: float) -> int:
    """Render again every `interval_s` seconds while mounted; returns the count of ticks."""
    context = use_cockpit()
    ticks, set_ticks = ft.use_state(0)
    task: _Box[asyncio.Task[None] | None] = _use_box(None)

    async def tick() -> None:
        while True:
            await asyncio.sleep(interval_s)
            set_ticks(lambda n: n + 1)

    def start() -> None:
        task.content = context.start_task(tick(), "clock of a view")

    def stop() -> None:
        if task.content is not None:
            task.content.cancel()

    ft.use_effect(start, [], stop)
    return ticks
