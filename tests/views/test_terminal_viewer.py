"""One viewer of a console: typing, painting, looking back, marking; over a real socket."""

import asyncio
from collections.abc import AsyncIterator

import flet as ft
import pytest

from cockpit_app.parts import Parts
from services.claims import acting_as
from services.contract.console import OPEN_CONSOLE, RESIZE_CONSOLE, OpenConsole, ResizeConsole
from tests.views.guest import Guest
from tests.views.harness import PageUnderTest, TestConnection
from tests.views.terminal_page import OWNER, console_page, paints, script_sends, shown
from views import terminal_pace
from views.terminal_input import MAX_PASTE_BYTES
from views.terminal_keyboard import CHANNEL
from views.terminal_row import RowCanvas
from views.terminal_theme import DARK, LIGHT


@pytest.fixture
async def page(parts: Parts, guest: Guest) -> AsyncIterator[PageUnderTest]:
    """Open the console page as the owner and wait for the guest's prompt."""
    async with console_page(parts) as opened:
        await guest.says(b"guest$ ")
        await opened.until(lambda: shown(opened)[:1] == ["guest$"], what="the prompt")
        yield opened


def touch(page: PageUnderTest) -> ft.GestureDetector:
    return next(g for g in page.controls(ft.GestureDetector) if g.on_scroll is not None)


def at(x: float, y: float) -> dict[str, float]:
    return {"x": x, "y": y}


def backgrounds(page: PageUnderTest, row: int) -> list[str]:
    """Return the colours of a row's rectangles."""
    shapes = page.controls(RowCanvas)[row].shapes or ()
    return [shape["paint"]["color"] for shape in shapes if shape["_c"] == "Rect"]


async def test_what_is_typed_reaches_the_program_and_its_answer_the_page(
    page: PageUnderTest, guest: Guest
) -> None:
    script_sends(page, b"tuptime", b"k0Enter")
    await guest.hears(b"uptime\r")
    await guest.says(b"uptime\r\n up 3 days\r\n")
    await page.until(lambda: shown(page)[1] == " up 3 days")


async def test_keys_follow_the_modes_of_the_program(page: PageUnderTest, guest: Guest) -> None:
    await guest.says(b"\x1b[?1h\x1b[?2004hready")
    await page.until(lambda: "ready" in shown(page)[0])
    script_sends(page, b"k0ArrowUp", b"pa\nb")
    await guest.hears(b"\x1bOA\x1b[200~a\rb\x1b[201~")


async def test_focus_is_told_to_a_program_that_asks_and_shown(
    page: PageUnderTest, guest: Guest
) -> None:
    await guest.says(b"\x1b[?1004hready")
    await page.until(lambda: "ready" in shown(page)[0])
    script_sends(page, b"f1")
    await guest.hears(b"\x1b[I")
    await page.until(lambda: backgrounds(page, 0) == [LIGHT.cursor], what="the block cursor")
    script_sends(page, b"f0")
    await guest.hears(b"\x1b[O")
    await page.until(lambda: backgrounds(page, 0) == [], what="the outline")


async def test_without_the_script_the_text_field_types(page: PageUnderTest, guest: Guest) -> None:
    field = next(f for f in page.controls(ft.TextField) if f.multiline)
    for value in ("l", "lx", "l", "ls\n"):
        page.session.apply_patch(field._i, {"value": value})
        await page.event(field, "change", value)
    await guest.hears(b"lx\x7fs\r")


async def test_only_the_rows_that_changed_are_sent(page: PageUnderTest, guest: Guest) -> None:
    sizes = page.connection.sizes_bytes
    before = -1
    while before != len(sizes):  # what opening the page sends may still be on its way
        before = len(sizes)
        await asyncio.sleep(0.3)
    await guest.says(b"x")
    await page.until(lambda: shown(page)[0].endswith("x"))
    assert len(sizes) - before == 1
    assert sizes[-1] < 600


async def test_a_viewer_that_paints_nothing_is_not_sent_more_and_more(
    page: PageUnderTest, guest: Guest, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_pace, "PAINTED_WITHIN_S", 60.0)
    page.connection.after_patch = lambda: None
    before = len(page.connection.sizes_bytes)
    with acting_as(OWNER), parts.consoles.viewing("main") as console:
        for _ in range(4 * terminal_pace.LARGEST_WINDOW):
            revision = console.revision
            await guest.says(b"x")
            await console.wait_change(revision)
            await asyncio.sleep(terminal_pace.INTERVAL_S)
        assert len(page.connection.sizes_bytes) - before <= terminal_pace.LARGEST_WINDOW
        await paints(page)
        await page.until(lambda: shown(page)[0].endswith("x" * 4 * terminal_pace.LARGEST_WINDOW))


async def test_the_past_is_shown_until_something_is_typed(
    page: PageUnderTest, guest: Guest
) -> None:
    await guest.says(b"".join(b"line %d\r\n" % n for n in range(100)) + b"end")
    await page.until(lambda: shown(page)[-1] == "end")
    script_sends(page, b"k1PageUp")
    await page.sees("23 lines below")
    assert shown(page)[0] == "line 54"
    script_sends(page, b"tx")
    await guest.hears(b"x")
    await page.until(lambda: shown(page)[-1] == "end")
    await page.until(lambda: not below_is_shown(page))


def below_is_shown(page: PageUnderTest) -> bool:
    return any(
        button.visible and "below" in str(button.content)
        for button in page.controls(ft.FilledTonalButton)
    )


