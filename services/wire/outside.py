"""The way to the world: HTTP to addresses outside the Hero daemons, and its wall of errors.

It follows no redirect, sends no cookie, reads no proxy from the environment, checks every TLS
certificate and caps answers. Header values never reach a message or a log.
"""

import asyncio
import json as jsonlib
import logging
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import certifi
import httpcore

from services.errors import Invalid, Refused
from services.wire.node import Node
from services.wire.outside_address import Target, read_address
from services.wire.outside_faults import FAILURES, OutsideError, fault_of
from services.wire.reply import parse_json
from services.wire.transport import NodeBackend

# Its debug lines hold the headers of answers, and some providers repeat a part of the key there.
logging.getLogger("httpcore").setLevel(logging.WARNING)

CONNECT_TIMEOUT_S = 5.0
REQUEST_TIMEOUT_S = 15.0
MAX_ANSWER_BYTES = 1024 * 1024
_LOOPBACK = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class OutsideAnswer:
    """What a request to the outside brought."""

    status: int
    body: bytes = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    """By name in small letters; of a repeated one the last."""

    def json(self) -> Any:
        """Return the JSON in the body; None when there is none."""
        try:
            return parse_json(self.body)
        except ValueError:
            return None


class Outside:
    """HTTP to the world, on a new connection for each request: there is nothing to close."""

    def __init__(
        self,
        node: Node,
        sockets: Path,
        *,
        proxy: str = "",
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """Reach `unix:` addresses below `sockets` of `node`, others directly or through `proxy`."""
        self._node = node
        self._sockets = sockets
        self._proxy = httpcore.Proxy(proxy) if proxy else None
        self._trust = trust

    async def request(
        self,
        verb: str,
        base: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        json: Any = None,
        timeout_s: float = REQUEST_TIMEOUT_S,
        clear: bool = False,
    ) -> OutsideAnswer:
        """Return the answer, whatever its status, of `base` + `path`.

        `base` is `https://host/prefix`, or `unix:` with a path below the socket directory and
        `:/prefix`; `http:` to another machine only for what is `clear`: a request without secrets.
        Raises OutsideError, Invalid for an address or header that cannot be sent, Refused for an
        answer that is too long or no HTTP.
        """
        target = read_address(base, path, clear=clear)
        content = None if json is None else jsonlib.dumps(json).encode()
        sent = _header_list(headers or {}, with_json=content is not None)
        way = _Way()
        try:
            async with asyncio.timeout(timeout_s), self._pool(target) as pool:
                return await _exchange(pool, verb, target, sent, content, way)
        except FAILURES as error:
            fault = fault_of(error, begun=way.begun)
            raise OutsideError(fault, target.shown, type(error).__name__) from error
        except httpcore.ProtocolError as error:
            raise Refused(
                f"{target.shown} could not be asked: that is not valid HTTP.", type(error).__name__
            ) from error

    async def reaches(self, base: str) -> bool:
        """Tell whether anybody takes connections at `base`; nothing is sent."""
        target = read_address(base, "/")
        try:
            async with asyncio.timeout(CONNECT_TIMEOUT_S), self._backend(target) as backend:
                if target.socket:
                    stream = await backend.connect_unix_socket(self._socket(target))
                else:
                    stream = await backend.connect_tcp(target.host, target.port)
                await stream.aclose()
        except (TimeoutError, httpcore.TimeoutException, httpcore.NetworkError):
            return False
        return True

    @asynccontextmanager
    async def _pool(self, target: Target) -> AsyncIterator[httpcore.AsyncConnectionPool]:
        """Give a connection of its own to one request; nothing of it is left afterwards."""
        if target.scheme == "https" and self._trust is None:
            self._trust = await asyncio.to_thread(_trusted)
        async with (
            self._backend(target) as backend,
            httpcore.AsyncConnectionPool(
                ssl_context=self._trust,
                proxy=None if target.is_here else self._proxy,
                max_keepalive_connections=0,
                uds=self._socket(target) if target.socket else None,
                network_backend=backend,
            ) as pool,
        ):
            yield pool

    @asynccontextmanager
    async def _backend(self, target: Target) -> AsyncIterator[httpcore.AsyncNetworkBackend]:
        if target.socket:
            yield NodeBackend(self._node)
            return
        network = _Network()
        try:
            yield network
        finally:
            await network.close()

    def _socket(self, target: Target) -> str:
        return str(self._sockets / target.socket)


class _Network(httpcore.AnyIOBackend):
    """The machine's own network, where every name below `localhost` is this machine (RFC 6761).

    It ends its connections itself: httpcore forgets one whose TLS handshake is cancelled.
    """

    def __init__(self) -> None:
        self._opened: list[httpcore.AsyncNetworkStream] = []

    async def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> Any:
        local = host == "localhost" or host.endswith(".localhost")
        at = _LOOPBACK if local else host
        stream = await super().connect_tcp(at, port, *rest, **more)
        self._opened.append(stream)
        return stream

    async def close(self) -> None:
        """End what was opened; a second end does nothing."""
        for stream in self._opened:
            await stream.aclose()


def _header_list(headers: Mapping[str, str], *, with_json: bool) -> list[tuple[str, str]]:
    """Return what is sent; a value that HTTP cannot carry is refused here, without showing it."""
    for name, value in headers.items():
        if not value.isascii() or not value.isprintable() or value != value.strip():
            raise Invalid(f"The header {name} cannot be sent: it holds characters that HTTP lacks.")
    common = {"Accept": "application/json", "User-Agent": "hero_cockpit"}
    body = {"Content-Type": "application/json"} if with_json else {}
    return [*{**common, **body, **headers, "Accept-Encoding": "identity"}.items()]


class _Way:
    """How far a request got."""

    def __init__(self) -> None:
        self.begun = False
        """Set before the first byte of the request leaves."""

    async def note(self, event: str, _: Mapping[str, Any]) -> None:
        """Take one of httpcore's trace events."""
        self.begun |= event.endswith("send_request_headers.started")


async def _exchange(
    pool: httpcore.AsyncConnectionPool,
    verb: str,
    target: Target,
    headers: list[tuple[str, str]],
    content: bytes | None,
    way: _Way,
) -> OutsideAnswer:
    body = bytearray()
    watched = {"timeout": {"connect": CONNECT_TIMEOUT_S}, "trace": way.note}
    async with pool.stream(
        verb, _url(target), headers=headers, content=content, extensions=watched
    ) as response:
        async for chunk in response.aiter_stream():
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise Refused(f"{target.shown} answered with more than 1 MiB.")
    named = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in response.headers}
    return OutsideAnswer(response.status, bytes(body), named)


def _url(target: Target) -> httpcore.URL:
    host = f"[{target.host}]" if ":" in target.host else target.host
    port = None if target.usual_port else target.port
    return httpcore.URL(scheme=target.scheme, host=host, port=port, target=target.path)


def _trusted() -> ssl.SSLContext:
    """Return what proves a name: the system's certificates, and those of certifi."""
    context = ssl.create_default_context()
    context.load_verify_locations(certifi.where())
    return context
