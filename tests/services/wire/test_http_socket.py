import asyncio
import inspect
from pathlib import Path

import httpcore
import httpx
import pytest

from services.errors import KINDS, CockpitError, Refused, Unreachable
from services.wire.http_socket import LIBRARY_ERRORS, HttpSocket, Silent, translate
from services.wire.node import LocalNode
from terminal.stream import ByteStream, StreamError
from tests.services.daemons import HttpServer, Request, http, serving

EXPECTED = {
    "ConnectError": Unreachable,
    "ConnectTimeout": Unreachable,
    "PoolTimeout": Unreachable,
    "TimeoutException": Silent,
    "ReadTimeout": Silent,
    "WriteTimeout": Silent,
    "NetworkError": Silent,
    "ReadError": Silent,
    "WriteError": Silent,
    "CloseError": Silent,
    "RemoteProtocolError": Silent,
    "ConnectionNotAvailable": Silent,
    "HTTPError": Refused,
    "HTTPStatusError": Refused,
    "RequestError": Refused,
    "TransportError": Refused,
    "ProtocolError": Refused,
    "LocalProtocolError": Refused,
    "ProxyError": Refused,
    "UnsupportedProtocol": Refused,
    "DecodingError": Refused,
    "TooManyRedirects": Refused,
    "InvalidURL": Refused,
    "StreamError": Refused,
    "StreamConsumed": Refused,
    "StreamClosed": Refused,
    "ResponseNotRead": Refused,
    "RequestNotRead": Refused,
}
NEVER_RAISED = {"CookieConflict"}
"""Raised only by code that reads cookies by name."""


def library_errors() -> list[type[Exception]]:
    exported = [*vars(httpx).values(), *vars(httpcore).values()]
    return [e for e in exported if inspect.isclass(e) and issubclass(e, Exception)]


def made(error: type[Exception]) -> Exception:
    if error in (httpx.StreamConsumed, httpx.StreamClosed, httpx.ResponseNotRead) or (
        error is httpx.RequestNotRead
    ):
        return error()
    if error is httpx.HTTPStatusError:
        request = httpx.Request("GET", "http://x")
        return httpx.HTTPStatusError("x", request=request, response=httpx.Response(500))
    return error("x")


def test_each_error_class_of_the_libraries_is_mapped_to_one_of_the_five_kinds() -> None:
    found = {e.__name__: e for e in library_errors() if e.__name__ not in NEVER_RAISED}
    assert found.keys() == EXPECTED.keys()
    for error in library_errors():
        if error.__name__ in NEVER_RAISED:
            continue
        assert issubclass(error, LIBRARY_ERRORS), error
        told = translate(made(error), daemon="hero_proc", what="service.list")
        assert type(told) is EXPECTED[error.__name__], error
        assert isinstance(told, KINDS)
        assert "hero_proc" in told.message


@pytest.mark.parametrize("error", [httpx.ReadTimeout("x"), httpcore.ReadError("x")])
def test_a_change_in_doubt_says_that_it_may_have_been_done(error: Exception) -> None:
    told = translate(error, daemon="hero_proc", what="service.stop", changes=True)
    assert "may have been done" in told.message
    assert "may have been" not in translate(error, daemon="d", what="m").message


def socket_to(path: Path) -> HttpSocket:
    return HttpSocket(LocalNode(), [path], daemon="hero_proc")


async def get(socket: HttpSocket, timeout_s: float = 5.0) -> bytes:
    return (await socket.get("/health", timeout_s=timeout_s)).body


async def fails(socket: HttpSocket, timeout_s: float = 5.0) -> CockpitError:
    with pytest.raises(CockpitError) as caught:
        await get(socket, timeout_s)
    await socket.close()
    return caught.value


async def ok(request: Request) -> bytes:
    return http("fine")


async def test_kept_connections_are_used_again(sockets: Path) -> None:
    path = sockets / "a.sock"
    async with serving(path, ok) as server:
        socket = socket_to(path)
        assert [await get(socket) for _ in range(5)] == [b"fine"] * 5
        await socket.close()
        assert server.connections == 1


async def test_a_socket_file_made_anew_is_not_served_by_an_old_connection(sockets: Path) -> None:
    path = sockets / "a.sock"

    async def older(request: Request) -> bytes:
        return http("older")

    async def newer(request: Request) -> bytes:
        return http("newer")

    old = HttpServer(path, older)
    await old.start()
    socket = socket_to(path)
    assert await get(socket) == b"older"
    path.unlink()
    async with serving(path, newer):
        assert await get(socket) == b"newer"
    await socket.close()
    await old.stop()


async def test_a_removed_socket_file_is_seen_although_a_connection_is_kept(sockets: Path) -> None:
    path = sockets / "a.sock"
    async with serving(path, ok):
        socket = socket_to(path)
        await get(socket)
        path.unlink()
        error = await fails(socket)
        assert type(error) is Unreachable
        assert f"there is no socket {path}" in error.message


async def test_the_next_candidate_is_used_when_the_first_is_not_there(sockets: Path) -> None:
    path = sockets / "b.sock"
    async with serving(path, ok):
        socket = HttpSocket(LocalNode(), [sockets / "a.sock", path], daemon="x")
        assert await get(socket) == b"fine"
        await socket.close()


