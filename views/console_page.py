"""The console: a shell on the VM, in the page, that outlives the page."""

import asyncio
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass

import flet as ft

from services.claims import Right
from services.contract.console import (
    FIRST_NAME,
    LIST_CONSOLES,
    OPEN_CONSOLE,
    ConsoleList,
    OpenConsole,
)
from services.errors import CockpitError
from services.params import NoParams, read_params
from views import theme
from views.console_bar import ConsoleBar, ConsoleHint
from views.console_tabs import ConsoleTabs
from views.context import ViewContext
from views.hooks import use_cockpit, use_selected
from views.parts import empty
from views.terminal_view import TerminalView
from views.terminal_viewer import Viewer
from views.texts import t

LOOK_AGAIN_S = 3.0


@ft.component
def ConsolePage(name: str = "") -> ft.Control:
    """Show the console `name`, opened first if need be, and the others beside it."""
    identity = use_selected(lambda c: c.identity)
    if not identity.may(Right.WRITE):
        return empty(
            ft.Icons.LOCK_OUTLINE,
            t("A console is not for you to open"),
            t("A shell can change everything, so it needs the right to write. Ask the owner."),
        )
    return ConsoleRoom(name or FIRST_NAME)


@ft.component
def ConsoleRoom(name: str) -> ft.Control:
    """Show the tabs, and the console that is chosen."""
    context, page = use_cockpit(), ft.context.page
    listing, look_again = use_listing()
    attempt, set_attempt = ft.use_state(0)
    vm, set_vm = ft.use_state("")

    def open_again(chosen: str) -> None:
        context.pressed_for = page.route
        set_vm(chosen)
        set_attempt(lambda count: count + 1)

    reopen: Callable[[str], None] = ft.use_callback(open_again, [])

    return ft.Column(
        [
            ConsoleTabs(name, listing, look_again),
            _KeyedRoom(name, vm, listing, reopen, look_again, key=f"{name} {attempt}"),
        ],
        spacing=theme.S,
        expand=True,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def use_listing() -> tuple[ConsoleList, Callable[[], None]]:
    """Follow the list of consoles; returns it with what looks again at once."""
    context = use_cockpit()
    listing, set_listing = ft.use_state(ConsoleList())
    wanted: asyncio.Event = ft.use_memo(asyncio.Event, [])

    async def follow() -> None:
        while True:
            wanted.clear()
            # What fails here, opening a console says in words; the list stays as it was.
            with suppress(CockpitError):
                set_listing(await context.api.call(LIST_CONSOLES, NoParams()))
            with suppress(TimeoutError):
                async with asyncio.timeout(LOOK_AGAIN_S):
                    await wanted.wait()

    ft.use_effect(follow, [], lambda: None)
    return listing, wanted.set


@dataclass(frozen=True, slots=True)
class Problem:
    """Why there is no console to show."""

    message: str


_NOTHING_YET: Viewer | Problem | None = None


@ft.component
def OneRoom(
    name: str,
    vm: str,
    listing: ConsoleList,
    reopen: Callable[[str], None],
    look_again: Callable[[], None],
) -> ft.Control:
    """Open one console and show it, or say why not."""
    context = use_cockpit()
    page = ft.context.page
    shown, set_shown = ft.use_state(_NOTHING_YET)
    lease: ExitStack = ft.use_memo(ExitStack, [])

    async def enter() -> None:
        set_shown(await _enter(context, page, lease, name, vm))
        look_again()

    ft.use_effect(enter, [], lease.close)
    if isinstance(shown, Problem):
        return _problem(shown, name, listing, reopen)
    if not isinstance(shown, Viewer):
        return empty(ft.Icons.TERMINAL, t("Opening the console"), t("One moment."))
    summary = next((console for console in listing.consoles if console.name == name), None)
    shown.sizing.share(summary is not None and summary.readers > 1)
    return ft.Column(
        [
            ConsoleBar(shown, summary.vm if summary else "", lambda: reopen("")),
            TerminalView(shown),
            ConsoleHint(shown),
        ],
        spacing=theme.S,
        expand=True,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


_KeyedRoom = ft.memo(OneRoom)


async def _enter(
    context: ViewContext, page: ft.Page, lease: ExitStack, name: str, vm: str
) -> Viewer | Problem:
    """Open the console in the person's name and borrow it until `lease` is closed.

    One that nobody pressed for in this page waits for a press when it turns out to be new: keys
    that are meant for what ran in an earlier one must not run in its shell.
    """
    asked, context.pressed_for = context.pressed_for == page.route, ""
    try:
        params = read_params(OpenConsole, {"name": name, "vm": vm or None})
        opened = await context.api.call(OPEN_CONSOLE, params)
        console = lease.enter_context(context.consoles.viewing(name))
    except CockpitError as error:
        return Problem(error.message)
    news = _news(context, page) if opened.created and not asked else ""
    return Viewer(context, page, console, news=news)


def _news(context: ViewContext, page: ft.Page) -> str:
    if context.came_back_to == page.route:
        return t("This console is new; the earlier one has ended. Press it to type.")
    return t("This console is new. Press it to type.")


def _problem(
    problem: Problem, name: str, listing: ConsoleList, reopen: Callable[[str], None]
) -> ft.Control:
    """Say why there is no console, and offer each VM when it was not clear which one is meant."""
    if len(listing.vms) > 1:
        choices = [
            ft.FilledTonalButton(t("Open on {vm}", vm=vm), on_click=_opening(reopen, vm))
            for vm in listing.vms
        ]
    else:
        choices = [ft.FilledTonalButton(t("Try again"), on_click=_opening(reopen, ""))]
    title = t("The console {name} is not open", name=name)
    return empty(ft.Icons.TERMINAL, title, problem.message, *choices)


def _opening(reopen: Callable[[str], None], vm: str) -> Callable[[], None]:
    return lambda: reopen(vm)
