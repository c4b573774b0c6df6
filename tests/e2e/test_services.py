"""The Services page in a real browser, through the gateway, on real processes."""

import asyncio
import os
import signal

import pytest
from playwright.async_api import Browser

from tests.browser import Visit, enter, visit
from tests.preview_node import PreviewNode, until

pytestmark = pytest.mark.browser


async def _services(seen: Visit, node: PreviewNode, identity: str, path: str = "") -> None:
    await enter(seen, node, identity)
    await seen.page.goto(f"{node.url}/hero_cockpit/web/services{path}")
    await seen.sees(path.removeprefix("/") or "hero_books")


async def test_the_owner_sees_every_service_of_the_node(
    node: PreviewNode, browser: Browser
) -> None:
    names = {row["name"] for row in node.result("hero_proc", "service.list_full")}
    async with visit(browser, height=2400) as seen:
        await _services(seen, node, "Owner")
        for name in names:
            await seen.sees(name)
        assert seen.outside(f"{node.url}/") == []
        assert seen.complaints == []


async def test_restart_ends_in_running_with_another_process(
    node: PreviewNode, browser: Browser
) -> None:
    before = node.service("hero_books")["pid"]
    async with visit(browser) as seen:
        await _services(seen, node, "Owner", "/hero_books")
        await seen.press("Restart hero_books")
        await seen.sees("Restarting")
        await seen.sees("Running, and all its sockets answer.")
        after = node.service("hero_books")
        assert after["pid"] != before
        assert after["state"] == "running"
        await seen.sees(f"process {after['pid']}")


async def test_a_viewer_is_refused_in_words_by_the_server_too(
    node: PreviewNode, browser: Browser
) -> None:
    before = node.service("hero_books")["pid"]
    async with visit(browser) as seen:
        await _services(seen, node, "Viewer", "/hero_books")
        await seen.press("Restart hero_books")
        await seen.sees("Restart hero_books did not work")
        await seen.sees("needs the right to write, which viewer does not have here")
    cookie = node.sign_in("viewer")
    answer, body = node.http(
        "POST",
        "/hero_cockpit/rpc/rpc",
        headers={"Cookie": cookie, "Content-Type": "application/json", "Origin": node.url},
        body=b'{"jsonrpc":"2.0","id":1,"method":"cockpit.restart_service",'
        b'"params":{"name":"hero_books"}}',
    )
    assert answer.status == 200
    assert b'"kind":"not_allowed"' in body
    assert node.service("hero_books")["pid"] == before


async def test_a_killed_service_is_on_screen_within_5_s(
    node: PreviewNode, browser: Browser
) -> None:
    async with visit(browser) as seen:
        await _services(seen, node, "Owner", "/hero_memory")
        before = node.service("hero_memory")["pid"]
        await seen.sees(f"process {before}")
        os.kill(before, signal.SIGKILL)
        await seen.text(f"process {before}").wait_for(state="detached", timeout=5_000)
        after = until(lambda: _other_pid(node, "hero_memory", before))
        await seen.sees(f"process {after}")
        await seen.sees("Running, and all its sockets answer. It was restarted once")


def _other_pid(node: PreviewNode, name: str, before: int) -> int | None:
    pid: int | None = node.service(name)["pid"]
    return pid if pid not in (None, before) else None


async def test_a_removed_socket_file_shows_as_degraded_within_15_s(
    node: PreviewNode, browser: Browser
) -> None:
    async with visit(browser) as seen:
        await _services(seen, node, "Owner", "/hero_collab")
        await seen.sees("Running, and all its sockets answer.")
        node.socket("hero_collab/web.sock").unlink()
        await seen.sees("Not answering", within_ms=15_000)
        await seen.sees("web socket")
        await seen.press("Restart hero_collab")
        await seen.sees("Running, and all its sockets answer.")
    assert node.socket("hero_collab/web.sock").is_socket()


async def test_stop_and_start_keep_the_row_true(node: PreviewNode, browser: Browser) -> None:
    async with visit(browser) as seen:
        await _services(seen, node, "Owner", "/hero_slides")
        await seen.press("Stop hero_slides")
        await seen.sees("Stopped, as asked.")
        assert node.service("hero_slides")["state"] == "inactive"
        await seen.press("Start hero_slides")
        await seen.sees("Running, and all its sockets answer.")
        assert node.service("hero_slides")["state"] == "running"