async def test_nobody_listening_is_unreachable(sockets: Path) -> None:
    path = sockets / "a.sock"
    server = HttpServer(path, ok)
    await server.start()
    await server.stop()
    assert "nobody listens there" in (await fails(socket_to(path))).message


async def test_a_file_that_is_no_socket_is_unreachable(sockets: Path) -> None:
    (sockets / "a.sock").write_text("text")
    assert type(await fails(socket_to(sockets / "a.sock"))) is Unreachable


async def test_a_daemon_that_never_answers_is_silent(sockets: Path) -> None:
    async def never(request: Request) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with serving(sockets / "a.sock", never):
        error = await fails(socket_to(sockets / "a.sock"), timeout_s=0.2)
        assert isinstance(error, Silent)
        assert "did not answer GET /health in time" in error.message


async def test_an_answer_in_drops_does_not_outlive_the_time_limit(sockets: Path) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
        try:
            while True:
                writer.write(b"x")
                await writer.drain()
                await asyncio.sleep(0.02)
        except (ConnectionError, asyncio.CancelledError):
            writer.transport.abort()

    server = await asyncio.start_unix_server(drip, str(sockets / "a.sock"))
    assert isinstance(await fails(socket_to(sockets / "a.sock"), timeout_s=0.3), Silent)
    server.close()
    await server.wait_closed()


RUBBISH = {
    "not HTTP": b"SSH-2.0-OpenSSH_9.9\r\n",
    "half a head": b"HTTP/1.1 200 O",
    "short body": b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nabc",
    "bad length": b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nabc",
    "bad chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    "nothing": b"",
}


@pytest.mark.parametrize("sent", RUBBISH.values(), ids=RUBBISH.keys())
async def test_what_is_not_http_ends_in_one_of_the_five(sockets: Path, sent: bytes) -> None:
    async def rubbish(request: Request) -> bytes:
        return sent

    async with serving(sockets / "a.sock", rubbish, ends_after_each=True):
        assert isinstance(await fails(socket_to(sockets / "a.sock")), KINDS)


async def test_an_answer_beyond_16_mib_is_refused(sockets: Path) -> None:
    body = b"x" * (16 * 1024 * 1024 + 1)

    async def huge(request: Request) -> bytes:
        return http(body)

    async with serving(sockets / "a.sock", huge):
        error = await fails(socket_to(sockets / "a.sock"), timeout_s=20)
        assert type(error) is Refused
        assert "more than 16 MiB" in error.message


class CutOnce:
    """A daemon that hangs up on the first request after it was told to."""

    def __init__(self) -> None:
        self.armed = False

    async def __call__(self, request: Request) -> bytes:
        if self.armed:
            self.armed = False
            raise ConnectionResetError
        return http("fine")


async def test_a_read_is_repeated_once_when_its_kept_connection_is_cut(sockets: Path) -> None:
    daemon = CutOnce()
    async with serving(sockets / "a.sock", daemon) as server:
        socket = socket_to(sockets / "a.sock")
        await get(socket)
        daemon.armed = True
        assert await get(socket) == b"fine"
        await socket.close()
        assert len(server.requests) == 3


async def test_a_change_is_never_repeated(sockets: Path) -> None:
    daemon = CutOnce()
    async with serving(sockets / "a.sock", daemon) as server:
        socket = socket_to(sockets / "a.sock")
        daemon.armed = True
        with pytest.raises(Silent, match="may have been done"):
            await socket.request("POST", "/rpc", what="service.stop", body=b"{}", changes=True)
        await socket.close()
        assert len(server.requests) == 1


async def test_a_change_never_meets_a_connection_that_the_daemon_just_ended(sockets: Path) -> None:
    async with serving(sockets / "a.sock", ok, ends_after_each=True) as server:
        socket = socket_to(sockets / "a.sock")
        await get(socket)
        for _ in range(3):
            answer = await socket.request("POST", "/rpc", what="x", body=b"{}", changes=True)
            assert answer.body == b"fine"
        await socket.close()
        assert len(server.requests) == 4


class FarNode:
    """A node whose link is down."""

    async def open_stream(self, path: Path) -> ByteStream:
        raise StreamError("The link to the machine is down.", retry=True)

    async def identify(self, path: Path) -> str | None:
        raise StreamError("The link to the machine is down.", retry=True)


async def test_a_node_that_cannot_be_reached_is_told_in_its_words() -> None:
    socket = HttpSocket(FarNode(), [Path("/a.sock")], daemon="hero_proc")
    error = await fails(socket)
    assert type(error) is Unreachable
    assert "The link to the machine is down" in error.message


async def test_many_calls_at_once_are_each_answered(sockets: Path) -> None:
    async def echo(request: Request) -> bytes:
        return http(request.target)

    async with serving(sockets / "a.sock", echo):
        socket = socket_to(sockets / "a.sock")
        answers = await asyncio.gather(*(socket.get(f"/{n}") for n in range(60)))
        await socket.close()
    assert [a.body for a in answers] == [f"/{n}".encode() for n in range(60)]
