import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.apps.catalog import CATALOG, find_app
from services.apps.releases import KEPT_S, SILENCE_S, Release, Releases, read_release
from services.wire.node import LocalNode
from services.wire.outside import Outside
from tests.services.clocks import HandClock
from tests.services.daemons import HttpServer, Request, eventually, http, serving

BOOKS, DB = find_app("hero_books"), find_app("hero_db")
FORGE = "unix:forge.sock:"
PLACE = "/api/v1/repos/lhumina_code/hero_books/releases"


@asynccontextmanager
async def forge(
    sockets: Path, pages: Mapping[str, object]
) -> AsyncIterator[tuple[HttpServer, Releases, HandClock]]:
    async def answer(request: Request) -> bytes:
        page = pages.get(request.target)
        return http("{}", 404) if page is None else http(json.dumps(page))

    server = HttpServer(sockets / "forge.sock", answer)
    await server.start()
    clock = HandClock()
    try:
        outside = Outside(LocalNode(), sockets)
        yield server, Releases(outside, clock, forge=FORGE), clock
    finally:
        await server.stop()


async def test_the_release_of_the_channel_is_asked_for_and_kept(sockets: Path) -> None:
    pages = {f"{PLACE}/tags/latest": {"tag_name": "latest", "name": "v0.5.0", "body": "New."}}
    async with forge(sockets, pages) as (server, releases, clock):
        for _ in range(2):
            found = await releases.newest([(BOOKS, "")])
            assert found == {"hero_books": Release("0.5.0", "New.")}
        assert len(server.requests) == 1
        clock.advance(KEPT_S + 1)
        await releases.newest([(BOOKS, "")])
        assert len(server.requests) == 2


async def test_without_that_tag_the_forges_own_latest_counts(sockets: Path) -> None:
    pages = {f"{PLACE}/latest": {"tag_name": "v0.6.1", "name": "Sixth", "body": ""}}
    async with forge(sockets, pages) as (_, releases, _):
        assert await releases.newest([(BOOKS, "latest")]) == {"hero_books": Release("0.6.1")}


async def test_another_channel_is_asked_by_its_tag_only(sockets: Path) -> None:
    pages = {f"{PLACE}/latest": {"tag_name": "v0.6.1"}}
    async with forge(sockets, pages) as (server, releases, _):
        assert await releases.newest([(BOOKS, "latest-dev")]) == {}
        assert [request.target for request in server.requests] == [f"{PLACE}/tags/latest-dev"]


async def test_a_channel_from_a_strange_receipt_makes_no_path(sockets: Path) -> None:
    async with forge(sockets, {}) as (server, releases, _):
        await releases.newest([(BOOKS, "../../x?y")])
        assert server.requests[0].target == f"{PLACE}/tags/latest"


async def test_an_absent_forge_is_no_error_and_is_left_alone_for_a_while(sockets: Path) -> None:
    pages = {f"{PLACE}/tags/latest": {"tag_name": "v0.5.0"}}
    async with forge(sockets, pages) as (server, releases, clock):
        await server.stop()
        assert await releases.newest([(BOOKS, ""), (DB, "")]) == {}
        assert releases.trouble
        assert not await releases.answers()
        (sockets / "forge.sock").unlink()
        await server.start()
        assert await releases.newest([(BOOKS, "")]) == {}
        clock.advance(SILENCE_S + 1)
        assert await releases.newest([(BOOKS, "")]) == {"hero_books": Release("0.5.0")}
        assert releases.trouble == ""


async def test_many_who_ask_at_once_share_one_request_for_each_app(
    sockets: Path,
) -> None:
    pages = {
        f"/api/v1/repos/lhumina_code/{app.name}/releases/tags/latest": {"tag_name": "v0.5.0"}
        for app in CATALOG
    }
    wish = [(app, "") for app in CATALOG]
    async with forge(sockets, pages) as (server, releases, _):
        found = await asyncio.gather(*(releases.newest(wish) for _ in range(50)))
        assert sorted(request.target for request in server.requests) == sorted(pages)
    assert [len(one) for one in found] == [len(CATALOG)] * 50


async def test_however_many_ask_the_forge_has_six_requests_at_a_time(sockets: Path) -> None:
    six, busy, most = asyncio.Event(), 0, 0

    async def answer(request: Request) -> bytes:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        if busy == 6:
            six.set()
        await six.wait()
        for _ in range(100):  # turns of the loop in which a seventh could come
            await asyncio.sleep(0)
        busy -= 1
        return http('{"tag_name": "v0.5.0"}')

    async with serving(sockets / "forge.sock", answer):
        releases = Releases(Outside(LocalNode(), sockets), HandClock(), forge=FORGE)
        await asyncio.gather(
            *(releases.newest([(app, c) for app in CATALOG]) for c in ("latest", "latest-dev", "x"))
        )
    assert most == 6


async def test_one_who_leaves_takes_the_answer_from_nobody(sockets: Path) -> None:
    pages = {f"{PLACE}/tags/latest": {"tag_name": "v0.5.0"}}
    async with forge(sockets, pages) as (server, releases, _):
        first = asyncio.create_task(releases.newest([(BOOKS, "")]))
        second = asyncio.create_task(releases.newest([(BOOKS, "")]))
        await eventually(lambda: bool(server.connections))
        first.cancel()
        assert await second == {"hero_books": Release("0.5.0")}


async def test_what_was_known_is_kept_while_the_forge_is_away(sockets: Path) -> None:
    pages = {f"{PLACE}/tags/latest": {"tag_name": "v0.5.0"}}
    async with forge(sockets, pages) as (server, releases, clock):
        await releases.newest([(BOOKS, "")])
        await server.stop()
        clock.advance(KEPT_S + 1)
        assert await releases.newest([(BOOKS, "")]) == {"hero_books": Release("0.5.0")}


@pytest.mark.parametrize("value", [None, [], 7, {}, {"tag_name": 7}, {"tag_name": "latest"}])
def test_what_names_no_version_is_no_release(value: object) -> None:
    assert read_release(value) is None


values = st.recursive(
    st.none() | st.integers() | st.text(), lambda inner: st.lists(inner, max_size=3), max_leaves=5
)


@given(st.dictionaries(st.sampled_from(["tag_name", "name", "body"]), values))
def test_any_answer_is_a_release_or_none(value: dict[str, object]) -> None:
    release = read_release(value)
    assert release is None or release.version
