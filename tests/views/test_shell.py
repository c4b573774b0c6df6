"""The frame of the pages: navigation, unknown addresses, layouts, identity, look."""

from dataclasses import replace
from pathlib import Path

import flet as ft
import pytest

from tests.views.pages import OWNER, VIEWER, shown
from views.shell import place_of


@pytest.mark.parametrize(
    ("path", "number"),
    [("/", 0), ("/services", 1), ("/services/hero_books", 1), ("/console/main", 2), ("/x", 0)],
)
def test_the_navigation_shows_where_an_address_belongs(path: str, number: int) -> None:
    assert place_of(path) == number


async def test_navigation_leads_from_page_to_page(sockets: Path) -> None:
    async with shown(sockets, "hero_books") as it:
        await it.page.sees("The only service answers.")
        rail = it.page.controls(ft.NavigationRail)[0]
        it.page.session.apply_patch(rail._i, {"selected_index": 1})
        await it.page.event(rail, "change", 1)
        await it.page.until(lambda: it.page.page.route == "/services")
        await it.page.sees("Restart hero_books")


async def test_an_unknown_address_says_so_and_leads_home(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/nowhere/at/all") as it:
        await it.page.sees("There is no such page")
        await it.page.sees("/nowhere/at/all")
        await it.page.press("Go to Home")
        await it.page.until(lambda: it.page.page.route == "/")


@pytest.mark.parametrize(("width", "bars", "rails"), [(390, 1, 0), (800, 0, 1), (1400, 0, 1)])
async def test_navigation_fits_the_width(sockets: Path, width: int, bars: int, rails: int) -> None:
    async with shown(sockets, "hero_books", width=width) as it:
        await it.page.sees("Home")
        assert len(it.page.controls(ft.NavigationBar)) == bars
        assert len(it.page.controls(ft.NavigationRail)) == rails


async def test_a_resized_page_changes_its_layout(sockets: Path) -> None:
    async with shown(sockets, "hero_books", width=1400) as it:
        await it.page.sees("Home")
        await it.page.session.dispatch_event(
            it.page.page._i, "resize", {"width": 390.0, "height": 800.0}
        )
        await it.page.until(lambda: it.page.controls(ft.NavigationBar))


async def test_the_menu_says_who_one_is_and_what_one_may(sockets: Path) -> None:
    async with shown(sockets, "hero_books", who=VIEWER) as it:
        await it.page.sees("ann")
        await it.page.sees("You may look, but not change anything.")


async def test_an_impersonated_page_says_so(sockets: Path) -> None:
    async with shown(sockets, "hero_books", who=replace(OWNER, impersonator="root")) as it:
        await it.page.sees("root acts as mik.")


async def test_the_look_follows_the_system_until_another_is_chosen(sockets: Path) -> None:
    async with shown(sockets, "hero_books") as it:
        await it.page.sees("Home")
        assert it.page.page.theme_mode is ft.ThemeMode.SYSTEM
        dark = next(i for i in it.page.controls(ft.PopupMenuItem) if i.content == "Dark")
        await it.page.event(dark, "click")
        await it.page.until(lambda: it.page.page.theme_mode is ft.ThemeMode.DARK)
        await it.page.until(
            lambda: (
                ("set", {"key": "hero_cockpit.look", "value": "dark"}) in it.page.connection.invoked
            )
        )
