"""Home on a real Flet session: one sentence, what needs attention, apps to open."""

from pathlib import Path

import flet as ft

from tests.views.pages import shown

BEHIND_PROXY = "http://hero.test/hero_cockpit/web"


async def test_a_healthy_machine_is_one_sentence(sockets: Path) -> None:
    async with shown(sockets, "hero_books", "hero_db") as it:
        await it.page.sees("All 2 services answer.")
        assert "Needs attention" not in it.page.texts()


async def test_what_needs_attention_comes_with_the_button_that_helps(sockets: Path) -> None:
    async with shown(sockets, "hero_books", "hero_db") as it:
        await it.page.sees("All 2 services answer.")
        await it.machine.end("hero_books")
        await it.page.sees("Needs attention")
        await it.page.press("Restart hero_books")
        await it.page.sees("All 2 services answer.")


async def test_apps_with_pages_are_opened_below_the_same_gateway(sockets: Path) -> None:
    async with shown(sockets, "hero_books", url=BEHIND_PROXY) as it:
        await it.page.sees("Apps")
        links = [c.url.url for c in it.page.controls(ft.Container) if isinstance(c.url, ft.Url)]
        assert links == ["/hero_books/web/"]


async def test_without_a_gateway_no_app_is_offered(sockets: Path) -> None:
    async with shown(sockets, "hero_books") as it:
        await it.page.sees("The only service answers.")
        assert "Apps" not in it.page.texts()


async def test_the_title_of_the_window_carries_the_health(sockets: Path) -> None:
    async with shown(sockets, "hero_books") as it:
        await it.page.until(lambda: "The only service answers." in (it.page.page.title or ""))
