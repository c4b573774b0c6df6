"""The gateway: who gets in, what is passed on, and that it streams."""

import asyncio
import contextlib
import http.client
import json
import re
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer
from urllib.parse import urlencode

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, unix_serve
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.cockpit_app.preview.lean import LEAN
from tests.preview_node import PreviewNode, running_preview, until


class Echo(BaseHTTPRequestHandler):
    """Answers with what it got; a path `/slow/N` streams N chunks when told to."""

    protocol_version = "HTTP/1.1"
    go_on = threading.Event()

    def do_GET(self) -> None:
        if self.path == "/dies":
            self.close_connection = True
            return
        if self.path == "/half":
            self._head({"Content-Length": "100"})
            self.wfile.write(b"half")
            self.close_connection = True
            return
        if self.path == "/stream":
            self._stream()
            return
        body = json.dumps({"path": self.path, "headers": self.headers.items()}).encode()
        self._head({"Content-Length": str(len(body)), "X-Frame-Options": "DENY"})
        self.wfile.write(body)

    do_HEAD = do_GET

    def do_POST(self) -> None:
        size = 0
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            while length := int(self.rfile.readline(), 16):
                size += len(self.rfile.read(length))
                self.rfile.readline()
            self.rfile.readline()
        else:
            size = len(self.rfile.read(int(self.headers["Content-Length"])))
        body = str(size).encode()
        self._head({"Content-Length": str(len(body))})
        self.wfile.write(body)

    def _stream(self) -> None:
        self._head({"Transfer-Encoding": "chunked"})
        self.wfile.write(b"5\r\nfirst\r\n")
        self.wfile.flush()
        assert self.go_on.wait(10)
        self.wfile.write(b"4\r\nlast\r\n0\r\n\r\n")

    def _head(self, headers: dict[str, str]) -> None:
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()

    def address_string(self) -> str:
        return ""

    def log_message(self, format: str, *args: object) -> None:
        return


class EchoServer(ThreadingUnixStreamServer):
    daemon_threads = True
    block_on_close = False


@pytest.fixture(scope="module")
def echo(node: PreviewNode) -> Iterator[str]:
    """A service of ours on a socket of the node; gives the path under which it is reached."""
    path = node.socket("test_echo/web.sock")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with EchoServer(str(path), Echo) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield "/test_echo/web"
        server.shutdown()
        thread.join()
    path.unlink()


def echoed(node: PreviewNode, path: str, **headers: str) -> dict[str, str]:
    answer, body = node.http("GET", path, headers=headers)
    assert answer.status == 200, body
    return dict(json.loads(body)["headers"])


def form(**fields: str) -> bytes:
    return urlencode(fields).encode()


def test_the_sign_in_page_offers_three_persons_and_keeps_the_ticket(node: PreviewNode) -> None:
    ticket = node.new_ticket()
    for _ in range(2):
        answer, body = node.http("GET", f"/enter?ticket={ticket}")
        assert answer.status == 200
        assert re.findall(rb'name="identity" value="(\w+)"', body) == [
            b"owner",
            b"viewer",
            b"guest",
        ]
        assert ticket.encode() in body
    assert b"http" not in re.sub(rb'"[^"]*"', b"", body)  # no request to anywhere else
    assert answer.getheader("Cache-Control") == "no-store"
    assert "frame-ancestors 'none'" in (answer.getheader("Content-Security-Policy") or "")


def test_a_ticket_lets_in_once(node: PreviewNode) -> None:
    ticket = node.new_ticket()
    fields = form(ticket=ticket, identity="owner")
    answer, _ = node.http("POST", "/enter", body=fields)
    assert answer.status == 303
    assert answer.getheader("Location") == "/hero_cockpit/web/"
    cookie = answer.getheader("Set-Cookie") or ""
    assert re.fullmatch(
        r"hero_preview_[0-9a-f]{8}=[\w-]{43}; Path=/; HttpOnly; SameSite=Lax; Max-Age=\d+", cookie
    )
    for method, path in (("POST", "/enter"), ("GET", f"/enter?ticket={ticket}")):
        answer, body = node.http(method, path, body=fields if method == "POST" else None)
        assert answer.status == 403
        assert f"hero_cockpit preview --home {node.home} --link".encode() in body


