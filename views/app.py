"""The pages put together: which path shows which, and what one browser session lives by."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import flet as ft

from services.api import Api
from services.machine.consoles import Consoles
from services.state.health import health_sentence
from views import theme
from views.console_page import ConsolePage
from views.context import LOST_SESSION, ViewContext, keep_context
from views.home_page import HomePage
from views.hooks import use_selected
from views.parts import empty
from views.preferences import recall_look
from views.services_page import ServicesPage
from views.shell import Shell
from views.texts import t


@ft.component
def App() -> ft.Control:
    """Choose the page by the path of the address."""
    use_page_settings()
    inside = [
        ft.Route(index=True, component=HomePage),
        ft.Route(path="services", component=ServicesPage),
        ft.Route(path="services/:name", component=OneService),
        ft.Route(path="console", component=ConsolePage),
        ft.Route(path="console/:name", component=OneConsole),
        ft.Route(path=":rest*", component=NotFoundPage),
    ]
    return ft.Router([ft.Route(component=Shell, outlet=True, children=inside)])


@ft.component
def OneService() -> ft.Control:
    """Show the list of services with the one that the path names unfolded."""
    return ServicesPage(ft.use_route_params().get("name", ""))


@ft.component
def OneConsole() -> ft.Control:
    """Show the console that the path names."""
    return ConsolePage(ft.use_route_params().get("name", ""))


@ft.component
def NotFoundPage() -> ft.Control:
    """Say that there is no such page, and lead back."""
    page = ft.context.page
    return empty(
        ft.Icons.EXPLORE_OFF,
        t("There is no such page"),
        t("The address {path} leads nowhere in this cockpit.", path=page.route),
        ft.FilledTonalButton(t("Go to Home"), on_click=lambda: page.navigate("/")),
    )


def use_page_settings() -> None:
    """Keep the window's title and look as the session's context says."""
    page = ft.context.page
    title = use_selected(lambda c: t("{health} Hero Cockpit", health=health_sentence(c.snapshot)))
    look = use_selected(lambda c: c.look)

    def show() -> None:
        page.title, page.theme_mode = title, look
        page.update()

    ft.use_effect(show, [title, look])


def make_main(api: Api, consoles: Consoles) -> Callable[[ft.Page], Awaitable[None]]:
    """Return what Flet runs for each new browser session."""

    async def main(page: ft.Page) -> None:
        lost = page.session.store.contains_key(LOST_SESSION)
        context = ViewContext(
            api=api,
            consoles=consoles,
            prefix=prefix_of(page),
            came_back_to=page.route if lost else "",
        )
        keep_context(page, context)
        theme.apply(page)
        context.set_layout(theme.layout_for(page.width))

        async def closed() -> None:
            await context.close()

        page.on_resize = lambda event: context.set_layout(theme.layout_for(event.width))
        page.on_platform_brightness_change = lambda: context.set_look(context.look)
        page.on_connect = lambda: context.connected()
        page.on_disconnect = lambda: context.disconnected()
        page.on_close = closed
        context.connected()
        page.render(App)
        context.start_task(recall_look(context), "recall the look")

    return main


def prefix_of(page: ft.Page) -> str:
    """Return the path below which the browser sees the cockpit; empty at the root."""
    return urlsplit(page.url or "").path.rstrip("/")
