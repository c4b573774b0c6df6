"""Real Chromium for tests: pages are read and used by role and name, as a screen reader would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

from playwright.async_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Response,
    async_playwright,
)

from tests.preview_node import PreviewNode

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
PATIENCE_MS = 40_000
Scheme = Literal["light", "dark"]


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Run Debian's Chromium without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=CHROMIUM, args=list(ARGUMENTS), headless=True
        )
        try:
            yield browser
        finally:
            await browser.close()


class Visit:
    """A page with what its browser asked for and complained about."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.requests: list[str] = []
        self.refused: list[str] = []
        self.complaints: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("response", self._answered)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", self._said)

    def outside(self, *ours: str) -> list[str]:
        """Return the requests that went anywhere but below the given URLs."""
        return [url for url in self.requests if not url.startswith((*ours, "data:", "blob:"))]

    def button(self, name: str) -> Locator:
        """Find a button by its exact name."""
        return self.page.get_by_role("button", name=name, exact=True)

    def text(self, words: str, *, exact: bool = False) -> Locator:
        """Find words on the page, whether text or label."""
        by_text = self.page.get_by_text(words, exact=exact)
        return by_text.or_(self.page.get_by_label(words, exact=exact)).first

    async def press(self, name: str) -> None:
        """Press a button; its node may lie under Flutter's own overlay, so no hit test is made."""
        await self.button(name).first.dispatch_event("click")

    async def type(self, field: str, words: str) -> None:
        """Click into a text field and put `words` in place of what it holds, key by key."""
        await self.page.get_by_role("textbox", name=field).click(force=True)
        await self.page.keyboard.press("Control+a")
        await self.page.keyboard.type(words)

    async def sees(self, words: str, *, exact: bool = False, within_ms: int = PATIENCE_MS) -> None:
        """Wait until the words are on the page."""
        await self.text(words, exact=exact).wait_for(state="attached", timeout=within_ms)

    def _answered(self, answer: Response) -> None:
        if answer.status >= 400:
            self.refused.append(answer.url)

    def _said(self, message: ConsoleMessage) -> None:
        # A machine without a graphics card makes Chromium warn about its own driver.
        if message.type in {"error", "warning"} and "GL Driver Message" not in message.text:
            self.complaints.append(message.text)


@asynccontextmanager
async def visit(
    browser: Browser, *, width: int = 1280, height: int = 800, scheme: Scheme = "light"
) -> AsyncIterator[Visit]:
    """Open a fresh page, as in a browser that was never here."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        yield Visit(await context.new_page())
    finally:
        await context.close()


async def enter(seen: Visit, node: PreviewNode, identity: str) -> None:
    """Sign in at the preview's gateway as Owner, Viewer or Guest, and wait for the cockpit."""
    await seen.page.goto(f"{node.url}/enter?ticket={node.new_ticket()}")
    await seen.page.get_by_role("button", name=identity).click()
    await seen.sees("Services")
