"""Every way to type: what the browser is told, and the bytes that a console's program gets."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, CDPSession

from tests.e2e.test_console import FIELD, Terminal, console, until
from tests.preview_node import PreviewNode

pytestmark = pytest.mark.browser

KEYS: dict[str, bytes] = {
    "a": b"a",
    "Shift+A": b"A",
    "5": b"5",
    "Shift+Digit1": b"!",
    "@": b"@",
    "#": b"#",
    "~": b"~",
    "|": b"|",
    "\\": b"\\",
    "'": b"'",
    '"': b'"',
    "`": b"`",
    "Space": b" ",
    "Enter": b"\r",
    "Tab": b"\t",
    "Shift+Tab": b"\x1b[Z",
    "Backspace": b"\x7f",
    "Control+Backspace": b"\x08",
    "Escape": b"\x1b",
    "Delete": b"\x1b[3~",
    "Insert": b"\x1b[2~",
    "Home": b"\x1b[H",
    "End": b"\x1b[F",
    "PageUp": b"\x1b[5~",
    "PageDown": b"\x1b[6~",
    "ArrowUp": b"\x1b[A",
    "ArrowDown": b"\x1b[B",
    "ArrowRight": b"\x1b[C",
    "ArrowLeft": b"\x1b[D",
    "Shift+ArrowUp": b"\x1b[1;2A",
    "Control+ArrowLeft": b"\x1b[1;5D",
    "Alt+ArrowRight": b"\x1b[1;3C",
    "Control+Delete": b"\x1b[3;5~",
    "F1": b"\x1bOP",
    "F2": b"\x1bOQ",
    "F3": b"\x1bOR",
    "F4": b"\x1bOS",
    "F5": b"\x1b[15~",
    "F6": b"\x1b[17~",
    "F7": b"\x1b[18~",
    "F8": b"\x1b[19~",
    "F9": b"\x1b[20~",
    "F10": b"\x1b[21~",
    "F11": b"\x1b[23~",
    "F12": b"\x1b[24~",
    "Shift+F5": b"\x1b[15;2~",
    "Control+a": b"\x01",
    "Control+c": b"\x03",
    "Control+d": b"\x04",
    "Control+f": b"\x06",
    "Control+n": b"\x0e",
    "Control+p": b"\x10",
    "Control+r": b"\x12",
    "Control+s": b"\x13",
    "Control+t": b"\x14",
    "Control+v": b"\x16",
    "Control+w": b"\x17",
    "Control+z": b"\x1a",
    "Control+Space": b"\x00",
    "Control+BracketLeft": b"\x1b",
    "Control+Backslash": b"\x1c",
    "Control+BracketRight": b"\x1d",
    "Control+Slash": b"\x1f",
    "Alt+x": b"\x1bx",
    "Alt+.": b"\x1b.",
    "Alt+Enter": b"\x1b\r",
    "Alt+Backspace": b"\x1b\x7f",
    "Control+Alt+a": b"\x1b\x01",
    "NumpadAdd": b"+",
    "NumpadEnter": b"\r",
}
"""Playwright's names of keys on a US keyboard."""

TEXTS = ("é", "ß", "€", "ñ", "Ж", "λ", "中文", "👍🏽", "naïve café")
"""Text that comes without a key: dictation, an input method, a phone's keyboard."""


@dataclass
class Reader:
    """A program in the console that keeps each byte as it came."""

    terminal: Terminal
    devtools: CDPSession
    kept: Path

    async def gets(self, expected: bytes, what: str) -> None:
        """Wait for `expected` as the only bytes since the last time."""
        await until(lambda: len(self.kept.read_bytes()) >= len(expected), what=lambda: what)
        got = self.kept.read_bytes()
        self.kept.write_bytes(b"")
        assert (what, got) == (what, expected)

    async def key(self, kind: str, key: str, **more: Any) -> None:
        """Send one raw key event."""
        await self.devtools.send("Input.dispatchKeyEvent", {"type": kind, "key": key, **more})

    async def script(self, code: str) -> None:
        """Run a script that has the text area as `field`."""
        await self.terminal.page.evaluate(
            f"() => {{ const field = document.querySelector('{FIELD}'); {code} }}"
        )


@pytest.fixture(scope="module")
async def one_reader(
    node: PreviewNode, browser: Browser, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Reader]:
    """Run `cat` with a raw terminal in a console; `>>` lets tests empty the file between."""
    kept = tmp_path_factory.mktemp("keys") / "kept"
    async with console(node, browser, "keys") as terminal:
        await terminal.types(f"stty raw -echo; echo rea''dy; exec cat >> {kept}\n")
        await terminal.shows("ready")
        await until(kept.exists)
        devtools = await terminal.page.context.new_cdp_session(terminal.page)
        yield Reader(terminal, devtools, kept)


