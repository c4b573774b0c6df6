"""Shares on a whole preview: its supervisor, its services, its gateway with sign-in."""

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest

from services.clock import SystemClock
from services.contract.share import Audience, ShareState
from services.errors import NotAllowed
from services.hero.proc import ProcClient
from services.shares.keeper import ShareKeeper
from services.shares.shares import Shares
from services.state.store import Store
from services.wire.node import LocalNode
from tests.preview_node import PreviewNode, short_folder
from tests.services.daemons import eventually
from tests.services.sharing import asked, shares_of


@asynccontextmanager
async def cockpit(node: PreviewNode, folder: Path, *, closes: bool = True) -> AsyncIterator[Shares]:
    """Run what a cockpit of that node has of shares; its database is in `folder`."""
    sockets = node.home / "var" / "sockets"
    clock = SystemClock()
    proc = ProcClient.at(LocalNode(), sockets)
    store = Store(proc, LocalNode(), sockets=sockets)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(proc.close)
        stack.push_async_callback(store.close)
        shares, _ = await stack.enter_async_context(
            shares_of(
                store,
                sockets,
                database=folder / "cockpit.db",
                domain=f"localhost:{node.port}",
                clock=clock,
            )
        )
        if closes:
            keeper = ShareKeeper(shares, clock)
            await keeper.start()
            stack.push_async_callback(keeper.close)
        yield shares


@pytest.fixture
async def shares(node: PreviewNode) -> AsyncIterator[Shares]:
    with short_folder() as folder:
        async with cockpit(node, folder) as running:
            yield running
            await running.close_all()


async def _visit(node: PreviewNode, name: str, cookie: str = "") -> tuple[int, str]:
    headers = {"Cookie": cookie} if cookie else {}
    answer, body = await asyncio.to_thread(node.http, "GET", "/", headers=headers, host=name)
    return answer.status, body.decode()


async def test_a_public_share_is_seen_by_a_stranger_and_ends_for_all(
    node: PreviewNode, shares: Shares
) -> None:
    share = await shares.open(asked("hero_books", "mik"))
    assert share.state is ShareState.OPEN, share.sentence
    assert share.witness is not None
    assert share.witness.title == "Books"
    status, page = await _visit(node, "mik.localhost")
    assert status == 200
    assert "<h1>Books</h1>" in page
    cookie = await asyncio.to_thread(node.sign_in, "owner", host="mik.localhost")

    began = time.monotonic()
    closed = await shares.close("mik")
    assert closed.state is ShareState.CLOSED, closed.sentence
    for browser in ("", cookie):
        status, page = await _visit(node, "mik.localhost", browser)
        assert status in (401, 404)
        assert "Books" not in page
    assert time.monotonic() - began < 2.0


async def test_a_share_for_named_people_lets_them_in_and_nobody_else(
    node: PreviewNode, shares: Shares
) -> None:
    people = {"named": ("viewer",), "mailed": ("viewer@preview.localhost",), "other": ("ann",)}
    for name, allowed in people.items():
        share = await shares.open(
            asked("hero_books", name, audience=Audience.PEOPLE, people=allowed)
        )
        assert share.state is ShareState.OPEN, share.sentence
        host = f"{name}.localhost"
        status, page = await _visit(node, host)
        assert status == 401
        assert "<h1>Books</h1>" not in page
        cookie = await asyncio.to_thread(node.sign_in, "viewer", host=host)
        status, _ = await _visit(node, host, cookie)
        assert status == (403 if name == "other" else 200)


async def test_a_share_for_the_signed_in_sends_a_guest_away(
    node: PreviewNode, shares: Shares
) -> None:
    share = await shares.open(asked("hero_books", "sig", audience=Audience.SIGNED_IN))
    assert share.state is ShareState.OPEN, share.sentence
    guest = await asyncio.to_thread(node.sign_in, "guest", host="sig.localhost")
    assert (await _visit(node, "sig.localhost", guest))[0] == 401
    viewer = await asyncio.to_thread(node.sign_in, "viewer", host="sig.localhost")
    assert (await _visit(node, "sig.localhost", viewer))[0] == 200


async def test_revoking_cuts_open_connections_within_five_seconds(
    node: PreviewNode, shares: Shares
) -> None:
    await shares.open(asked("hero_books", "cut"))
    host = f"Host: cut.localhost:{node.port}\r\n"
    idle = f"GET /health HTTP/1.1\r\n{host}\r\n"
    streaming = f"POST /upload HTTP/1.1\r\n{host}Content-Length: 100000\r\n\r\nfirst bytes"
    connections = [
        await asyncio.open_connection("127.0.0.1", node.port, family=socket.AF_INET)
        for _ in range(2)
    ]
    for (_, writer), sent in zip(connections, (idle, streaming), strict=True):
        writer.write(sent.encode())
        await writer.drain()
    await connections[0][0].readuntil(b"}")
    await shares.close("cut")
    async with asyncio.timeout(5):
        for reader, writer in connections:
            try:
                assert await reader.read() == b""
            except ConnectionResetError:
                pass
            finally:
                writer.close()


async def test_a_share_ends_by_itself_though_the_cockpit_was_restarted(node: PreviewNode) -> None:
    with short_folder() as folder:
        async with cockpit(node, folder) as shares:
            opened = await shares.open(asked("hero_books", "brief", expires_in_s=2))
        assert (await _visit(node, "brief.localhost"))[0] == 200
        async with cockpit(node, folder) as shares:
            (listed,) = (await shares.list()).shares
            assert listed.expires_at == opened.expires_at

            async def closed() -> bool:
                try:
                    return (await _visit(node, "brief.localhost"))[0] in (401, 404)
                except ConnectionError:  # cut while it was being looked at
                    return False

            await eventually(closed)
            assert opened.expires_at is not None
            assert SystemClock().now() >= opened.expires_at


async def test_what_fell_due_while_no_cockpit_ran_ends_at_its_start(node: PreviewNode) -> None:
    with short_folder() as folder:
        async with cockpit(node, folder, closes=False) as shares:
            await shares.open(asked("hero_books", "late", expires_in_s=0))
        assert (await _visit(node, "late.localhost"))[0] == 200
        async with cockpit(node, folder) as shares:

            async def none_left() -> bool:
                return not (await shares.list()).shares

            await eventually(none_left)
        assert (await _visit(node, "late.localhost"))[0] in (401, 404)


async def test_the_dangerous_is_never_shared(node: PreviewNode, shares: Shares) -> None:
    for service in ("hero_cockpit", "hero_proxy", "hero_router", "hero_compute", "hero_proc"):
        with pytest.raises(NotAllowed, match="never shared"):
            await shares.open(asked(service, "oops"))
    assert (await shares.list()).shares == ()
