"""What stands around a terminal: its state in words, its size, and what can be done with it."""

from collections.abc import Callable
from typing import Any

import flet as ft

from terminal.console import ConsoleState
from views import theme
from views.hooks import use_cockpit, use_selected
from views.parts import icon_button
from views.terminal_viewer import Facts, Viewer
from views.texts import t

LEAVE_KEY = "Ctrl+Shift+L"
"""Gives the keyboard back to the page; `assets/console_keys.js` holds it back from the console."""


def use_facts(viewer: Viewer) -> Facts:
    """Follow what a page shows of a terminal; renders again only when that changed."""
    _, set_version = ft.use_state(0)
    ending: list[Callable[[], None]] = ft.use_memo(list, [])

    def look() -> None:
        set_version(lambda version: version + 1)

    def start() -> None:
        ending.append(viewer.subscribe(look))
        look()

    def stop() -> None:
        while ending:
            ending.pop()()

    ft.use_effect(start, [], stop)
    return viewer.facts


@ft.component
def ConsoleBar(viewer: Viewer, vm: str, reopen: Callable[[], Any]) -> ft.Control:
    """Say how a console is, and offer what can be done with what it shows."""
    facts = use_facts(viewer)
    compact = use_selected(lambda c: c.layout) == "phone"
    words = [
        _state(facts),
        ft.Text(_place(facts, vm), style=theme.SMALL, no_wrap=True, expand=True),
    ]
    if facts.state is ConsoleState.CLOSED:
        words.append(ft.FilledTonalButton(t("Reconnect"), icon=ft.Icons.REFRESH, on_click=reopen))
    first = ft.Row(words, spacing=theme.M, expand=not compact)
    tools = ft.Row([_size(viewer, facts, compact=compact), *_tools(viewer, facts)], spacing=0)
    if compact:
        return ft.Column([first, tools], spacing=0)
    return ft.Row([first, tools], spacing=theme.M)


@ft.component
def ConsoleHint(viewer: Viewer) -> ft.Control:
    """Say how to leave the console, and how its size comes about."""
    facts = use_facts(viewer)
    has_keyboard = use_selected(lambda c: c.layout) != "phone"
    if facts.news:
        return _news(facts.news)
    if facts.shared:
        size = t("Others look too, so the size stays and the text shrinks to fit.")
    elif facts.can_tell_size:
        size = t("The console is as large as this window has room for.")
    elif facts.state is ConsoleState.OPEN:
        size = t("The far side cannot be told the size, so it stays until you set it there.")
    else:
        size = ""
    leave = t("{key} leaves the console.", key=LEAVE_KEY) if has_keyboard else ""
    return ft.Text(
        f"{leave} {size}".strip(),
        style=theme.SMALL,
        color=ft.Colors.ON_SURFACE_VARIANT,
        max_lines=2,
    )


def _news(words: str) -> ft.Control:
    return ft.Semantics(
        live_region=True,
        content=ft.Container(
            ft.Text(words, style=theme.BODY, color=ft.Colors.ON_PRIMARY_CONTAINER),
            padding=ft.Padding.symmetric(horizontal=theme.S),
            bgcolor=ft.Colors.PRIMARY_CONTAINER,
            border_radius=theme.RADIUS,
        ),
    )


def _state(facts: Facts) -> ft.Control:
    if facts.state is ConsoleState.CONNECTING:
        icon, word, colour = ft.Icons.PENDING, t("Connecting"), ft.Colors.PRIMARY
    elif facts.state is ConsoleState.OPEN:
        icon, word, colour = ft.Icons.CHECK_CIRCLE, t("Open"), ft.Colors.TERTIARY
    else:
        icon, word, colour = ft.Icons.STOP_CIRCLE_OUTLINED, t("Closed"), ft.Colors.ERROR
    return ft.Semantics(
        live_region=True,
        content=ft.Row(
            [ft.Icon(icon, size=18, color=colour), ft.Text(word, style=theme.SMALL, color=colour)],
            spacing=theme.XS,
            tight=True,
        ),
    )


def _place(facts: Facts, vm: str) -> str:
    return facts.reason or facts.title or vm


def _size(viewer: Viewer, facts: Facts, *, compact: bool) -> ft.Control:
    grid, fitting = facts.grid, facts.fitting
    size = ft.Text(str(grid), style=theme.SMALL, color=ft.Colors.ON_SURFACE_VARIANT)
    open_alone = facts.state is ConsoleState.OPEN and not facts.can_tell_size
    if not open_alone or fitting == grid:
        return size
    line = f"stty rows {fitting.rows} columns {fitting.columns}"

    async def fit() -> None:
        await viewer.sizing.fit()
        viewer.send(f"{line}\r".encode())
        viewer.focus()

    label = str(fitting) if compact else t("Use {size}", size=fitting)
    button = ft.TextButton(
        label,
        icon=ft.Icons.FIT_SCREEN,
        on_click=fit,
        tooltip=t("Types `{line}` into the console", line=line),
    )
    return ft.Row([size, button], spacing=theme.XS, tight=True)


def _tools(viewer: Viewer, facts: Facts) -> list[ft.Control]:
    return [
        icon_button(
            ft.Icons.CONTENT_COPY, t("Copy (Ctrl+Shift+C)"), viewer.copy, disabled=not facts.marked
        ),
        PasteButton(viewer),
        icon_button(ft.Icons.TEXT_DECREASE, t("Smaller text"), lambda: viewer.zoom(-1)),
        icon_button(ft.Icons.TEXT_INCREASE, t("Larger text"), lambda: viewer.zoom(1)),
    ]


@ft.component
def PasteButton(viewer: Viewer) -> ft.Control:
    """Offer to paste; where the browser forbids it, say which keys do."""
    context = use_cockpit()
    clipboard: ft.Clipboard = ft.use_memo(lambda: ft.Clipboard(), [])

    async def paste() -> None:
        try:
            text = await clipboard.get()
        except RuntimeError:
            text = None
        if text:
            viewer.typing.paste(text)
        else:
            context.tell(
                "error",
                t("Nothing was pasted"),
                t("The clipboard is empty, or the browser keeps it. Press Ctrl+Shift+V instead."),
            )
        viewer.focus()

    return icon_button(ft.Icons.CONTENT_PASTE, t("Paste (Ctrl+Shift+V)"), paste)
