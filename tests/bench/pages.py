"""What a page weighs in real Chromium through the gateway: cold, and again from the cache."""

import asyncio
import time

from playwright.async_api import CDPSession

from tests.bench.figures import Figure
from tests.browser import Visit, chromium, visit
from tests.preview_node import PreviewNode


def figures(node: PreviewNode) -> list[Figure]:
    """Measure bytes, requests and the time until the services are on screen."""
    return asyncio.run(_measure(node))


async def _measure(node: PreviewNode) -> list[Figure]:
    async with chromium() as browser, visit(browser) as seen:
        await seen.page.goto(f"{node.url}/enter?ticket={node.new_ticket()}")
        client = await seen.page.context.new_cdp_session(seen.page)
        await client.send("Network.enable")
        cold = await _load(seen, client, node, "cold")
        warm = await _load(seen, client, node, "warm")
    return [*cold, *warm]


async def _load(seen: Visit, client: CDPSession, node: PreviewNode, name: str) -> list[Figure]:
    received = {"bytes": 0, "requests": 0}

    def finished(event: dict[str, float]) -> None:
        received["bytes"] += int(event["encodedDataLength"])
        received["requests"] += 1

    client.on("Network.loadingFinished", finished)
    start = time.perf_counter()
    if name == "cold":
        await seen.page.get_by_role("button", name="Owner").click()
    else:
        await seen.page.goto(f"{node.url}/hero_cockpit/web/")
    await seen.sees("Apps")
    until_shown = time.perf_counter() - start
    await seen.page.wait_for_load_state("networkidle")
    client.remove_listener("Network.loadingFinished", finished)
    return [
        Figure(f"page weight, {name}", received["bytes"], "bytes"),
        Figure(f"requests, {name}", received["requests"], ""),
        Figure(f"until Home is on screen, {name}", until_shown * 1000, "ms"),
    ]