async def test_several_services_are_stopped_and_started_together(
    node: PreviewNode, browser: Browser
) -> None:
    both = ("hero_biz", "hero_osis")
    async with visit(browser, height=2400) as seen:
        await _services(seen, node, "Owner")
        for count, name in enumerate(both, start=1):
            await _select(seen, name, count)
        await seen.press("Stop 2 services")
        for count, name in enumerate(both, start=1):
            await seen.button(f"Start {name}").wait_for(state="attached")
            await _select(seen, name, count)
        await seen.press("Start 2 services")
        for name in both:
            await seen.button(f"Stop {name}").wait_for(state="attached")
    until(lambda: {node.service(name)["state"] for name in both} == {"running"})


async def _select(seen: Visit, name: str, count: int) -> None:
    await seen.page.get_by_role("checkbox", name=f"Select {name}").dispatch_event("click")
    await seen.sees(f"{count} selected")


async def test_the_filter_leaves_what_fits_and_says_when_nothing_does(
    node: PreviewNode, browser: Browser
) -> None:
    async with visit(browser) as seen:
        await _services(seen, node, "Owner")
        await seen.type("Filter services", "whiteboard")
        await seen.button("Restart hero_books").wait_for(state="detached")
        await seen.sees("hero_whiteboard_web")
        await seen.type("Filter services", "no such thing")
        await seen.sees("No service fits")
        await seen.press("Show all services")
        await seen.sees("hero_books")


@pytest.mark.parametrize("path", ["/hero_books", "/hero_db"])
async def test_a_deep_link_opens_the_service_and_survives_a_reload(
    node: PreviewNode, browser: Browser, path: str
) -> None:
    name = path.removeprefix("/")
    async with visit(browser) as seen:
        await enter(seen, node, "Owner")
        await seen.page.goto(f"{node.url}/hero_cockpit/web/services{path}")
        await seen.sees(f"{name}/rpc.sock")
        await seen.page.reload()
        await seen.sees(f"{name}/rpc.sock")
        assert seen.page.url.endswith(f"/services{path}")


async def test_on_a_phone_the_navigation_is_a_bar_and_everything_is_there(
    node: PreviewNode, browser: Browser
) -> None:
    async with visit(browser, width=390, height=844, scheme="dark") as seen:
        await _services(seen, node, "Owner", "/hero_books")
        await seen.button("Restart hero_books").wait_for(state="attached")
        tabs = seen.page.get_by_role("tab")
        assert await tabs.count() == 3
        box = await tabs.first.bounding_box()
        assert box is not None
        assert box["y"] > 700


async def test_the_chosen_look_is_remembered_by_the_browser(
    node: PreviewNode, browser: Browser
) -> None:
    async with visit(browser) as seen:
        await _services(seen, node, "Owner")
        await seen.button("You: owner").dispatch_event("click")
        await seen.page.get_by_role("menuitem", name="Dark").dispatch_event("click")
        await _until_stored(seen, "flutter.hero_cockpit.look", '"dark"')
        await seen.page.evaluate("sessionStorage.clear()")
        await seen.page.reload()
        await seen.sees("hero_books")
        await _until_stored(seen, "flutter.hero_cockpit.look", '"dark"')


async def _until_stored(seen: Visit, key: str, value: str) -> None:
    async with asyncio.timeout(10):
        while await seen.page.evaluate("key => localStorage.getItem(key)", key) != value:
            await asyncio.sleep(0.05)


async def test_another_identity_is_chosen_from_the_menu(
    node: PreviewNode, browser: Browser
) -> None:
    async with visit(browser) as seen:
        await _services(seen, node, "Owner")
        await seen.button("You: owner").dispatch_event("click")
        item = seen.page.get_by_role("menuitem", name="Sign in as somebody else")
        await item.dispatch_event("click")
        await seen.page.get_by_role("button", name="Viewer").click()
        await seen.button("You: viewer").wait_for(state="attached")
        assert seen.page.url.startswith(f"{node.url}/hero_cockpit/web/")
