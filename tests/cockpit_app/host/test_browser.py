"""The whole way into a real browser, partly behind a real nginx."""

import asyncio
import signal
import time
from pathlib import Path

import pytest
from playwright.async_api import expect

from cockpit_app.host.asgi import web_app
from cockpit_app.host.listeners import Listener
from cockpit_app.host.settings import WebSettings
from tests.cockpit_app.host import demo
from tests.cockpit_app.host.browser import asking_to_sign_in, free_port, nginx, proxying, visiting
from tests.cockpit_app.host.serving import eventually, serving, serving_unix
from tests.cockpit_app.host.test_listeners import demo_process

pytestmark = pytest.mark.browser


async def test_the_page_works_asks_nobody_else_and_has_nothing_to_complain_about(
    settings: WebSettings,
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving(Listener(0, app)) as at, visiting() as visit:
        await visit.page.goto(f"http://{at[0]}/services")
        await visit.sees("route /services")
        await visit.button("Add")
        await visit.sees("1")
        # Glyphs that no loaded font has make Flutter ask for more fonts.
        await eventually(lambda: any("DejaVuSans.ttf" in url for url in visit.requests))
        assert visit.outside(f"http://{at[0]}/", f"ws://{at[0]}/") == []
        assert visit.refused == []
        assert visit.complaints == []


@pytest.mark.parametrize("prefix", ["", "/stripped/web", "/whole/web"])
async def test_behind_nginx_the_page_works_at_any_prefix_with_deep_links_and_reload(
    folder: Path, settings: WebSettings, prefix: str
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with (
        serving_unix(app, folder) as path,
        nginx(folder, proxying(path), port=free_port()) as front,
        visiting() as visit,
    ):
        await visit.page.goto(f"{front}{prefix}/services/hero_books")
        await visit.sees("route /services/hero_books")
        await visit.button("Add")
        await visit.sees("1")
        await visit.page.reload()
        await visit.sees("1")
        assert visit.page.url == f"{front}{prefix}/services/hero_books"
        assert visit.outside(f"{front}{prefix}/") == []
        assert visit.refused == []
        assert visit.complaints == []


async def test_the_script_bridge_carries_raw_bytes(settings: WebSettings) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving(Listener(0, app)) as at, visiting() as visit:
        await visit.page.goto(f"http://{at[0]}/")
        await visit.sees("0")
        back = await visit.page.evaluate(
            """channel => new Promise((done) => {
                heroCockpit.onFrame(channel, (bytes) => done(Array.from(bytes)));
                heroCockpit.send(channel, new Uint8Array([1, 2, 255]));
            })""",
            demo.CHANNEL,
        )
        assert back == [255, 2, 1]


async def test_a_foreign_script_is_not_even_asked_for(settings: WebSettings) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving(Listener(0, app)) as at, visiting() as visit:
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
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    port = free_port()
    async with serving_unix(app, folder) as path, visiting() as visit:
        banner = visit.page.locator("#connection")
        async with nginx(folder, proxying(path), port=port) as front:
            await visit.page.goto(f"{front}/stripped/web/")
            await visit.button("Add")
            await visit.sees("1")
        await expect(banner).to_contain_text("Connection lost", timeout=20_000)
        async with nginx(folder, proxying(path), port=port):
            await expect(banner).to_have_count(0, timeout=20_000)
            await visit.button("Add")
            await visit.sees("2")


async def test_when_the_front_wants_a_sign_in_the_page_makes_way_for_it(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    port = free_port()
    async with serving_unix(app, folder) as path, visiting() as visit:
        async with nginx(folder, proxying(path), port=port) as front:
            await visit.page.goto(f"{front}/")
            await visit.sees("0")
        async with nginx(folder, asking_to_sign_in(), port=port):
            await visit.sees("Please sign in.")
            assert visit.page.url == f"{front}/sign-in"


async def test_a_restarted_server_is_found_again(tmp_path: Path) -> None:
    port = free_port()
    async with visiting() as visit:
        async with demo_process(port, tmp_path):
            await visit.page.goto(f"http://127.0.0.1:{port}/")
            await visit.button("Add")
            await visit.sees("1")
        await expect(visit.page.locator("#connection")).to_have_count(1, timeout=20_000)
        async with demo_process(port, tmp_path):
            await visit.page.get_by_role("button", name="Try now").click()
            await visit.sees("0")
            await expect(visit.page.locator("#connection")).to_have_count(0)


async def test_sigterm_ends_the_server_within_two_seconds_with_a_browser_attached(
    tmp_path: Path,
) -> None:
    port = free_port()
    async with visiting() as visit, demo_process(port, tmp_path) as process:
        await visit.page.goto(f"http://127.0.0.1:{port}/")
        await visit.sees("0")
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        assert time.monotonic() - began < 2
