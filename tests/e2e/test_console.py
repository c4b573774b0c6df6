"""The console in a real browser: a real shell behind the gateway, the vsock and the key script."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser
from playwright.async_api import TimeoutError as Late

from tests.browser import Visit, enter, visit
from tests.preview_node import PreviewNode
from views.terminal_metrics import DEFAULT_CELL_WIDTH, CellSize, cell_of_width

pytestmark = pytest.mark.browser

SCREEN = '[flt-semantics-identifier="console-screen"]'
FIELD = '[flt-semantics-identifier="console-keys"] textarea'


_AT_REST = 5
"""So many looks in a row, 0.1 s apart, that agree."""


async def until(holds: Callable[[], Any], *, what: Callable[[], object] = lambda: "") -> None:
    """Wait until `holds` gives something true."""
    try:
        async with asyncio.timeout(15):
            while not holds():
                await asyncio.sleep(0.01)
    except TimeoutError as error:
        raise AssertionError(f"never: {what()!r}") from error


class Terminal:
    """One console of the node, seen over its own RPC and used through a browser page."""

    def __init__(self, node: PreviewNode, seen: Visit, name: str) -> None:
        self.node = node
        self.seen = seen
        self.page = seen.page
        self.name = name

    def rows(self) -> list[str]:
        """Return the rows that the server has."""
        screen = self.node.result("hero_cockpit", "cockpit.read_console", {"console": self.name})
        return list(screen["text"])

    async def shows(self, words: str) -> None:
        """Wait until a row has these words in it."""
        await until(lambda: any(words in row for row in self.rows()), what=self.rows)

    async def types(self, text: str) -> None:
        await self.page.keyboard.type(text)


@asynccontextmanager
async def console(
    node: PreviewNode, browser: Browser, name: str, **look: Any
) -> AsyncIterator[Terminal]:
    """Open a console of that name as the owner, ready to be typed into; close it in the end."""
    async with visit(browser, **look) as seen:
        await enter(seen, node, "Owner")
        await seen.page.goto(f"{node.url}/hero_cockpit/web/console/{name}")
        await take_keyboard(seen)
        terminal = Terminal(node, seen, name)
        await terminal.shows("$")
        try:
            yield terminal
            assert (seen.complaints, seen.refused) == ([], [])
        finally:
            node.rpc("hero_cockpit", "cockpit.close_console", {"console": name})


async def take_keyboard(seen: Visit) -> None:
    """Press into the console, which is new, so that it takes the keyboard."""
    await seen.sees("This console is new")
    await press(seen)


async def press(seen: Visit) -> None:
    """Press the middle of the console, and wait until it has the keyboard."""
    box = await seen.page.locator(SCREEN).bounding_box()
    assert box is not None
    await seen.page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    await focused(seen)


async def focused(seen: Visit) -> None:
    """Wait until the console has the keyboard."""
    await seen.page.locator(f"{FIELD}:focus").wait_for(state="attached")


async def test_what_is_typed_is_carried_out(node: PreviewNode, browser: Browser) -> None:
    async with console(node, browser, "sum") as terminal:
        await terminal.types("echo $((6*7))\n")
        await until(lambda: "42" in terminal.rows(), what=terminal.rows)


async def test_a_reload_shows_the_same_screen_and_goes_on(
    node: PreviewNode, browser: Browser
) -> None:
    async with console(node, browser, "again") as terminal:
        await terminal.types("cd /usr; echo before\n")
        await until(lambda: "before" in terminal.rows(), what=terminal.rows)
        before = terminal.rows()
        await terminal.page.reload()
        await terminal.page.locator(f"{FIELD}:focus").wait_for(state="attached")
        assert terminal.rows() == before
        await terminal.types("pwd\n")
        await until(lambda: "/usr" in terminal.rows(), what=terminal.rows)


async def test_a_reload_after_the_cockpit_was_killed_takes_no_key_for_the_new_shell(
    node: PreviewNode, browser: Browser
) -> None:
    async with console(node, browser, "lost") as terminal:
        await terminal.types("vim.tiny -u NONE\n")
        await until(lambda: "~" in terminal.rows(), what=terminal.rows)
        before = node.service("hero_cockpit")["pid"]
        os.kill(before, signal.SIGKILL)
        told = "This console is new; the earlier one has ended. Press it to type."
        await terminal.seen.sees(told)
        await terminal.types(":!echo $((6*7))\n")
        await press(terminal.seen)
        await terminal.types("echo $((7*8))\n")
        await until(lambda: "56" in terminal.rows(), what=terminal.rows)
        assert not any("42" in row or "echo $((6" in row for row in terminal.rows())
        # While the cockpit was away the browser met refusals, and says so.
        terminal.seen.complaints.clear()
        terminal.seen.refused.clear()


async def test_vim_opens_edits_and_leaves(
    node: PreviewNode, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "note.txt"
    short = f"cd {tmp_path}; clear\n"
    async with console(node, browser, "vim") as terminal:
        await terminal.types(f"{short}vim.tiny -u NONE {file.name}\n")
        await until(lambda: "~" in terminal.rows(), what=terminal.rows)
        await terminal.types("ihello")
        await terminal.page.keyboard.press("Enter")
        await terminal.types("world")
        await terminal.page.keyboard.press("Escape")
        await terminal.types(":wq\n")
        await until(file.exists)
        assert file.read_text() == "hello\nworld\n"
        await until(lambda: "~" not in terminal.rows(), what=terminal.rows)


async def test_htop_draws_and_leaves_the_screen_as_it_was(
    node: PreviewNode, browser: Browser
) -> None:
    async with console(node, browser, "htop") as terminal:
        await terminal.types("htop\n")
        await terminal.shows("F10")
        await terminal.page.keyboard.press("F10")
        await until(lambda: not any("F10" in row for row in terminal.rows()), what=terminal.rows)


async def test_control_c_stops_a_flood(node: PreviewNode, browser: Browser) -> None:
    async with console(node, browser, "flood") as terminal:
        await terminal.types("yes\n")
        await until(lambda: terminal.rows()[0] == "y", what=terminal.rows)
        await terminal.page.keyboard.press("Control+c")
        await terminal.types("clear; echo over\n")
        await until(lambda: "over" in terminal.rows(), what=terminal.rows)


async def test_the_size_of_the_window_can_be_typed_for_a_far_side_that_cannot_be_told(
    node: PreviewNode, browser: Browser
) -> None:
    async with console(node, browser, "size") as terminal:
        button = terminal.page.get_by_role("button", name="Use ")
        name = await button.get_attribute("aria-label") or await button.inner_text()
        columns, _, rows = name.removeprefix("Use ").split("\n")[0].split(" ")
        await button.dispatch_event("click")
        await terminal.shows(f"stty rows {rows} columns {columns}")
        await terminal.page.locator(f"{FIELD}:focus").wait_for(state="attached")
        await terminal.types("stty size\n")
        await until(lambda: f"{rows} {columns}" in terminal.rows(), what=terminal.rows)


async def test_a_viewer_may_not_open_a_console(node: PreviewNode, browser: Browser) -> None:
    async with visit(browser) as seen:
        await enter(seen, node, "Viewer")
        await seen.page.goto(f"{node.url}/hero_cockpit/web/console/secret")
        await seen.sees("A console is not for you to open")
        listing = node.result("hero_cockpit", "cockpit.list_consoles")
        assert "secret" not in [each["name"] for each in listing["consoles"]]


async def test_a_drag_marks_text_that_the_copy_key_puts_on_the_clipboard(
    node: PreviewNode, browser: Browser
) -> None:
    async with console(node, browser, "copy") as terminal:
        page = terminal.page
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await terminal.types("clear; echo one two three\n")
        await until(lambda: "one two three" in terminal.rows(), what=terminal.rows)
        x, y, cell = await origin(terminal)
        row = y + (terminal.rows().index("one two three") + 0.5) * cell.height
        await page.mouse.move(x + 4.1 * cell.width, row)
        await page.mouse.down()
        await page.mouse.move(x + 6 * cell.width, row, steps=4)
        await page.mouse.move(x + 12.9 * cell.width, row, steps=8)
        await page.mouse.up()
        await page.get_by_role("button", name="Copy (Ctrl+Shift+C)", disabled=False).wait_for()
        await page.keyboard.press("Control+Shift+C")
        await clipboard_holds(terminal, "two three")


async def test_two_presses_mark_a_word(node: PreviewNode, browser: Browser) -> None:
    async with console(node, browser, "word") as terminal:
        page = terminal.page
        await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        await terminal.types("clear; echo say /usr/share/doc now\n")
        await until(lambda: "say /usr/share/doc now" in terminal.rows(), what=terminal.rows)
        x, y, cell = await origin(terminal)
        row = terminal.rows().index("say /usr/share/doc now") + 0.5
        copy = page.get_by_role("button", name="Copy (Ctrl+Shift+C)", disabled=False)
        for _ in range(5):  # on a busy machine two presses may come too far apart to be one
            await page.mouse.dblclick(x + 8.5 * cell.width, y + row * cell.height)
            with suppress(Late):
                await copy.wait_for(timeout=3_000)
                break
        await page.keyboard.press("Control+Shift+C")
        await clipboard_holds(terminal, "/usr/share/doc")


async def test_the_wheel_looks_back_and_typing_returns(node: PreviewNode, browser: Browser) -> None:
    async with console(node, browser, "wheel") as terminal:
        await terminal.types("seq 1 200\n")
        await until(lambda: "200" in terminal.rows(), what=terminal.rows)
        await terminal.page.mouse.move(640, 400)
        await terminal.page.mouse.wheel(0, -500)
        below = terminal.page.get_by_role("button", name="lines below")
        await below.wait_for(state="attached")
        await terminal.types("x")
        await below.wait_for(state="detached")


async def origin(terminal: Terminal) -> tuple[float, float, CellSize]:
    """Return where the first cell is in the page, by the key field, and how large cells are.

    The field follows the cursor of the server as soon as that is painted, so it is looked at until
    both have come to rest.
    """
    cell = cell_of_width(DEFAULT_CELL_WIDTH * 5 // 4)
    field = terminal.page.locator(FIELD)
    seen: list[tuple[float, float]] = []
    async with asyncio.timeout(15):
        while len(seen) < _AT_REST or len(set(seen[-_AT_REST:])) > 1:
            screen = terminal.node.result(
                "hero_cockpit", "cockpit.read_console", {"console": terminal.name}
            )
            box, cursor = await field.bounding_box(), screen["cursor"]
            assert box is not None
            column, row = cursor["column"], cursor["row"]
            seen.append((box["x"] - column * cell.width, box["y"] - row * cell.height))
            await asyncio.sleep(0.1)
    return *seen[-1], cell


async def clipboard_holds(terminal: Terminal, text: str) -> None:
    """Wait until the clipboard has exactly this text."""
    async with asyncio.timeout(10):
        while await terminal.page.evaluate("() => navigator.clipboard.readText()") != text:
            await asyncio.sleep(0.05)
