"""The page around a terminal: opening, choosing, closing, and saying how things are."""

import asyncio
from pathlib import Path

import flet as ft
import pytest

from cockpit_app.parts import Parts, open_parts
from cockpit_app.settings import CockpitFile, ConsoleTable, Settings
from services.claims import acting_as
from services.contract.console import LIST_CONSOLES
from services.params import NoParams
from services.wire.node import LocalNode
from tests.views.guest import Guest, running_guests
from tests.views.harness import PageUnderTest
from tests.views.terminal_page import OWNER, VIEWER, console_page, script_sends, shown


async def open_names(parts: Parts) -> list[str]:
    with acting_as(OWNER):
        listing = await parts.cockpit.call(LIST_CONSOLES, NoParams())
    return [console.name for console in listing.consoles]


def views_alive() -> list[str]:
    """Return the names of the tasks that viewers run."""
    names = [task.get_name() for task in asyncio.all_tasks()]
    return [name for name in names if name.startswith("view of")]


async def prompt(page: PageUnderTest, guest: Guest, text: bytes = b"guest$ ") -> None:
    """Wait until the guest's first words are on the page."""
    await guest.says(text)
    await page.until(lambda: shown(page)[:1] == [text.decode().strip()], what="the prompt")


async def test_the_page_opens_the_console_main(parts: Parts, guest: Guest) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
        await page.sees("Open")
        await page.sees("vm1")
        assert await open_names(parts) == ["main"]


async def test_a_viewer_is_told_why_there_is_no_console_and_none_is_opened(parts: Parts) -> None:
    async with console_page(parts, identity=VIEWER) as page:
        await page.sees("A console is not for you to open")
        assert await open_names(parts) == []


async def test_the_address_names_the_console(parts: Parts, guest: Guest) -> None:
    async with console_page(parts, route="/console/build") as page:
        await prompt(page, guest)
        assert await open_names(parts) == ["build"]


@pytest.mark.parametrize("name", ["Main", "a b", "-x", "a" * 40])
async def test_a_name_that_cannot_be_is_refused_in_words(parts: Parts, name: str) -> None:
    async with console_page(parts, route=f"/console/{name}") as page:
        await page.sees("is not open")
        assert await open_names(parts) == []


def focus_asked(page: PageUnderTest) -> bool:
    """Tell whether the browser was asked to put the keyboard into the console."""
    fields = [f for f in page.controls(ft.TextField) if f.multiline]
    asked = any(method == "focus" for method, _ in page.connection.invoked)
    return asked or any(field.autofocus for field in fields)


@pytest.mark.parametrize("route", ["/console", "/console/build"])
async def test_a_new_console_that_nobody_pressed_for_waits_for_a_press(
    parts: Parts, guest: Guest, route: str
) -> None:
    async with console_page(parts, route=route) as page:
        await prompt(page, guest)
        await page.sees("This console is new. Press it to type.")
        assert not focus_asked(page)
        script_sends(page, b"f1")
        await page.until(lambda: not any("is new" in text for text in page.texts()))


async def test_a_page_whose_session_was_lost_hears_that_the_earlier_console_has_ended(
    parts: Parts, guest: Guest
) -> None:
    async with console_page(parts, lost_session=True) as page:
        await prompt(page, guest)
        await page.sees("This console is new; the earlier one has ended. Press it to type.")
        assert not focus_asked(page)


async def test_a_console_that_lives_takes_the_keyboard_at_once(parts: Parts, guest: Guest) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
    async with console_page(parts, lost_session=True) as page:
        await page.until(lambda: focus_asked(page), what="the focus")
        assert not any("is new" in text for text in page.texts())


async def test_a_new_console_that_was_pressed_for_takes_the_keyboard(
    parts: Parts, guest: Guest
) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
        await page.press("New console")
        await page.until(lambda: focus_asked(page), what="the focus")
        assert not any("is new" in text for text in page.texts())


async def test_another_console_gets_the_next_name_and_the_keys(parts: Parts, guest: Guest) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
        await page.press("New console")
        await page.until(lambda: page.page.route == "/console/main-2")
        await page.until(lambda: "Close the console main-2" in page.texts())
        await page.until(lambda: guest.connections == 2, what="the second connection")
        await guest.says(b"both> ")
        await page.until(lambda: shown(page)[:1] == ["both>"], what="the second screen")
        script_sends(page, b"tsecond")
        await guest.hears(b"second")
        assert await open_names(parts) == ["main", "main-2"]


async def test_going_back_shows_the_same_screen(parts: Parts, guest: Guest) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest, b"as it was")
        await page.go("/services")
        await page.until(lambda: not shown(page))
        await page.until(lambda: views_alive() == [], what="the end of the view's task")
        await page.go("/console")
        await page.until(lambda: shown(page)[:1] == ["as it was"])


async def test_closing_asks_first_and_says_what_ends(parts: Parts, guest: Guest) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
        await page.go("/console/other")
        await page.sees("Close the console other")
        await page.press("Close the console main")
        await page.press("Keep it")
        assert "main" in await open_names(parts)
        await page.press("Close the console main")
        await page.press("Close it")
        await page.until(lambda: "Close the console main" not in page.texts())
        assert await open_names(parts) == ["other"]


async def test_the_end_of_the_session_is_told_and_another_can_be_had(
    parts: Parts, guest: Guest
) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
        await guest.hang_up()
        await page.sees("Closed")
        await page.sees("The far side ended the session.")
        assert shown(page)[0] == "guest$"
        await page.press("Reconnect")
        await prompt(page, guest, b"again$")


async def test_the_title_that_a_program_gives_is_shown(parts: Parts, guest: Guest) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
        await guest.says(b"\x1b]2;editing notes\x07")
        await page.sees("editing notes")


async def test_leaving_the_page_ends_the_viewing_but_not_the_console(
    parts: Parts, guest: Guest
) -> None:
    async with console_page(parts) as page:
        await prompt(page, guest)
    with acting_as(OWNER):
        listing = await parts.cockpit.call(LIST_CONSOLES, NoParams())
    (console,) = listing.consoles
    assert (console.state, console.readers) == ("open", 0)


async def test_with_several_machines_one_is_chosen() -> None:
    async with running_guests("vm1", "vm2") as (one, two):
        table = ConsoleTable(vms=one.vms)
        settings = Settings(root=one.vms, sockets=one.vms / "s", file=CockpitFile(console=table))
        async with (
            open_parts(settings, LocalNode()) as parts,
            console_page(parts) as page,
        ):
            await page.sees("Say which VM: vm1, vm2.")
            await page.press("Open on vm2")
            await prompt(page, two, b"second$")
            assert not one.connected.is_set()


async def test_a_machine_without_a_console_is_told_in_words(tmp_path: Path) -> None:
    table = ConsoleTable(vms=tmp_path / "none")
    settings = Settings(root=tmp_path, sockets=tmp_path / "s", file=CockpitFile(console=table))
    async with open_parts(settings, LocalNode()) as parts, console_page(parts) as page:
        await page.sees("There is no VM with a console on this machine.")
        await page.press("Try again")
        await page.sees("There is no VM with a console on this machine.")
