"""What the edge lets through, and what it says about it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from websockets.exceptions import InvalidStatus

from cockpit_app.host.asgi import web_app
from cockpit_app.host.settings import Face, Front, WebSettings
from cockpit_app.wiring import LOOPBACK_NAMES
from tests.cockpit_app.host import demo
from tests.cockpit_app.host.serving import OWNER, VIEWER, serving_unix
from tests.flet_wire import FletWire


@asynccontextmanager
async def browsing(
    folder: Path, settings: WebSettings, *, front: Front = "proxy", socket: Face = "web"
) -> AsyncIterator[httpx.AsyncClient]:
    app = web_app(demo.main, version="9.9", front=front, socket=socket, settings=settings)
    async with serving_unix(app, folder) as path:
        transport = httpx.AsyncHTTPTransport(uds=str(path))
        async with httpx.AsyncClient(transport=transport, base_url="http://cockpit.test") as client:
            yield client


def base_of(page: httpx.Response) -> str:
    return page.text.partition('<base href="')[2].partition('"')[0]


@pytest.mark.parametrize(
    ("said", "base"),
    [
        ("/hero_cockpit/web", "/hero_cockpit/web/"),
        ("/hero_cockpit/web/", "/hero_cockpit/web/"),
        ("/a", "/a/"),
        ("/", "/"),
        ("", "/"),
        ("hero", "/"),
        ("//evil.example", "/"),
        ("/a//b", "/"),
        ("/../x", "/"),
        ("/a/../b", "/"),
        ("/.hidden", "/"),
        ('/"><script>', "/"),
        ("/a b", "/"),
        ("http://evil.example/", "/"),
        ("/a?b", "/"),
        ("/" + "a" * 65, "/"),
    ],
)
async def test_the_prefix_of_a_believed_front_is_taken_when_it_has_the_shape_of_one(
    folder: Path, settings: WebSettings, said: str, base: str
) -> None:
    async with browsing(folder, settings) as client:
        assert base_of(await client.get("/", headers={"X-Forwarded-Prefix": said})) == base


@pytest.mark.parametrize("path", ["/jobs/7", "/hero_cockpit/web/jobs/7", "/hero_cockpit/web", "/"])
async def test_the_prefix_may_be_stripped_or_not(
    folder: Path, settings: WebSettings, path: str
) -> None:
    headers = {"X-Forwarded-Prefix": "/hero_cockpit/web"}
    async with browsing(folder, settings) as client:
        page = await client.get(path, headers=headers)
        assert (page.status_code, base_of(page)) == (200, "/hero_cockpit/web/")
        for start in ("", "/hero_cockpit/web"):
            health = await client.get(f"{start}/health", headers=headers)
            assert health.json()["service"] == "hero_cockpit"


async def test_a_prefix_that_came_twice_or_from_an_unbelieved_front_is_not_taken(
    folder: Path, settings: WebSettings
) -> None:
    twice = [("X-Forwarded-Prefix", "/a"), ("X-Forwarded-Prefix", "/b")]
    async with browsing(folder, settings) as client:
        assert base_of(await client.get("/", headers=twice)) == "/"
    async with browsing(folder, settings, front="none") as client:
        assert base_of(await client.get("/", headers={"X-Forwarded-Prefix": "/a"})) == "/"


async def test_the_prefix_of_the_settings_is_used_when_the_front_says_none(
    folder: Path, settings: WebSettings
) -> None:
    settings = replace(settings, prefix="/cockpit/")
    async with browsing(folder, settings, front="none") as client:
        assert base_of(await client.get("/cockpit/jobs")) == "/cockpit/"
        assert (await client.get("/cockpit/health")).json()["status"] == "ok"


async def test_every_answer_has_its_security_headers(folder: Path, settings: WebSettings) -> None:
    settings = replace(settings, embedders=("https://shell.example",))
    async with browsing(folder, settings) as client:
        for path in ("/", "/health", "/bridge.js", "/no.such", "/rpc"):
            headers = (await client.get(path)).headers
            policy = headers["content-security-policy"]
            assert "default-src 'self'" in policy
            assert "frame-ancestors 'self' https://shell.example" in policy
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["referrer-policy"] == "no-referrer"
            assert "camera=()" in headers["permissions-policy"]
            assert "server" not in headers
        assert "content-security-policy" in (await client.post("/")).headers


async def test_the_one_inline_script_has_a_nonce_that_never_comes_again(
    folder: Path, settings: WebSettings
) -> None:
    nonces = set()
    async with browsing(folder, settings) as client:
        for _ in range(3):
            page = await client.get("/")
            nonce = page.text.partition('<script nonce="')[2].partition('"')[0]
            assert f"'nonce-{nonce}'" in page.headers["content-security-policy"]
            assert page.text.count("<script>") == 0
            nonces.add(nonce)
    assert len(nonces) == 3


@pytest.mark.parametrize(
    ("origin", "extra", "front"),
    [
        (None, {}, "proxy"),
        ("null", {}, "proxy"),
        ("http://evil.example", {}, "proxy"),
        ("http://cockpit.test.evil.example", {}, "proxy"),
        ("http://cockpit.test:81", {}, "proxy"),
        ("http://cockpit.test", {"X-Forwarded-Host": "vm.example.org"}, "proxy"),
        ("http://evil.example", {"X-Forwarded-Host": "evil.example"}, "none"),
    ],
)
async def test_a_websocket_of_another_site_is_refused(
    folder: Path, settings: WebSettings, origin: str | None, extra: dict[str, str], front: Front
) -> None:
    app = web_app(demo.main, version="0", front=front, settings=settings)
    async with serving_unix(app, folder) as path:
        with pytest.raises(InvalidStatus) as refused:
            await FletWire.connect(path, headers=extra, origin=origin)
    assert refused.value.response.status_code == 403


async def test_the_forwarded_host_of_a_believed_front_counts(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(
            path,
            headers={"X-Forwarded-Host": "vm.example.org, inner"},
            origin="https://vm.example.org",
        )
        await wire.register()
        await wire.close()


async def test_the_websocket_is_found_below_the_prefix_too(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    headers = {"X-Forwarded-Prefix": "/hero_cockpit/web"}
    async with serving_unix(app, folder) as path:
        for place in ("/ws", "/hero_cockpit/web/ws"):
            wire = await FletWire.connect(path, headers=headers, path=place)
            await wire.register()
            await wire.close()


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_only_reading_is_possible(folder: Path, settings: WebSettings, method: str) -> None:
    async with browsing(folder, settings) as client:
        for path in ("/", "/health", "/rpc", "/bridge.js"):
            assert (await client.request(method, path)).status_code == 403
            own = {"Origin": "http://cockpit.test"}
            assert (await client.request(method, path, headers=own)).status_code == 405


async def test_health_and_discovery_say_what_is_served(folder: Path, settings: WebSettings) -> None:
    async with browsing(folder, settings) as client:
        health = await client.get("/health")
        assert health.json()["status"] == "ok"
        assert health.json()["version"] == "9.9"
        discovery = (await client.get("/.well-known/heroservice.json")).json()
        assert (discovery["protocol"], discovery["service_id"]) == ("ui", "hero_cockpit")
        head = await client.head("/health")
        assert (head.status_code, head.content) == (200, b"")


@pytest.mark.parametrize("path", ["/rpc", "/openrpc.json", "/docs/x.json", "/ws"])
async def test_no_rpc_and_no_description_of_it_is_served_here(
    folder: Path, settings: WebSettings, path: str
) -> None:
    async with browsing(folder, settings) as client:
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize(
    ("who", "word"), [({}, "not signed in"), (VIEWER, "signed in as bob")], ids=["guest", "viewer"]
)
async def test_the_admin_socket_tells_others_politely_to_stay_out(
    folder: Path, settings: WebSettings, who: dict[str, str], word: str
) -> None:
    async with browsing(folder, settings, socket="admin") as client:
        for path in ("/", "/jobs", "/bridge.js"):
            answer = await client.get(path, headers=who)
            assert answer.status_code == 403
            assert word in answer.text
        assert (await client.get("/health", headers=who)).status_code == 200
        with pytest.raises(InvalidStatus):
            await FletWire.connect(folder / "web.sock", headers=who)


async def test_the_admin_socket_lets_an_operator_in(folder: Path, settings: WebSettings) -> None:
    prefixed = {**OWNER, "X-Forwarded-Prefix": "/hero_cockpit/admin"}
    async with browsing(folder, settings, socket="admin") as client:
        assert (await client.get("/", headers=OWNER)).status_code == 200
        health = await client.get("/hero_cockpit/admin/health", headers={**prefixed, **VIEWER})
        assert health.status_code == 200
        wire = await FletWire.connect(folder / "web.sock", headers=prefixed)
        await wire.register()
        await wire.sees("alice may admin")
        await wire.close()


async def test_an_unbelieved_front_cannot_open_the_admin_socket(
    folder: Path, settings: WebSettings
) -> None:
    async with browsing(folder, settings, front="none", socket="admin") as client:
        assert (await client.get("/", headers=OWNER)).status_code == 403


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:8931", 200),
        ("localhost:8931", 200),
        ("LOCALHOST", 200),
        ("[::1]:8931", 200),
        ("evil.example:8931", 403),
        ("127.0.0.1.evil.example", 403),
        ("localhost.evil.example:80", 403),
        ("", 403),
    ],
)
async def test_a_listener_with_names_answers_to_no_other(
    folder: Path, settings: WebSettings, host: str, status: int
) -> None:
    named = replace(settings, hosts=LOOPBACK_NAMES)
    async with browsing(folder, named, front="none") as client:
        assert (await client.get("/", headers={"Host": host})).status_code == status
