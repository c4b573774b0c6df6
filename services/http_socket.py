"""Talks HTTP to one daemon over a Unix socket of the node.

The only module that knows httpx and httpcore; whatever goes wrong leaves it as one of the five
kinds of error. It knows nothing of what is said over HTTP.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

import httpcore
import httpx

from services.errors import CockpitError, Refused, Unreachable
from services.node import CONNECT_TIMEOUT_S, Node
from services.reply import one_line
from terminal.stream import ByteStream, StreamError

# One line per poll and probe would bury everything else in the log.
logging.getLogger("httpx").setLevel(logging.WARNING)

READ_TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024
KEEP_ALIVE_S = 4.0
"""Shorter than the 5 s after which common servers end an idle connection."""

_CONNECTING = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpcore.ConnectError,
    httpcore.ConnectTimeout,
)
_WAITING = (httpx.TimeoutException, httpcore.TimeoutException, TimeoutError)
_CUT = (
    httpx.NetworkError,
    httpx.RemoteProtocolError,
    httpcore.NetworkError,
    httpcore.RemoteProtocolError,
    httpcore.ConnectionNotAvailable,
)
LIBRARY_ERRORS = (
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpcore.TimeoutException,
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.UnsupportedProtocol,
    httpcore.ConnectionNotAvailable,
    StreamError,
    TimeoutError,
)
"""Everything that the transport below may raise; `translate` knows each of them."""


class Silent(Unreachable):
    """The socket took the connection, but no whole answer came."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What an HTTP request brought."""

    status: int
    body: bytes


def translate(error: Exception, *, daemon: str, what: str, changes: bool = False) -> CockpitError:
    """Return the kind of error that `error` of the transport is, in words for a person."""
    doubt = (
        " It may have been done all the same; look at the state before trying again."
        if changes
        else " Try again; if it stays so, restart it."
    )
    if isinstance(error, (StreamError, *_CONNECTING)):
        reason = one_line(str(error)).rstrip(".") or "it does not take connections"
        return Unreachable(f"{daemon} cannot be reached: {reason}. Check that it runs.", reason)
    if isinstance(error, httpx.PoolTimeout | httpcore.PoolTimeout):
        return Unreachable(f"{daemon} has too many calls waiting. Try again in a moment.")
    if isinstance(error, _WAITING):
        return Silent(f"{daemon} did not answer {what} in time.{doubt}", "no answer in time")
    if isinstance(error, _CUT):
        return Silent(f"{daemon} hung up during {what}.{doubt}", "it hangs up")
    return Refused(
        f"{daemon} could not be asked {what}: the request or its answer is not valid HTTP.",
        detail=f"{type(error).__name__}: {one_line(str(error))}",
    )


class HttpSocket:
    """HTTP to whichever of `candidates` exists, with a pool of kept connections.

    Before each request the socket file is looked at: one made anew is never served by an old
    connection. A change travels on a connection of its own and is never repeated.
    """

    def __init__(self, node: Node, candidates: Sequence[Path], *, daemon: str) -> None:
        self.daemon = daemon
        self._node = node
        self._candidates = tuple(candidates)
        self._link: _Link | None = None

    async def request(
        self,
        verb: str,
        target: str,
        *,
        what: str,
        body: bytes | None = None,
        timeout_s: float = READ_TIMEOUT_S,
        changes: bool = False,
        alone: bool = False,
    ) -> Answer:
        """Return the answer, whatever its status; raises one of the five kinds.

        `alone` uses a new connection, as a change always does.
        """
        send = (verb, target, body)
        try:
            async with asyncio.timeout(timeout_s):
                path, mark = await self._locate()
                if changes or alone:
                    return await self._send_alone(path, *send)
                try:
                    return await self._send_kept(path, mark, *send)
                except _CONNECTING:
                    raise
                except _CUT:
                    return await self._send_alone(path, *send)
        except LIBRARY_ERRORS as error:
            raise translate(error, daemon=self.daemon, what=what, changes=changes) from error

    async def get(
        self, target: str, *, timeout_s: float = READ_TIMEOUT_S, alone: bool = False
    ) -> Answer:
        """Return what `GET target` brings."""
        what = f"GET {target}"
        return await self.request("GET", target, what=what, timeout_s=timeout_s, alone=alone)

    async def mark(self) -> str | None:
        """Return what tells this incarnation of the socket file from the next; None without one."""
        found = await self._find()
        return found and found[1]

    async def close(self) -> None:
        """End the kept connections; a later request opens new ones."""
        link, self._link = self._link, None
        if link is not None:
            await link.retire()

    async def _find(self) -> tuple[Path, str] | None:
        for path in self._candidates:
            mark = await self._node.identify(path)
            if mark is not None:
                return path, mark
        return None

    async def _locate(self) -> tuple[Path, str]:
        found = await self._find()
        if found is None:
            await self.close()
            wanted = self._candidates[0]
            raise Unreachable(
                f"{self.daemon} cannot be reached: there is no socket {wanted}. Check that it runs."
            )
        return found

    async def _send_kept(
        self, path: Path, mark: str, verb: str, target: str, body: bytes | None
    ) -> Answer:
        async with await self._link_to(path, mark) as client:
            return await _send(client, verb, target, body, daemon=self.daemon)

    async def _send_alone(self, path: Path, verb: str, target: str, body: bytes | None) -> Answer:
        async with _client(self._node, path, keep=False) as client:
            return await _send(client, verb, target, body, daemon=self.daemon)

    async def _link_to(self, path: Path, mark: str) -> "_Link":
        link = self._link
        if link is not None and (link.path, link.mark) == (path, mark):
            return link
        self._link = new = _Link(_client(self._node, path, keep=True), path=path, mark=mark)
        if link is not None:
            await link.retire()
        return new


