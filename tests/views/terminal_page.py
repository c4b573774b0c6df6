"""The console page as tests use it: what its rows show, and what its key script sends."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import flet as ft
from flet import canvas as cv

from cockpit_app.parts import Parts
from services.claims import Identity, Right, acting_as
from tests.views.harness import PageUnderTest, open_page
from views.app import make_main
from views.context import LOST_SESSION
from views.terminal_keyboard import CHANNEL
from views.terminal_row import RowCanvas

OWNER = Identity(user="ada", right=Right.WRITE, via="web")
VIEWER = Identity(user="vera", right=Right.READ, via="web")


@asynccontextmanager
async def console_page(
    parts: Parts,
    route: str = "/console",
    identity: Identity = OWNER,
    *,
    lost_session: bool = False,
) -> AsyncIterator[PageUnderTest]:
    """Open a page of the console in the name of `identity`; it paints whatever it is sent.

    With `lost_session` its browser comes back to a cockpit that knows its session no more.
    """
    show = make_main(parts.cockpit, parts.consoles)

    async def main(page: ft.Page) -> None:
        if lost_session:
            page.session.store.set(LOST_SESSION, True)
        await show(page)

    with acting_as(identity):
        async with (
            open_page(main, route=route) as page,
            asyncio.TaskGroup() as painting,
        ):
            page.connection.after_patch = lambda: painting.create_task(paints(page))
            try:
                yield page
            finally:
                page.connection.after_patch = lambda: None


def shown(page: PageUnderTest) -> list[str]:
    """Return the rows that the page shows, without trailing blanks."""
    rows = []
    for canvas in page.controls(RowCanvas):
        spans = getattr(canvas.content, "spans", ())
        rows.append("".join(span["text"] for span in spans).replace("\u00a0", " ").rstrip())
    return rows


def script_sends(page: PageUnderTest, *frames: bytes) -> None:
    """Send what the key script would."""
    handler = page.connection.data_channel_for(CHANNEL).handler
    assert handler is not None, "nobody listens to the keys"
    for frame in frames:
        handler(frame)


async def paints(page: PageUnderTest) -> None:
    """Tell the server that the newest frame is on the screen, as the probe does."""
    for probe in page.controls(cv.Canvas):
        await page.event(probe, "resize", {"w": probe.width, "h": 1})


async def measures(page: PageUnderTest, *, width: float, height: float) -> None:
    """Tell the server how much room the terminal has."""
    stack = next(s for s in page.controls(ft.Stack) if s.on_size_change is not None)
    await page.event(stack, "size_change", {"w": width, "h": height})
