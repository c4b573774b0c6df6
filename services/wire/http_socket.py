"""Talks HTTP to one daemon over a Unix socket of the node.

The wall where the errors of httpx and httpcore become the five kinds; apart from `transport` no
other module knows these libraries. It knows nothing of what is said over HTTP.
"""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import httpcore
import httpx

from services.errors import CockpitError, Refused, Unreachable
from services.wire.node import CONNECT_TIMEOUT_S, Node
from services.wire.reply import one_line
from services.wire.transport import NodeTransport
from terminal.stream import StreamError

# One line per poll and probe would bury everything else in the log.
logging.getLogger("httpx").setLevel(logging.WARNING)

READ_TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 16 * 1024 * 1024

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
        try:
            found = await self._find()
        except StreamError:
            return None
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
        old, link = self._link, self._link
        if link is None or (link.path, link.mark) != (path, mark):
            self._link = link = _Link(_client(self._node, path, keep=True), path=path, mark=mark)
        async with link as client:
            if old is not None and old is not link:
                await old.retire()
            return await _send(client, verb, target, body, daemon=self.daemon)

    async def _send_alone(self, path: Path, verb: str, target: str, body: bytes | None) -> Answer:
        async with _client(self._node, path, keep=False) as client:
            return await _send(client, verb, target, body, daemon=self.daemon)


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
        transport=NodeTransport(node, path, keep=keep),
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