def test_many_at_once_with_one_ticket_let_in_one(node: PreviewNode) -> None:
    fields = form(ticket=node.new_ticket(), identity="viewer")
    statuses: list[int] = []
    threads = [
        threading.Thread(
            target=lambda: statuses.append(node.http("POST", "/enter", body=fields)[0].status)
        )
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [303] + [403] * 7


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"ticket": "wrong", "identity": "owner"}, 403),
        ({"identity": "owner"}, 403),
        ({"ticket": "TICKET"}, 400),
        ({"ticket": "TICKET", "identity": "root"}, 400),
        ({}, 400),
    ],
)
def test_without_ticket_or_choice_nobody_gets_in(
    node: PreviewNode, fields: dict[str, str], status: int
) -> None:
    ticket = node.new_ticket()
    given = {name: value.replace("TICKET", ticket) for name, value in fields.items()}
    answer, _ = node.http("POST", "/enter", body=form(**given))
    assert answer.status == status
    assert answer.getheader("Set-Cookie") is None
    assert node.http("GET", f"/enter?ticket={ticket}")[0].status == 200  # not used up


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", ""])
def test_a_sign_in_from_another_site_is_refused(node: PreviewNode, owner: str, origin: str) -> None:
    fields = form(ticket=node.new_ticket(), identity="owner")
    headers = {"Origin": origin, "Cookie": owner}
    for path in ("/enter", "/login"):
        answer, _ = node.http("POST", path, body=fields, headers=headers)
        assert answer.status == 403
        assert answer.getheader("Set-Cookie") is None


def test_a_sign_in_from_its_own_page_is_taken(node: PreviewNode) -> None:
    fields = form(ticket=node.new_ticket(), identity="owner", next="/hero_books/web/")
    answer, _ = node.http("POST", "/enter", body=fields, headers={"Origin": node.url})
    assert (answer.status, answer.getheader("Location")) == (303, "/hero_books/web/")


def test_one_is_not_sent_to_another_site_after_sign_in(node: PreviewNode) -> None:
    fields = form(ticket=node.new_ticket(), identity="owner", next="//evil.example/")
    answer, _ = node.http("POST", "/enter", body=fields)
    assert answer.getheader("Location") == "/hero_cockpit/web/"


def test_without_a_session_every_path_is_closed(node: PreviewNode, echo: str) -> None:
    for path in ("/", f"{echo}/", "/login", "/nowhere", "/hero_proc/rpc/rpc"):
        answer, body = node.http("GET", path)
        assert answer.status == 401
        assert b"You are not signed in" in body
        answer, body = node.http("POST", path, body=b"{}")
        assert answer.status == 400 if path == "/login" else 401
    answer, body = node.http("POST", f"{echo}/x", body=b"{}")
    assert "You are not signed in" in json.loads(body)["error"]
    name = node.sign_in("viewer").partition("=")[0]
    for cookie in (f"{name}=wrong", f"{name}=", "other=1", f'{name}="', "\xff=;"):
        assert node.http("GET", f"{echo}/", headers={"Cookie": cookie})[0].status == 401


def test_signed_in_one_can_be_somebody_else_without_a_ticket(node: PreviewNode, echo: str) -> None:
    cookie = node.sign_in("viewer")
    answer, body = node.http("GET", "/login", headers={"Cookie": cookie})
    assert answer.status == 200
    assert b"signed in as Viewer" in body
    answer, _ = node.http("POST", "/login", body=form(identity="guest"), headers={"Cookie": cookie})
    guest = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    assert "X-Hero-User" not in echoed(node, f"{echo}/", Cookie=guest)
    assert node.http("GET", f"{echo}/", headers={"Cookie": cookie})[0].status == 401


def test_signing_out_ends_the_session(node: PreviewNode, echo: str) -> None:
    cookie = node.sign_in("viewer")
    answer, body = node.http("GET", "/logout", headers={"Cookie": cookie})
    assert answer.status == 200
    assert b"signed out" in body
    assert "Max-Age=0" in (answer.getheader("Set-Cookie") or "")
    assert node.http("GET", f"{echo}/", headers={"Cookie": cookie})[0].status == 401


def test_a_restart_of_the_gateway_signs_nobody_out(node: PreviewNode, echo: str) -> None:
    cookie = node.sign_in("viewer")
    node.result("hero_proc", "service.restart", {"name": "hero_proxy"})
    until(lambda: answers(node), what="the gateway is back on its port")
    assert echoed(node, f"{echo}/", Cookie=cookie)["X-Hero-User"] == "viewer"
    secret = cookie.partition("=")[2]
    for file in (node.home / "var/preview").rglob("*"):
        assert not file.is_file() or secret.encode() not in file.read_bytes()


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "192.168.0.1"])
def test_a_foreign_name_is_refused_whoever_asks(node: PreviewNode, owner: str, host: str) -> None:
    answer, body = node.http("GET", "/", host=host, headers={"Cookie": owner})
    assert answer.status == 403
    assert b"answers only to names of this very machine" in body


