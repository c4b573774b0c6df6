"""What stands around a terminal: its state in words, its size, and what can be done with it."""

import flet as ft

from terminal.console import ConsoleState
from views import theme
from views.context import ViewContext
from views.hooks import use_cockpit, use_selected
from views.parts import Press, icon_button
from views.terminal_viewer import Facts, Viewer
from views.texts import t

LEAVE_KEY = "Ctrl+Shift+L"
"""Gives the keyboard back to the page; `assets/console_keys.js` holds it back from the console."""


def use_facts(viewer: Viewer) -> Facts:
    """Follow what a page shows of a terminal; renders again only when that changed."""
    _, set_version = ft.use_state(0)

    def follow() -> None:
        ending.append(viewer.subscribe(lambda: set_version(lambda version: version + 1)))
        set_version(lambda version: version + 1)

    def stop() -> None:
        while ending:
            ending.pop()()

    ending: list[Press] = ft.use_memo(list, [])
    ft.use_effect(follow, [], stop)
    return viewer.facts
