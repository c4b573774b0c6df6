"""The whole way into a real browser, partly behind a real nginx."""

import asyncio
import signal
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import flet as ft
import pytest
from playwright.async_api import expect

from cockpit_app.host.asgi import web_app
from cockpit_app.host.listeners import Listener
from cockpit_app.host.settings import WebSettings
from tests.browser import Visit
from tests.cockpit_app.host import demo
from tests.cockpit_app.host.nginx import asking_to_sign_in, free_port, nginx, proxying
from tests.cockpit_app.host.serving import eventually, serving, serving_unix
from tests.cockpit_app.host.test_listeners import demo_process

pytestmark = pytest.mark.browser


async def test_the_page_works_asks_nobody_else_and_has_nothing_to_complain_about(
    settings: WebSettings, visit: Visit
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving(Listener(0, app)) as at:
        await visit.page.goto(f"http://{at[0]}/services")
        await visit.sees("route /services", exact=True)
        await visit.press("Add")
        await visit.sees("1", exact=True)
        # Glyphs that no loaded font has make Flutter ask for more fonts.
        await eventually(lambda: any("DejaVuSans.ttf" in url for url in visit.requests))
        assert visit.outside(f"http://{at[0]}/", f"ws://{at[0]}/") == []
        assert visit.refused == []
        assert visit.complaints == []


async def test_behind_nginx_one_process_works_at_any_prefix_with_deep_links_and_reload(
    folder: Path, settings: WebSettings, visit: Visit
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with (
        serving_unix(app, folder) as path,
        nginx(folder, proxying(path), port=free_port()) as front,
    ):
        for prefix in ("", "/stripped/web", "/whole/web"):
            tab = Visit(await visit.page.context.new_page())
            await tab.page.goto(f"{front}{prefix}/services/hero_books")
            await tab.press("Add")
            await tab.sees("1", exact=True)
            await tab.page.reload()
            await tab.sees("route /services/hero_books", exact=True)
            await tab.sees("1", exact=True)
            assert tab.page.url == f"{front}{prefix}/services/hero_books"
            assert tab.outside(f"{front}{prefix}/") == []
            assert tab.refused == []
            assert tab.complaints == []


async def test_the_script_bridge_carries_raw_bytes(settings: WebSettings, visit: Visit) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving(Listener(0, app)) as at:
        await visit.page.goto(f"http://{at[0]}/")
        await visit.sees("0", exact=True)
        back = await visit.page.evaluate(
            """channel => new Promise((done) => {
                heroCockpit.onFrame(channel, (bytes) => done(Array.from(bytes)));
                heroCockpit.send(channel, new Uint8Array([1, 2, 255]));
            })""",
            demo.CHANNEL,
        )
        assert back == [255, 2, 1]


async def test_a_foreign_script_is_not_even_asked_for(settings: WebSettings, visit: Visit) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving(Listener(0, app)) as at:
        await visit.page.goto(f"http://{at[0]}/")
        source = await visit.page.evaluate(
            """() => {
                const script = document.createElement("script");
                script.src = "https://cdn.example/rive.js";
                document.head.append(script);
                return script.src;
            }"""
        )
        assert source == ""


async def test_after_a_cut_the_page_says_so_and_comes_back_with_its_state(
    folder: Path, settings: WebSettings, visit: Visit
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    port = free_port()
    async with serving_unix(app, folder) as path:
        banner = visit.page.locator("#connection")
        async with nginx(folder, proxying(path), port=port) as front:
            await visit.page.goto(f"{front}/stripped/web/")
            await visit.press("Add")
            await visit.sees("1", exact=True)
        await expect(banner).to_contain_text("Connection lost", timeout=20_000)
        await expect(banner.get_by_role("button", name="Try now")).to_be_visible()
        await expect(visit.page.locator("html.out-of-date")).to_have_count(1)
        await visit.sees("1", exact=True, within_ms=1_000)
        async with nginx(folder, proxying(path), port=port):
            await expect(banner).to_have_count(0, timeout=20_000)
            await expect(visit.page.locator("html.out-of-date")).to_have_count(0)
            await visit.press("Add")
            await visit.sees("2", exact=True)


async def test_a_server_that_hangs_is_told_over_a_dimmed_page_until_it_goes_on(
    tmp_path: Path, visit: Visit
) -> None:
    port = free_port()
    async with demo_process(port, tmp_path, life_every_s=0.8) as process:
        await visit.page.goto(f"http://127.0.0.1:{port}/")
        await visit.press("Add")
        await visit.sees("1", exact=True)
        process.send_signal(signal.SIGSTOP)
        try:
            told = visit.page.locator("#connection")
            await expect(told).to_contain_text("No word from the machine for", timeout=10_000)
            await expect(visit.page.locator("html.out-of-date")).to_have_count(1)
            await visit.sees("1", exact=True, within_ms=1_000)
        finally:
            process.send_signal(signal.SIGCONT)
        await expect(told).to_have_count(0, timeout=20_000)
        await visit.press("Add")
        await visit.sees("2", exact=True)


async def test_the_front_vouches_for_a_page_without_a_new_connection(
    settings: WebSettings, visit: Visit
) -> None:
    quick = replace(settings, recheck_s=1.5, life_every_s=0.3)
    app = web_app(demo.main, version="0", settings=quick)
    sockets: list[str] = []
    visit.page.on("websocket", lambda socket: sockets.append(str(socket.url)))
    async with serving(Listener(0, app)) as at:
        await visit.page.goto(f"http://{at[0]}/")
        await visit.press("Add")
        await eventually(lambda: sum("/vouch/" in url for url in visit.requests) >= 3)
        await visit.press("Add")
        await visit.sees("2", exact=True)
        assert len(sockets) == 1
        assert (visit.refused, visit.complaints) == ([], [])


async def test_a_page_too_many_is_told_so_and_comes_in_when_another_leaves(
    settings: WebSettings, visit: Visit
) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, sessions=1, session_ttl_s=0.1))
    async with serving(Listener(0, app)) as at:
        await visit.page.goto(f"http://{at[0]}/")
        await visit.sees("0", exact=True)
        late = Visit(await visit.page.context.new_page())
        await late.page.goto(f"http://{at[0]}/")
        told = late.page.locator("#connection")
        await expect(told).to_contain_text("As many pages are open", timeout=20_000)
        await visit.page.close()
        await late.sees("0", exact=True)
        await expect(told).to_have_count(0)


@pytest.mark.parametrize("as_views", [False, True])
async def test_a_page_of_components_goes_on_after_a_cut(
    folder: Path, settings: WebSettings, as_views: bool, visit: Visit
) -> None:
    @ft.component
    def counting() -> object:
        count, set_count = ft.use_state(0)
        content: list[Any] = [
            ft.Text(str(count)),
            ft.Button("Add", on_click=lambda: set_count(lambda n: n + 1)),
        ]
        return [ft.View(route="/", controls=content)] if as_views else ft.Column(content)

    def main(page: ft.Page) -> None:
        (page.render_views if as_views else page.render)(counting)

    aging = replace(settings, recheck_s=2.5)
    app = web_app(main, version="0", settings=aging)
    async with serving(Listener(0, app)) as at:
        answered: list[str] = []
        visit.page.on(
            "websocket",
            lambda socket: socket.once("framereceived", lambda _: answered.append(socket.url)),
        )
        await visit.page.goto(f"http://{at[0]}/")
        await visit.press("Add")
        await visit.sees("1", exact=True)
        await eventually(lambda: len(answered) == 2)
        await visit.press("Add")
        await visit.sees("2", exact=True)
        assert visit.complaints == []


async def test_an_open_dialog_is_whole_again_after_a_cut(
    folder: Path, settings: WebSettings, visit: Visit
) -> None:
    def main(page: ft.Page) -> None:
        def close() -> None:
            page.pop_dialog()

        page.add(ft.Text("below"))
        page.show_dialog(
            ft.AlertDialog(title="Sure?", actions=[ft.Button("Close", on_click=close)])
        )

    app = web_app(main, version="0", settings=settings)
    port = free_port()
    async with serving_unix(app, folder) as path:
        async with nginx(folder, proxying(path), port=port) as front:
            await visit.page.goto(f"{front}/")
            await visit.sees("Sure?", exact=True)
        async with nginx(folder, proxying(path), port=port):
            await visit.page.wait_for_event("load", timeout=20_000)
            await visit.press("Close")
            await visit.sees("below", exact=True)


async def test_when_the_front_wants_a_sign_in_the_page_makes_way_for_it(
    folder: Path, settings: WebSettings, visit: Visit
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    port = free_port()
    async with serving_unix(app, folder) as path:
        async with nginx(folder, proxying(path), port=port) as front:
            await visit.page.goto(f"{front}/")
            await visit.sees("0", exact=True)
        async with nginx(folder, asking_to_sign_in(), port=port):
            await visit.sees("Please sign in.", exact=True)
            assert visit.page.url == f"{front}/sign-in"


async def test_a_restarted_server_is_found_again(tmp_path: Path, visit: Visit) -> None:
    port = free_port()
    async with demo_process(port, tmp_path):
        await visit.page.goto(f"http://127.0.0.1:{port}/")
        await visit.press("Add")
        await visit.sees("1", exact=True)
    await expect(visit.page.locator("#connection")).to_have_count(1, timeout=20_000)
    async with demo_process(port, tmp_path):
        await visit.sees("0", exact=True)
        await visit.press("Add")
        await visit.sees("1", exact=True)
        await expect(visit.page.locator("#connection")).to_have_count(0)


async def test_sigterm_ends_the_server_within_two_seconds_with_a_browser_attached(
    tmp_path: Path, visit: Visit
) -> None:
    port = free_port()
    async with demo_process(port, tmp_path) as process:
        await visit.page.goto(f"http://127.0.0.1:{port}/")
        await visit.sees("0", exact=True)
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        assert time.monotonic() - began < 2