def test_a_service_is_told_who_asks_and_nothing_that_the_client_claims(
    node: PreviewNode, echo: str
) -> None:
    spoofed = {
        "X-Hero-User": "root",
        "X_Hero_Claims": "groups.admin",
        "X-Hero-Impersonator": "root",
        "X-Forwarded-For": "8.8.8.8",
        "X-Forwarded-Prefix": "/evil",
        "Forwarded": "for=8.8.8.8",
        "Cookie": f"mine=1; {node.sign_in('viewer')}",
    }
    got = echoed(node, f"{echo}/", **spoofed)
    claimed = {n: v for n, v in got.items() if n.lower().startswith(("x-", "x_", "forwarded"))}
    assert claimed == {
        "X-Forwarded-For": "127.0.0.1",
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": f"127.0.0.1:{node.port}",
        "X-Forwarded-Prefix": "/test_echo/web",
        "X-Hero-User": "viewer",
        "X-Hero-Context": "2",
        "X-Hero-Claims": "users.viewer,service.read",
        "X-Proxy-Auth-Method": "oauth",
        "X-Proxy-User-Email": "viewer@preview.localhost",
    }
    assert got["Cookie"] == "mine=1"
    assert got["Host"] == f"127.0.0.1:{node.port}"


def test_service_and_socket_are_taken_off_the_path(
    node: PreviewNode, echo: str, owner: str
) -> None:
    _, body = node.http("GET", f"{echo}/a/b%2Fc?d=e%20f", headers={"Cookie": owner})
    assert json.loads(body)["path"] == "/a/b%2Fc?d=e%20f"
    answer, _ = node.http("GET", f"{echo}?d=e", headers={"Cookie": owner})
    assert (answer.status, answer.getheader("Location")) == (307, f"{echo}/?d=e")


def test_real_services_are_reached_by_the_path_rule(node: PreviewNode, owner: str) -> None:
    answer, body = node.http("GET", "/hero_books/web/", headers={"Cookie": owner})
    assert answer.status == 200
    assert b"stand-in of the preview" in body
    assert b"<dd>owner</dd>" in body
    assert b'href="/hero_books/web/health"' in body
    request = b'{"jsonrpc":"2.0","id":1,"method":"service.list"}'
    headers = {"Cookie": owner, "Content-Type": "application/json"}
    answer, body = node.http("POST", "/hero_proc/rpc/rpc", body=request, headers=headers)
    assert "hero_books" in json.loads(body)["result"]


def test_a_dead_service_is_named(node: PreviewNode, owner: str) -> None:
    answer, body = node.http("GET", "/hero_voice/web/", headers={"Cookie": owner})
    assert answer.status == 502
    assert b"hero_voice does not answer on its socket web.sock" in body
    answer, body = node.http("POST", "/hero_voice/rpc/rpc", headers={"Cookie": owner}, body=b"{}")
    assert answer.status == 502
    assert "hero_voice does not answer" in json.loads(body)["error"]


@pytest.mark.parametrize("path", ["/nowhere", "/hero_lost/web/", "/hero_books/lost/"])
def test_an_address_of_no_service_is_told_apart_and_leads_to_the_cockpit(
    node: PreviewNode, owner: str, path: str
) -> None:
    answer, body = node.http("GET", path, headers={"Cookie": owner})
    assert answer.status == 404
    assert b"Nothing here" in body
    assert b'<a href="/">Go to the cockpit</a>' in body
    answer, body = node.http("POST", path, headers={"Cookie": owner}, body=b"{}")
    assert answer.status == 404
    assert "has that address" in json.loads(body)["error"]


def test_a_name_of_nothing_leads_to_the_cockpit_at_its_own_name(node: PreviewNode) -> None:
    cookie = node.sign_in("owner", host="lost.localhost")
    answer, body = node.http("GET", "/", headers={"Cookie": cookie}, host="lost.localhost")
    assert answer.status == 404
    assert f'<a href="http://127.0.0.1:{node.port}/">'.encode() in body