async def test_the_wheel_looks_back_and_in_a_full_screen_program_presses_arrows(
    page: PageUnderTest, guest: Guest
) -> None:
    await guest.says(b"".join(b"line %d\r\n" % n for n in range(100)))
    await page.until(lambda: "line 99" in shown(page))
    wheel = {"l": at(5, 5), "g": at(5, 5), "sd": at(0, -100)}
    await page.event(touch(page), "scroll", wheel)
    await page.until(lambda: below_is_shown(page))
    await guest.says(b"\x1b[?1049hfull")
    await page.until(lambda: "full" in "".join(shown(page)))
    await page.event(touch(page), "scroll", wheel)
    await guest.hears(b"\x1b[A" * 3)


async def test_a_program_that_follows_the_mouse_gets_presses(
    page: PageUnderTest, guest: Guest
) -> None:
    await guest.says(b"\x1b[?1000h\x1b[?1006hready")
    await page.until(lambda: "ready" in shown(page)[0])
    press = {"k": "mouse", "l": at(20 * 8 + 1, 3 * 15 + 1), "g": at(0, 0)}
    await page.event(touch(page), "tap_down", press)
    await guest.hears(b"\x1b[<0;21;4M\x1b[<0;21;4m")


async def test_a_drag_marks_and_copy_puts_it_on_the_clipboard(
    page: PageUnderTest, guest: Guest
) -> None:
    await guest.says(b"\r\none two three")
    await page.until(lambda: shown(page)[1] == "one two three")
    begin = {"k": "mouse", "l": at(4 * 8 + 2, 20), "g": at(0, 0)}
    await page.event(touch(page), "pan_start", begin)
    await page.event(touch(page), "pan_update", {"l": at(7 * 8 + 1, 20), "g": at(0, 0)})
    await page.until(lambda: LIGHT.selection in backgrounds(page, 1), what="the mark")
    script_sends(page, b"c")
    await page.until(lambda: ("set", {"data": "two"}) in page.connection.invoked)


async def test_a_finger_looks_back_and_marks_nothing(page: PageUnderTest, guest: Guest) -> None:
    await guest.says(b"".join(b"line %d\r\n" % n for n in range(100)))
    await page.until(lambda: "line 99" in shown(page))
    begin = {"k": "touch", "l": at(50, 50), "g": at(0, 0)}
    await page.event(touch(page), "pan_start", begin)
    update = {"l": at(50, 110), "g": at(0, 0), "ld": at(0, 60)}
    await page.event(touch(page), "pan_update", update)
    await page.until(lambda: below_is_shown(page))


async def test_the_dark_look_paints_the_dark_theme(page: PageUnderTest) -> None:
    await page.press("Dark")
    await page.until(lambda: terminal_background(page) == DARK.background)


async def test_a_reconnect_opens_the_keys_again_and_shows_what_came_meanwhile(
    page: PageUnderTest, guest: Guest
) -> None:
    old = page.connection
    await page.session.disconnect(60)
    await guest.says(b"meanwhile")
    page.connection = TestConnection("http://127.0.0.1/")
    page.connection.session = page.session
    await page.session.connect(page.connection)
    await page.until(lambda: page.connection.data_channel_for(CHANNEL).handler is not None)
    await page.until(lambda: "meanwhile" in shown(page)[0])
    script_sends(page, b"tx")
    await guest.hears(b"x")
    page.connection.close()
    page.connection = old


async def test_two_viewers_see_the_same_and_both_type(
    page: PageUnderTest, parts: Parts, guest: Guest
) -> None:
    async with console_page(parts) as other:
        await other.until(lambda: shown(other)[:1] == ["guest$"])
        script_sends(page, b"ta")
        await guest.hears(b"a")
        script_sends(other, b"tb")
        await guest.hears(b"b")
        await guest.says(b"ab")
        await page.until(lambda: shown(page)[0] == "guest$ ab")
        await other.until(lambda: shown(other)[0] == "guest$ ab")


async def test_another_size_of_the_console_is_drawn_anew(page: PageUnderTest, parts: Parts) -> None:
    with acting_as(OWNER):
        await parts.cockpit.call(OPEN_CONSOLE, OpenConsole(name="main"))
        params = ResizeConsole(console="main", rows=10, columns=40)
        await parts.cockpit.call(RESIZE_CONSOLE, params)
    await page.until(lambda: len(shown(page)) == 10)
    await page.sees("40 x 10")
    assert shown(page)[0] == "guest$"


async def test_the_terminal_follows_the_system_from_light_to_dark(page: PageUnderTest) -> None:
    assert terminal_background(page) == LIGHT.background
    page.session.apply_page_patch({"platform_brightness": "dark"})
    await page.event(page.page, "platform_brightness_change", "dark")
    await page.until(lambda: terminal_background(page) == DARK.background)


def terminal_background(page: PageUnderTest) -> object:
    backgrounds = {LIGHT.background, DARK.background}
    return next(c.bgcolor for c in page.controls(ft.Container) if c.bgcolor in backgrounds)


async def test_a_paste_that_is_too_big_is_refused_in_words(page: PageUnderTest) -> None:
    script_sends(page, b"b")
    await page.sees("At most 1 MB can be pasted at a time.")


async def test_a_paste_from_the_button_has_the_same_limit(
    page: PageUnderTest, guest: Guest
) -> None:
    page.connection.answers["get"] = "x" * (MAX_PASTE_BYTES + 1)
    await page.press("Paste (Ctrl+Shift+V)")
    await page.sees("At most 1 MB can be pasted at a time.")
    script_sends(page, b"tx")
    await guest.hears(b"x")


async def test_input_that_is_not_taken_is_refused_in_words(
    page: PageUnderTest, guest: Guest
) -> None:
    paste = b"p" + b"x" * MAX_PASTE_BYTES
    script_sends(page, paste, paste)
    await page.sees("does not read, so your input was not taken")
    await guest.hears(b"x" * MAX_PASTE_BYTES)
