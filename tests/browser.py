"""Real Chromium for tests: pages are read and used by role and name, as a screen reader would."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Literal

from playwright.async_api import Browser, Locator, Page, Request, async_playwright

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
PATIENCE_MS = 30_000
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


@dataclass
class Visit:
    """One browser page with a memory of its own, and what went wrong in it."""

    page: Page
    hosts: set[str] = field(default_factory=set)
    """Every host and port that was asked for anything."""
    problems: list[str] = field(default_factory=list)
    """Errors of the console and failed requests."""

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

    async def sees(self, words: str, *, within_ms: int = PATIENCE_MS) -> None:
        """Wait until the words are on the page."""
        await self.text(words).wait_for(state="attached", timeout=within_ms)


@asynccontextmanager
async def visit(
    browser: Browser, *, width: int = 1280, height: int = 800, scheme: Scheme = "light"
) -> AsyncIterator[Visit]:
    """Open a fresh page, as in a browser that was never here."""
    context = await browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme
    )
    context.set_default_timeout(PATIENCE_MS)
    page = await context.new_page()
    seen = Visit(page)
    page.on("request", lambda request: seen.hosts.add(request.url.split("/")[2]))
    page.on("requestfailed", lambda request: _lost(seen, request))
    page.on("console", lambda message: _note(seen, message.type, message.text))
    try:
        yield seen
    finally:
        await context.close()


def _lost(seen: Visit, request: Request) -> None:
    if request.failure != "net::ERR_ABORTED":  # what going to another page cuts off
        seen.problems.append(f"{request.url}: {request.failure}")


def _note(seen: Visit, kind: str, text: str) -> None:
    if kind == "error":
        seen.problems.append(text)


async def enter(seen: Visit, node: PreviewNode, identity: str) -> None:
    """Sign in at the preview's gateway as Owner, Viewer or Guest, and wait for the cockpit."""
    await seen.page.goto(f"{node.url}/enter?ticket={node.new_ticket()}")
    await seen.page.get_by_role("button", name=identity).click()
    await seen.sees("Services")