class _Link:
    """A pool of connections to one incarnation of a socket; closed once nobody uses it."""

    def __init__(self, client: httpx.AsyncClient, *, path: Path, mark: str) -> None:
        self.path = path
        self.mark = mark
        self._client = client
        self._users = 0
        self._retired = False

    async def __aenter__(self) -> httpx.AsyncClient:
        self._users += 1
        return self._client

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._users -= 1
        await self._close_if_done()

    async def retire(self) -> None:
        self._retired = True
        await self._close_if_done()

    async def _close_if_done(self) -> None:
        if self._retired and self._users == 0:
            await self._client.aclose()


def _client(node: Node, path: Path, *, keep: bool) -> httpx.AsyncClient:
    return httpx.AsyncClient(
        transport=_NodeTransport(node, path, keep=keep),
        base_url="http://localhost",
        trust_env=False,
        timeout=httpx.Timeout(None, connect=CONNECT_TIMEOUT_S, pool=CONNECT_TIMEOUT_S),
        headers={
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            "User-Agent": "hero_cockpit",
        },
    )


async def _send(
    client: httpx.AsyncClient, verb: str, target: str, body: bytes | None, *, daemon: str
) -> Answer:
    content = bytearray()
    async with client.stream(verb, target, content=body) as response:
        async for chunk in response.aiter_raw():
            content += chunk
            if len(content) > MAX_ANSWER_BYTES:
                raise Refused(f"{daemon} answered with more than 16 MiB. Look at its log.")
        return Answer(response.status_code, bytes(content))


class _NodeTransport(httpx.AsyncBaseTransport):
    """httpx's requests over httpcore's pool, whose connections are streams of the node."""

    def __init__(self, node: Node, path: Path, *, keep: bool) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=20,
            max_keepalive_connections=8 if keep else 0,
            keepalive_expiry=KEEP_ALIVE_S,
            uds=str(path),
            network_backend=_NodeBackend(node),
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        reply = await self._pool.handle_async_request(
            httpcore.Request(
                request.method,
                httpcore.URL(str(request.url)),
                headers=request.headers.raw,
                content=request.content or None,
                extensions=request.extensions,
            )
        )
        return httpx.Response(reply.status, headers=reply.headers, stream=_Body(reply))

    async def aclose(self) -> None:
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, reply: httpcore.Response) -> None:
        self._reply = reply

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._reply.aiter_stream():
            yield chunk

    async def aclose(self) -> None:
        await self._reply.aclose()


class _NodeBackend(httpcore.AsyncNetworkBackend):
    def __init__(self, node: Node) -> None:
        self._node = node

    async def connect_unix_socket(
        self, path: str, timeout: float | None = None, socket_options: Any = None
    ) -> httpcore.AsyncNetworkStream:
        async with _step(timeout, httpcore.ConnectTimeout, httpcore.ConnectError):
            return _NodeStream(await self._node.open_stream(Path(path)))


class _NodeStream(httpcore.AsyncNetworkStream):
    def __init__(self, stream: ByteStream) -> None:
        self._stream = stream

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        async with _step(timeout, httpcore.ReadTimeout, httpcore.ReadError):
            return await self._stream.read(max_bytes)

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        async with _step(timeout, httpcore.WriteTimeout, httpcore.WriteError):
            await self._stream.write(buffer)

    async def aclose(self) -> None:
        await self._stream.close()


@asynccontextmanager
async def _step(
    timeout_s: float | None, late: type[Exception], broken: type[Exception]
) -> AsyncIterator[None]:
    try:
        async with asyncio.timeout(timeout_s):
            yield
    except TimeoutError as error:
        raise late(f"{timeout_s} s passed") from error
    except StreamError as error:
        raise broken(error.message) from error