def test_a_sign_in_that_cannot_be_kept_is_refused_in_words() -> None:
    with running_preview("--few", command=LEAN) as full:
        (full.home / "var/preview/sessions.json/x").mkdir(parents=True)
        form = urlencode({"ticket": full.new_ticket(), "identity": "owner"}).encode()
        answer, body = full.http("POST", "/enter", body=form)
        assert answer.status == 507
        said = json.loads(body)["error"]
        assert "cannot write to its folder: Is a directory." in said
        assert "--link" in said
        assert full.http("GET", "/health")[0].status == 200


def test_a_cockpit_that_is_down_says_what_starts_it(node: PreviewNode, owner: str) -> None:
    left = node.socket("hero_cockpit/web.sock")
    left.parent.mkdir()
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(left))
    try:
        answer, body = node.http("GET", "/hero_cockpit/web/", headers={"Cookie": owner})
    finally:
        shutil.rmtree(left.parent)
    assert answer.status == 502
    assert f"PATH_ROOT={node.home} hero_cockpit --start".encode() in body


def test_a_service_that_hangs_up_without_an_answer_is_a_bad_gateway(
    node: PreviewNode, echo: str, owner: str
) -> None:
    answer, _ = node.http("GET", f"{echo}/dies", headers={"Cookie": owner})
    assert answer.status == 502


def test_half_an_answer_does_not_pass_for_a_whole_one(
    node: PreviewNode, echo: str, owner: str
) -> None:
    with pytest.raises((http.client.IncompleteRead, ConnectionError)):
        node.http("GET", f"{echo}/half", headers={"Cookie": owner})


@contextmanager
def connection(node: PreviewNode) -> Iterator[http.client.HTTPConnection]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", node.port, timeout=15)) as one:
        yield one


def test_an_answer_streams_while_it_is_made(node: PreviewNode, echo: str, owner: str) -> None:
    Echo.go_on.clear()
    with connection(node) as client:
        client.request("GET", f"{echo}/stream", headers={"Cookie": owner})
        answer = client.getresponse()
        assert answer.read(5) == b"first"
        Echo.go_on.set()
        assert answer.read() == b"last"


def test_one_connection_carries_many_requests(node: PreviewNode, echo: str, owner: str) -> None:
    with connection(node) as client:
        for number in range(5):
            client.request("GET", f"{echo}/{number}", headers={"Cookie": owner})
            assert json.loads(client.getresponse().read())["path"] == f"/{number}"
            client.request("POST", f"{echo}/", body=b"x" * number, headers={"Cookie": owner})
            assert client.getresponse().read() == str(number).encode()
            client.request("HEAD", f"{echo}/", headers={"Cookie": owner})
            answer = client.getresponse()
            assert int(answer.getheader("Content-Length") or 0) > 0
            assert answer.read() == b""


def test_requests_sent_ahead_are_answered_in_order(
    node: PreviewNode, echo: str, owner: str
) -> None:
    ask = "GET {} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nCookie: {}\r\n\r\n"
    many = "".join(ask.format(f"{echo}/{n}", node.port, owner) for n in range(4))
    with socket.create_connection(("127.0.0.1", node.port), timeout=10) as client:
        client.sendall(many.encode())
        seen = b""
        while seen.count(b'"path"') < 4:
            seen += client.recv(65536)
    assert re.findall(rb'"path": "/(\d)"', seen) == [b"0", b"1", b"2", b"3"]


