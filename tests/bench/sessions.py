"""What browser sessions cost the server: time from an event to its patch, and memory."""

import asyncio
import time
from functools import partial

import psutil

from tests.bench.figures import Figure, ratio, spread
from tests.flet_wire import FletWire
from tests.preview_node import PreviewNode

SESSIONS = 50
EVENTS = 60
OWNER = {"X-Hero-User": "owner", "X-Hero-Context": "1", "X-Hero-Claims": "groups.admin"}


def figures(node: PreviewNode) -> list[Figure]:
    """Measure with one session and with fifty, over the socket that the gateway uses."""
    return asyncio.run(_measure(node))


async def _measure(node: PreviewNode) -> list[Figure]:
    cockpit = psutil.Process(node.service("hero_cockpit")["pid"])
    active = await _open(node)
    alone = spread("event to patch, 1 session", await _events(active))
    before = cockpit.memory_info().rss
    others = [await _open(node) for _ in range(SESSIONS - 1)]
    after = cockpit.memory_info().rss
    among = spread(f"event to patch, {SESSIONS} sessions open, one typing", await _events(active))
    started = time.perf_counter()
    await asyncio.gather(*(_events(wire, count=1) for wire in [active, *others]))
    all_at_once = time.perf_counter() - started
    for wire in [active, *others]:
        await wire.close()
    return [
        *alone,
        *among,
        ratio("  among 50 / alone", among[0], alone[0]),
        Figure(
            f"{SESSIONS} sessions typing at the same moment, all answered", all_at_once * 1e3, "ms"
        ),
        Figure("resident memory with 1 session", before / 1e6, "MB"),
        Figure(
            "resident memory per further session", (after - before) / (SESSIONS - 1) / 1e3, "kB"
        ),
    ]


async def _open(node: PreviewNode) -> FletWire:
    wire = await FletWire.connect(node.socket("hero_cockpit/web.sock"), headers=OWNER)
    await wire.register("/services")
    await wire.find("TextField")
    return wire


async def _events(wire: FletWire, count: int = EVENTS) -> list[float]:
    """Type into the filter so that the list changes each time; return the times in seconds."""
    field = await wire.find("TextField")
    times = []
    for number in range(count):
        words = "whiteboard" if number % 2 == 0 else "hero_b"
        seen = len(wire.messages)
        start = time.perf_counter()
        await wire.set(field, value=words)
        await wire.event(field, "change", words)
        await wire.until(partial(_listed, wire, words, seen))
        times.append(time.perf_counter() - start)
    return times


def _listed(wire: FletWire, words: str, seen: int) -> bool:
    return len(wire.messages) > seen and all(words in name for name in _names(wire))


def _names(wire: FletWire) -> list[str]:
    rows = [row for row in wire.controls("Container") if row.get("key", "").startswith("hero_")]
    return [row["key"] for row in rows if row.get("visible", True)]
