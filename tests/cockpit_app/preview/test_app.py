"""A stand-in answers what every Hero service must, and ends tidily."""

import contextlib
import html
import json
import os
import socket
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit_app.preview.apps import catalog
from cockpit_app.preview.first_builds import furnish
from cockpit_app.preview.home import Home, open_home
from tests.preview_node import PreviewNode, UnixHttp, until


@contextlib.contextmanager
def stand_in(home: Home, name: str) -> Iterator[subprocess.Popen[bytes]]:
    (program,) = [app for app in catalog() if app.name == name]
    furnish(home, [program])
    variables = {**os.environ, "PATH_ROOT": str(home.root)}
    with subprocess.Popen(
        program.command, cwd=home.root, env=variables, stdout=subprocess.PIPE
    ) as process:
        until(lambda: all(home.socket(path).is_socket() for path in program.sockets))
        try:
            yield process
        finally:
            process.terminate()


def get(
    path: Path,
    target: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
) -> tuple[int, str, bytes]:
    with contextlib.closing(UnixHttp(path)) as connection:
        connection.request(method, target, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.getheader("Content-Type") or "", answer.read()


@pytest.mark.parametrize("kind", ["rpc", "web", "admin"])
def test_every_socket_is_private_and_answers_for_itself(node: PreviewNode, kind: str) -> None:
    path = node.socket(f"hero_books/{kind}.sock")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert json.loads(get(path, "/health")[2])["status"] == "ok"
    manifest = json.loads(get(path, "/.well-known/heroservice.json")[2])
    assert manifest["socket"] == kind
    assert manifest["protocol"] == ("openrpc" if kind == "rpc" else "ui")


def test_the_rpc_socket_never_serves_html_and_the_others_no_rpc(node: PreviewNode) -> None:
    request = b'{"jsonrpc":"2.0","id":1,"method":"standin.about"}'
    rpc, web = node.socket("hero_books/rpc.sock"), node.socket("hero_books/web.sock")
    assert json.loads(get(rpc, "/rpc", "POST", request)[2])["result"]["stand_in"] is True
    assert get(rpc, "/")[:2] == (404, "application/json")
    status, content_type, _ = get(web, "/")
    assert (status, content_type) == (200, "text/html; charset=utf-8")
    assert get(web, "/rpc", "POST", request)[0] == 404
    assert get(web, "/openrpc.json")[0] == 404


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [
        (b"{", -32700),
        (b"[]", -32600),
        (b'{"id":1}', -32600),
        (b'{"id":1,"method":"x"}', -32601),
    ],
)
def test_wrong_requests_are_answered_with_their_code(
    node: PreviewNode, request_bytes: bytes, code: int
) -> None:
    _, _, body = get(node.socket("hero_books/rpc.sock"), "/rpc", "POST", request_bytes)
    assert json.loads(body)["error"]["code"] == code


def test_the_page_shows_what_the_gateway_says_and_no_markup_of_it(node: PreviewNode) -> None:
    said = {"X-Hero-User": "<b>eve</b>", "X-Forwarded-Prefix": '/x"y'}
    _, _, body = get(node.socket("hero_books/web.sock"), "/", headers=said)
    page = body.decode()
    assert "<b>eve" not in page
    assert html.escape("<b>eve</b>") in page
    assert 'href="/x&quot;y/health"' in page
    assert "This is a stand-in of the preview" in page


def test_the_redis_like_socket_answers_ping(node: PreviewNode) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(str(node.socket("hero_db/resp.sock")))
        for request, answer in (
            (b"PING\r\n", b"+PONG\r\n"),
            (b"*1\r\n$4\r\nping\r\n", b"+PONG\r\n"),
            (b"GET x\r\n", b"-ERR unknown command\r\n"),
        ):
            connection.sendall(request)
            assert connection.recv(100) == answer


def test_sockets_go_with_the_process_but_never_those_of_another(folder: Path) -> None:
    home = open_home(folder)
    path = home.socket("hero_biz/rpc.sock")
    with stand_in(home, "hero_biz") as old:
        first = path.stat().st_ino
        with stand_in(home, "hero_biz"):
            until(lambda: path.stat().st_ino != first, what="the second has bound its own")
            old.terminate()
            assert old.wait(10) == 0
            until(lambda: get(path, "/health")[0] == 200, what="the second still answers")
    until(lambda: not path.exists(), what="the last one took its socket away")