@pytest.mark.parametrize("size", [0, 1, 70_000, 3_000_000])
def test_bodies_of_any_size_pass_whole(node: PreviewNode, echo: str, owner: str, size: int) -> None:
    body = b"x" * size
    with connection(node) as client:
        client.request("POST", f"{echo}/", body=body, headers={"Cookie": owner})
        assert client.getresponse().read() == str(size).encode()
        chunks = iter([body[:1000], body[1000:]] if size > 1000 else [body or b"y"])
        client.request("POST", f"{echo}/", chunks, {"Cookie": owner}, encode_chunked=True)
        assert client.getresponse().read() == str(size or 1).encode()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00",
        b"GET / HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"GET http://evil.example/ HTTP/1.1\r\nHost: evil.example\r\n\r\n",
    ],
)
def test_what_is_no_proper_request_is_refused_and_hung_up_on(
    node: PreviewNode, request_bytes: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", node.port), timeout=10) as client:
        client.sendall(request_bytes)
        client.shutdown(socket.SHUT_WR)
        answer = b""
        with contextlib.suppress(ConnectionResetError):
            while data := client.recv(65536):
                answer += data
    assert answer == b"" or re.match(rb"HTTP/1.1 4\d\d ", answer)


@asynccontextmanager
async def websocket_service(node: PreviewNode, name: str) -> AsyncIterator[Path]:
    async def talk(client: ServerConnection) -> None:
        request = client.request
        assert request is not None
        await client.send(json.dumps([request.path, dict(request.headers.raw_items())]))
        async for message in client:
            await client.send(message)

    path = node.socket(f"{name}/web.sock")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    async with unix_serve(talk, str(path), max_size=None):
        yield path
    path.unlink()


async def test_a_websocket_passes_both_ways_with_the_gateways_headers(
    node: PreviewNode, owner: str
) -> None:
    headers = {"Cookie": owner, "X-Hero-User": "root"}
    async with websocket_service(node, "test_ws"):
        url = f"ws://127.0.0.1:{node.port}/test_ws/web/live?x=1"
        async with connect(url, additional_headers=headers, max_size=None) as client:
            path, got = json.loads(await client.recv())
            assert path == "/live?x=1"
            assert got["X-Hero-User"] == "owner"
            assert got["X-Forwarded-Prefix"] == "/test_ws/web"
            for message in ("text", b"\x00\xff" * 10, "x" * 1_000_000):
                await client.send(message)
                assert await client.recv() == message


async def test_a_websocket_without_a_session_is_refused(node: PreviewNode) -> None:
    async with websocket_service(node, "test_ws"):
        with pytest.raises(InvalidStatus) as refused:
            async with connect(f"ws://127.0.0.1:{node.port}/test_ws/web/"):
                raise AssertionError
    assert refused.value.response.status_code == 401


async def test_signing_out_cuts_what_the_session_has_open_and_nothing_else(
    node: PreviewNode, owner: str
) -> None:
    cookie = await asyncio.to_thread(node.sign_in, "owner")
    async with websocket_service(node, "test_ws"):
        url = f"ws://127.0.0.1:{node.port}/test_ws/web/"
        async with (
            connect(url, additional_headers={"Cookie": cookie}) as client,
            connect(url, additional_headers={"Cookie": owner}) as bystander,
        ):
            await client.recv()
            await bystander.recv()
            await asyncio.to_thread(node.http, "GET", "/logout", headers={"Cookie": cookie})
            async with asyncio.timeout(5):
                with pytest.raises(ConnectionClosed):
                    await client.recv()
            await bystander.send("still here")
            assert await bystander.recv() == "still here"


async def test_the_end_of_a_websocket_reaches_the_other_side(node: PreviewNode, owner: str) -> None:
    ended = asyncio.Event()

    async def talk(client: ServerConnection) -> None:
        await client.send("hello")
        await client.wait_closed()
        ended.set()

    path = node.socket("test_end/web.sock")
    path.parent.mkdir(mode=0o700, exist_ok=True)
    async with unix_serve(talk, str(path)):
        url = f"ws://127.0.0.1:{node.port}/test_end/web/"
        async with connect(url, additional_headers={"Cookie": owner}) as client:
            await client.recv()
            client.transport.abort()
            async with asyncio.timeout(10):
                await ended.wait()


@contextmanager
def shared(node: PreviewNode, name: str, target: str, **fields: object) -> Iterator[int]:
    params = {"domain": name, "target": str(node.socket(target)), **fields}
    row = node.result("hero_proxy", "domain.add", params)
    try:
        yield row["id"]
    finally:
        node.rpc("hero_proxy", "domain.delete", {"domain": name})


def test_a_shared_name_leads_to_the_root_of_its_service(
    node: PreviewNode, echo: str, owner: str
) -> None:
    with shared(node, "echo.localhost", "test_echo/web.sock", auth_mode="none"):
        answer, body = node.http("GET", "/a?b", host="echo.localhost")
        got = json.loads(body)
        assert got["path"] == "/a?b"
        names = {name for name, _ in got["headers"]}
        assert not {"X-Hero-User", "X-Forwarded-Prefix"} & names
    answer, _ = node.http("GET", "/a", host="echo.localhost", headers={"Cookie": owner})
    assert answer.status == 404


def test_a_name_with_optional_sign_in_knows_who_signed_in(node: PreviewNode, echo: str) -> None:
    with shared(node, "echo.localhost", "test_echo/web.sock", auth_mode="optional"):
        _, body = node.http("GET", "/", host="echo.localhost")
        assert "X-Hero-User" not in dict(json.loads(body)["headers"])
        cookie = node.sign_in("viewer", host="echo.localhost")
        _, body = node.http("GET", "/", host="echo.localhost", headers={"Cookie": cookie})
        assert dict(json.loads(body)["headers"])["X-Hero-User"] == "viewer"


def test_a_name_for_the_signed_in_lets_only_them_in(node: PreviewNode, echo: str) -> None:
    with shared(node, "echo.localhost", "test_echo/web.sock"):
        assert node.http("GET", "/", host="echo.localhost")[0].status == 401
        for identity, status in (("guest", 401), ("viewer", 200), ("owner", 200)):
            cookie = node.sign_in(identity, host="echo.localhost")
            answer, _ = node.http("GET", "/", host="echo.localhost", headers={"Cookie": cookie})
            assert answer.status == status


def test_a_name_for_some_lets_only_these_and_the_owner_in(node: PreviewNode, echo: str) -> None:
    viewer, owner = node.sign_in("viewer"), node.sign_in("owner")
    for allowed, status in ((["someone"], 403), (["viewer"], 200)):
        with shared(node, "echo.localhost", "test_echo/web.sock", allowed_pubkeys=allowed):
            for cookie, expected in ((viewer, status), (owner, 200)):
                headers = {"Cookie": cookie}
                answer, _ = node.http("GET", "/", host="echo.localhost", headers=headers)
                assert answer.status == expected


def test_the_cockpit_has_a_name_of_its_own_that_needs_sign_in(
    node: PreviewNode, owner: str
) -> None:
    assert node.http("GET", "/", host="cockpit.localhost")[0].status == 401
    fields = form(ticket=node.new_ticket(), identity="owner")
    answer, _ = node.http("POST", "/enter", body=fields, host="cockpit.localhost")
    assert (answer.status, answer.getheader("Location")) == (303, "/")
    _, body = node.http("GET", "/", host="cockpit.localhost", headers={"Cookie": owner})
    assert b"hero_cockpit does not answer" in body  # this node runs without it


async def test_the_end_of_a_shared_name_cuts_its_connections_and_no_other(
    node: PreviewNode, owner: str
) -> None:
    headers = {"Cookie": owner}
    async with websocket_service(node, "test_ws") as path:
        params = {"domain": "ws.localhost", "target": str(path), "auth_mode": "oauth"}
        row = await asyncio.to_thread(node.result, "hero_proxy", "domain_route.add", params)
        named = f"ws://ws.localhost:{node.port}/"
        other = f"ws://127.0.0.1:{node.port}/test_ws/web/"
        async with (
            connect(named, host="127.0.0.1", additional_headers=headers) as client,
            connect(other, additional_headers=headers) as bystander,
        ):
            await client.recv()
            await bystander.recv()
            await asyncio.to_thread(
                node.result, "hero_proxy", "domain_route.delete", {"id": row["id"]}
            )
            async with asyncio.timeout(5):
                with pytest.raises(ConnectionClosed):
                    await client.recv()
            await bystander.send("still here")
            assert await bystander.recv() == "still here"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"domain": "books.example.com"}, -32602),
        ({"domain": "localhost"}, -32602),
        ({"domain": "cockpit.localhost"}, -32602),
        ({"domain": "a b.localhost"}, -32602),
        ({"target": "/etc/passwd"}, -32602),
        ({"target": "SOCKETS/../../../etc/passwd"}, -32602),
        ({"target_type": "port"}, -32602),
        ({"auth_mode": "magic"}, -32602),
        ({"allowed_pubkeys": "x"}, -32602),
        ({"domain": "taken.localhost"}, -32007),
    ],
)
def test_a_name_that_cannot_be_shared_is_refused(
    node: PreviewNode, change: dict[str, str], code: int
) -> None:
    sockets = str(node.socket("."))
    params = {"domain": "x.localhost", "target": str(node.socket("hero_books/web.sock"))}
    params |= {name: value.replace("SOCKETS", sockets) for name, value in change.items()}
    with shared(node, "taken.localhost", "hero_books/web.sock"):
        answer = node.rpc("hero_proxy", "domain.add", params)
        assert answer["error"]["code"] == code
        names = [row["domain"] for row in node.result("hero_proxy", "domain.list")]
        assert names == ["taken.localhost"]


def test_an_unknown_name_cannot_be_ended(node: PreviewNode) -> None:
    for params in ({"domain": "lost.localhost"}, {"id": 99}, {}):
        assert node.rpc("hero_proxy", "domain.delete", params)["error"]["code"] == -32000


def answers(node: PreviewNode) -> bool:
    try:
        return node.http("GET", "/health")[0].status == 200
    except OSError:
        return False
