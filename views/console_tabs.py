"""The open consoles as tabs: go to one, open another, close one."""

from collections.abc import Callable, Collection

import flet as ft

from services.contract.console import (
    CLOSE_CONSOLE,
    FIRST_NAME,
    ConsoleList,
    ConsoleSummary,
    OneConsole,
)
from views import theme
from views.actions import run
from views.hooks import use_cockpit
from views.parts import icon_button
from views.texts import t


def next_name(taken: Collection[str], wanted: str = FIRST_NAME) -> str:
    """Return `wanted`, or with the first number that makes it a name of its own."""
    if wanted not in taken:
        return wanted
    number = next(n for n in range(2, len(taken) + 3) if f"{wanted}-{n}" not in taken)
    return f"{wanted}-{number}"


@ft.component
def ConsoleTabs(chosen: str, listing: ConsoleList, look_again: Callable[[], None]) -> ft.Control:
    """Show one tab for each open console, and the button that opens another."""
    context, page = use_cockpit(), ft.context.page
    names = [console.name for console in listing.consoles]
    tabs: list[ft.Control] = [
        _KeyedTab(console, console.name == chosen, look_again, key=console.name)
        for console in listing.consoles
    ]
    if chosen not in names:
        tabs.append(_chip(chosen, chosen=True, press=None))
    full = len(names) >= listing.limit
    hint = t("{limit} consoles are open, and no more can be.", limit=listing.limit)
    new = ft.TextButton(
        t("New console"),
        icon=ft.Icons.ADD,
        disabled=full,
        tooltip=hint if full else None,
        on_click=lambda: context.go(page, f"/console/{next_name([*names, chosen])}"),
    )
    return ft.Row([*tabs, new], spacing=theme.S, run_spacing=theme.XS, wrap=True)


@ft.component
def Tab(console: ConsoleSummary, chosen: bool, look_again: Callable[[], None]) -> ft.Control:
    """Show one console's tab with the button that closes it."""
    context = use_cockpit()
    page = ft.context.page
    sure, set_sure = ft.use_state(False)
    name = console.name

    async def close() -> None:
        set_sure(False)
        label = t("Close the console {name}", name=name)
        await run(context, label, CLOSE_CONSOLE, OneConsole(console=name))
        look_again()
        if chosen:
            context.go(page, "/console")

    def ask() -> None:
        set_sure(True)

    ft.use_dialog(_question(name, close, lambda: set_sure(False)) if sure else None)
    return ft.Row(
        [
            _chip(name, chosen=chosen, press=lambda: context.go(page, f"/console/{name}")),
            icon_button(ft.Icons.CLOSE, t("Close the console {name}", name=name), ask),
        ],
        spacing=0,
        tight=True,
    )


_KeyedTab = ft.memo(Tab)


def _chip(name: str, *, chosen: bool, press: Callable[[], None] | None) -> ft.Control:
    return ft.Chip(
        label=name,
        selected=chosen,
        show_checkmark=False,
        on_select=press,
        leading=ft.Icon(ft.Icons.TERMINAL, size=16),
    )


def _question(name: str, close: Callable[[], object], keep: Callable[[], object]) -> ft.AlertDialog:
    return ft.AlertDialog(
        title=t("Close the console {name}?", name=name),
        content=ft.Text(
            t("What runs in it ends, and its screen is gone. Leaving the page keeps it instead.")
        ),
        actions=[
            ft.TextButton(t("Keep it"), on_click=keep, autofocus=True),
            ft.FilledButton(t("Close it"), on_click=close),
        ],
        on_dismiss=keep,
    )
