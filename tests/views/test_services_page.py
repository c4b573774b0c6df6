"""The services page on a real Flet session: states, actions, filters, refusals."""

import asyncio
from pathlib import Path

import flet as ft

from services.claims import GUEST
from tests.views.harness import PageUnderTest
from tests.views.pages import VIEWER, shown


def _search(page: PageUnderTest) -> ft.TextField:
    return page.controls(ft.TextField)[0]


async def _type(page: PageUnderTest, words: str) -> None:
    field = _search(page)
    page.session.apply_patch(field._i, {"value": words})
    await page.event(field, "change", words)


async def test_every_service_is_listed_with_its_state_and_the_reason(sockets: Path) -> None:
    async with shown(sockets, "hero_books", "hero_db", route="/services") as it:
        await it.page.sees("hero_books")
        await it.page.sees("hero_db")
        await it.page.sees("Running, and all its sockets answer.")


async def test_restart_shows_that_it_is_under_way_and_then_how_it_ended(sockets: Path) -> None:
    held = asyncio.Event()
    async with shown(sockets, "hero_books", route="/services") as it:

        async def follow(action: str, name: str) -> None:
            await held.wait()
            await it.machine.follow(action, name)

        it.machine.supervisor.on_change = follow
        pressed = asyncio.create_task(it.page.press("Restart hero_books"))
        await it.page.sees("Restarting")
        held.set()
        await pressed
        await it.page.sees("Running, and all its sockets answer.")
        assert it.machine.supervisor.changes == ["service.restart"]


async def test_stop_ends_in_stopped_and_start_is_offered(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services") as it:
        await it.page.press("Stop hero_books")
        await it.page.sees("Stopped, as asked.")
        await it.page.press("Start hero_books")
        await it.page.sees("Running, and all its sockets answer.")


async def test_what_the_cockpit_stands_on_cannot_be_stopped(sockets: Path) -> None:
    async with shown(sockets, "hero_proxy", route="/services") as it:
        await it.page.sees("Restart hero_proxy")
        assert "Stop hero_proxy" not in it.page.texts()


async def test_a_viewer_reads_why_a_restart_is_refused(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services", who=VIEWER) as it:
        await it.page.press("Restart hero_books")
        await it.page.sees("Restart hero_books did not work")
        await it.page.sees("needs the right to write, which ann does not have here")
        assert it.machine.supervisor.changes == []


async def test_a_guest_is_asked_to_sign_in(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services", who=GUEST) as it:
        await it.page.press("Restart hero_books")
        await it.page.sees("needs you to sign in as the owner")
        assert it.machine.supervisor.changes == []


async def test_a_notice_goes_when_it_is_dismissed(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services", who=VIEWER) as it:
        await it.page.press("Restart hero_books")
        await it.page.sees("did not work")
        await it.page.press("Dismiss")
        await it.page.until(lambda: not any("did not work" in t for t in it.page.texts()))


async def test_the_filter_finds_words_in_any_order_and_says_when_nothing_fits(
    sockets: Path,
) -> None:
    async with shown(sockets, "hero_books", "hero_db", route="/services") as it:
        await it.page.sees("hero_db")
        await _type(it.page, "running hero_b")
        await it.page.until(lambda: "hero_db" not in it.page.texts())
        assert "hero_books" in it.page.texts()
        await _type(it.page, "nonsense")
        await it.page.sees("No service fits")
        await it.page.press("Show all services")
        await it.page.sees("hero_db")


async def test_a_deep_link_unfolds_the_facts_of_its_service(sockets: Path) -> None:
    async with shown(sockets, "hero_books", "hero_db", route="/services/hero_books") as it:
        await it.page.sees("Supervisor")
        await it.page.sees("1 of 1 accept")
        await it.page.sees("hero_books/web.sock")
        assert "hero_db" not in it.page.texts()


async def test_the_facts_of_a_service_are_unfolded_and_folded(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services") as it:
        await it.page.press("Show facts of hero_books")
        await it.page.sees("1 of 1 answer")
        await it.page.press("Hide facts of hero_books")
        await it.page.until(lambda: "1 of 1 answer" not in it.page.texts())


async def test_a_missing_socket_is_told_with_the_fix_that_mends_it(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services/hero_books") as it:
        await it.page.sees("Running, and all its sockets answer.")
        await it.machine.end("hero_books")
        await it.page.sees("Not answering")
        await it.page.press("Restart hero_books")
        await it.page.sees("Running, and all its sockets answer.")


async def test_an_empty_machine_says_what_will_be_here(sockets: Path) -> None:
    async with shown(sockets, route="/services") as it:
        await it.page.sees("No services yet")


async def test_without_hero_proc_the_page_says_so_and_keeps_what_it_knew(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services") as it:
        await it.page.sees("hero_books")
        await it.machine.daemon.stop()
        await it.page.sees("Not connected")
        await it.page.sees("hero_proc cannot be reached")
        assert "hero_books" in it.page.texts()
        await it.machine.daemon.start()
        await it.page.sees("Live")


async def test_several_selected_services_are_restarted_together(sockets: Path) -> None:
    async with shown(sockets, "hero_books", "hero_db", route="/services") as it:
        await it.page.sees("hero_db")
        for box in it.page.controls(ft.Checkbox):
            await it.page.event(box, "change", True)
        await it.page.press("Restart 2 services")
        await it.page.until(lambda: len(it.machine.supervisor.changes) == 2)
        assert it.machine.supervisor.changes == ["service.restart"] * 2
        await it.page.sees("2 restarted")


async def test_stopping_several_leaves_alone_what_is_stopped_or_protected_and_says_so(
    sockets: Path,
) -> None:
    names = ("hero_books", "hero_cockpit", "hero_db", "hero_osis")
    async with shown(sockets, *names, route="/services") as it:
        await it.page.press("Stop hero_db")
        await it.page.sees("Stopped, as asked.")
        it.machine.supervisor.calls.clear()
        for box in it.page.controls(ft.Checkbox):
            await it.page.event(box, "change", True)
        await it.page.press("Stop 4 services")
        await it.page.sees("2 stopped, 1 was stopped already, 1 is protected")
        assert it.machine.supervisor.changes == ["service.stop"] * 2


async def test_a_narrow_page_stacks_a_row_and_keeps_its_buttons(sockets: Path) -> None:
    async with shown(sockets, "hero_books", route="/services", width=390) as it:
        await it.page.press("Stop hero_books")
        await it.page.sees("Stopped, as asked.")
        assert it.page.controls(ft.NavigationBar)
        assert not it.page.controls(ft.NavigationRail)


async def test_home_and_services_agree_on_what_needs_attention(sockets: Path) -> None:
    async with shown(sockets, "hero_books", "hero_db", route="/services") as it:
        await it.page.sees("Needs attention  0")
        await it.machine.end("hero_books")
        it.machine.supervisor.services["hero_books"].state = "exited"
        await it.page.sees("Needs attention  1")
        await it.page.go("/")
        await it.page.sees("1 of 2 services needs attention")


async def test_typing_is_kept_although_the_page_is_drawn_in_between(sockets: Path) -> None:
    async with shown(sockets, "hero_books", "hero_db", route="/services") as it:
        await it.page.sees("hero_db")
        field = _search(it.page)
        it.page.session.apply_patch(field._i, {"value": "hero_b"})
        it.machine.supervisor.services["hero_books"].pid = 4711
        await it.page.until(lambda: _search(it.page) is not field)
        await it.page.event(_search(it.page), "change", "hero_b")
        await it.page.until(lambda: "hero_db" not in it.page.texts())
