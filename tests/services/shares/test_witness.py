from pathlib import Path

import pytest

from services.clock import SystemClock
from services.contract.share import Audience
from services.shares.witness import Seen, Stranger, is_leak, judge_closed, judge_open
from services.text.visible_text import VisibleText
from services.wire.node import LocalNode
from services.wire.outside import Outside
from tests.services.daemons import Request, http, serving
from tests.services.fronts import TcpServer

PAGE = Seen(200, VisibleText("Books", "All books"))
OTHER = Seen(200, VisibleText("Portal", "Welcome"))
SIGN_IN = Seen(200, VisibleText("Door", "Please sign in", asks_to_sign_in=True))
OWN_SIGN_IN = Seen(200, VisibleText("Books", "Log in to Books", asks_to_sign_in=True))
AWAY = Seen(302, leads_to="id.example.org")
TURNED_AWAY = Seen(401, VisibleText("Door"))
NOWHERE = Seen(404)
DOWN = Seen(502)
GONE = Seen(nobody_there=True, problem="lab does not take connections. Try again later.")
DARK = Seen(problem="The name lab cannot be looked up.")


@pytest.mark.parametrize(
    ("seen", "good"),
    [
        (PAGE, True),
        (OWN_SIGN_IN, True),
        (AWAY, False),
        (TURNED_AWAY, False),
        (NOWHERE, False),
        (DOWN, False),
        (GONE, False),
        (DARK, False),
    ],
)
def test_what_is_for_everybody_shows_a_page(seen: Seen, good: bool) -> None:
    judged, sentence = judge_open(seen, Audience.PUBLIC, Seen())
    assert judged is good
    assert sentence.endswith((".", "!"))


@pytest.mark.parametrize("audience", [Audience.SIGNED_IN, Audience.PEOPLE])
@pytest.mark.parametrize(
    ("seen", "good", "leak"),
    [
        (PAGE, False, True),
        (OTHER, False, True),
        (OWN_SIGN_IN, False, True),
        (SIGN_IN, True, False),
        (AWAY, True, False),
        (TURNED_AWAY, True, False),
        (NOWHERE, False, False),
        (DOWN, False, False),
        (DARK, False, False),
    ],
)
def test_what_is_for_some_shows_a_stranger_the_door_and_nothing_of_the_service(
    seen: Seen, audience: Audience, good: bool, leak: bool
) -> None:
    behind = OWN_SIGN_IN if seen is OWN_SIGN_IN else PAGE
    assert judge_open(seen, audience, behind)[0] is good
    assert is_leak(seen, audience, behind) is leak


@pytest.mark.parametrize(
    ("seen", "kept_out"),
    [
        (PAGE, False),
        (SIGN_IN, False),
        (OTHER, True),
        (AWAY, True),
        (TURNED_AWAY, True),
        (NOWHERE, True),
        (GONE, True),
        (DOWN, None),
        (DARK, None),
    ],
)
def test_closed_is_what_keeps_a_stranger_out_and_not_what_cannot_be_looked_at(
    seen: Seen, kept_out: bool | None
) -> None:
    assert judge_closed(seen, OTHER)[0] is kept_out


@pytest.fixture
def stranger(sockets: Path) -> Stranger:
    node = LocalNode()
    return Stranger(Outside(node, sockets), node, SystemClock())


def _redirect(location: str) -> bytes:
    return http(b"", 302).replace(b"\r\n\r\n", f"\r\nLocation: {location}\r\n\r\n".encode())


async def test_a_stranger_goes_by_name_without_cookies_and_follows_only_on_the_same_host(
    sockets: Path, stranger: Stranger
) -> None:
    replies = {
        "/": _redirect("app/?a=1"),
        "/app/?a=1": http("<title>Books</title>Read", kind="text/html"),
        "/away": _redirect("//evil.localhost:{port}/steal"),
        "/port": _redirect("http://mik.localhost:1/"),
        "/odd": _redirect("http://[nowhere"),
        "/round": _redirect("/round"),
    }

    async def handler(request: Request) -> bytes:
        port = str(server.port).encode()
        return replies[request.target].replace(b"{port}", port)

    server = TcpServer(sockets, handler)
    await server.start()
    base = f"http://mik.localhost:{server.port}"
    seen = await stranger.look(f"{base}/")
    assert (seen.status, seen.page.title, seen.page.text) == (200, "Books", "Read")
    assert server.requests[0].headers["host"] == f"mik.localhost:{server.port}"
    assert all("cookie" not in request.headers for request in server.requests)
    away = await stranger.look(f"{base}/away")
    assert (away.status, away.leads_to) == (302, f"evil.localhost:{server.port}")
    assert (await stranger.look(f"{base}/port")).leads_to == "mik.localhost:1"
    assert (await stranger.look(f"{base}/odd")).leads_to == "nowhere"
    assert "circle" in (await stranger.look(f"{base}/round")).problem
    assert not any(request.target == "/steal" for request in server.requests)
    await server.stop()
    assert (await stranger.look(f"{base}/")).nobody_there


async def test_what_hangs_is_not_taken_for_closed(sockets: Path, stranger: Stranger) -> None:
    async def handler(request: Request) -> bytes:
        return http("x" * (2 << 20), kind="text/html")

    server = TcpServer(sockets, handler)
    await server.start()
    seen = await stranger.look(f"http://mik.localhost:{server.port}/")
    assert not seen.nobody_there
    assert "1 MiB" in seen.problem
    await server.stop()


async def test_what_is_behind_is_seen_on_the_socket(sockets: Path, stranger: Stranger) -> None:
    async def handler(request: Request) -> bytes:
        return http("<title>Books</title>", kind="text/html")

    async with serving(sockets / "web.sock", handler):
        assert (await stranger.behind(sockets / "web.sock")).page.title == "Books"
    assert (await stranger.behind(sockets / "web.sock")).problem