@pytest.fixture
async def reader(one_reader: Reader) -> Reader:
    """Give the reader with nothing read yet, and the keyboard in the console."""
    await one_reader.terminal.page.locator(f"{FIELD}:focus").wait_for(state="attached")
    one_reader.kept.write_bytes(b"")
    return one_reader


async def test_each_key_sends_its_own_bytes_and_no_key_is_the_browsers(reader: Reader) -> None:
    for name, expected in KEYS.items():
        await reader.terminal.page.keyboard.press(name)
        await reader.gets(expected, name)


async def test_text_without_keys_arrives_as_it_is(reader: Reader) -> None:
    for text in TEXTS:
        await reader.terminal.page.keyboard.insert_text(text)
        await reader.gets(text.encode(), text)


async def test_an_input_method_sends_only_what_was_chosen(reader: Reader) -> None:
    for part in ("に", "にほ", "にほん"):
        place = {"text": part, "selectionStart": len(part), "selectionEnd": len(part)}
        await reader.devtools.send("Input.imeSetComposition", place)
    await reader.devtools.send("Input.insertText", {"text": "日本"})
    await reader.terminal.page.keyboard.press("Enter")
    await reader.gets("日本\r".encode(), "composition")


async def test_a_dead_key_and_its_letter_make_one_character(reader: Reader) -> None:
    await reader.key("rawKeyDown", "Dead", code="Quote", windowsVirtualKeyCode=222)
    await reader.key("keyUp", "Dead", code="Quote")
    await reader.key("keyDown", "é", code="KeyE", text="é", windowsVirtualKeyCode=69)
    await reader.key("keyUp", "é", code="KeyE")
    await reader.gets("é".encode(), "dead key")


async def test_alt_gr_makes_text_though_it_looks_like_control_and_alt(reader: Reader) -> None:
    for text, code in (("@", "KeyQ"), ("€", "KeyE"), ("{", "Digit7"), ("\\", "Minus")):
        held = "ctrlKey: true, altKey: true, modifierAltGraph: true, bubbles: true"
        init = f"{{key: {text!r}, code: '{code}', {held}}}"
        await reader.script(f"field.dispatchEvent(new KeyboardEvent('keydown', {init}));")
        await reader.gets(text.encode(), text)


async def test_control_counts_the_key_where_the_layout_has_no_latin_letter(
    reader: Reader,
) -> None:
    await reader.key("keyDown", "д", code="KeyL", modifiers=2, windowsVirtualKeyCode=76)
    await reader.gets(b"\x0c", "Control and the L key of a Cyrillic layout")


async def test_a_held_key_repeats(reader: Reader) -> None:
    for _ in range(5):
        await reader.key(
            "keyDown", "x", code="KeyX", text="x", autoRepeat=True, windowsVirtualKeyCode=88
        )
    await reader.gets(b"xxxxx", "repeat")


async def test_fast_typing_keeps_its_order(reader: Reader) -> None:
    text = "the quick brown fox jumps over the lazy dog 0123456789 " * 6
    await reader.terminal.page.keyboard.type(text)
    await reader.gets(text.encode(), "fast typing")


async def test_a_paste_arrives_whole_and_can_press_no_key(reader: Reader) -> None:
    lines = "".join(f"line {number} of the paste\n" for number in range(2000))
    hidden = "\x1b[201~rm -rf /\x03"
    await reader.terminal.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await reader.terminal.page.evaluate(
        "text => navigator.clipboard.writeText(text)", lines + hidden
    )
    await reader.key(
        "rawKeyDown", "V", code="KeyV", modifiers=10, windowsVirtualKeyCode=86, commands=["paste"]
    )
    expected = (lines.replace("\n", "\r") + "[201~rm -rf /").encode()
    await reader.gets(expected, "paste")


async def test_the_leave_key_gives_the_keyboard_back(reader: Reader) -> None:
    page = reader.terminal.page
    await page.keyboard.press("Control+Shift+L")
    await page.locator(f"{FIELD}:not(:focus)").wait_for(state="attached")
    await page.keyboard.press("b")
    await page.keyboard.press("Tab")
    await page.locator("flt-semantics:focus").wait_for(state="attached")
    await page.mouse.click(640, 500)
    await page.locator(f"{FIELD}:focus").wait_for(state="attached")
    await page.keyboard.press("c")
    await reader.gets(b"c", "the only key that was for the console")
