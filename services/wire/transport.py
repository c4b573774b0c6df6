"""httpx over the node's streams: what `http_socket` sends its requests through.

Raises httpcore's errors; they are translated in `http_socket`.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpcore
import httpx

from services.wire.node import Node
from terminal.stream import ByteStream, StreamError

KEEP_ALIVE_S = 4.0
"""Shorter than the 5 s after which common servers end an idle connection."""


class NodeTransport(httpx.AsyncBaseTransport):
    """httpx's requests over httpcore's pool, whose connections are streams of the node."""

    def __init__(self, node: Node, path: Path, *, keep: bool) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            max_connections=20,
            max_keepalive_connections=8 if keep else 0,
            keepalive_expiry=KEEP_ALIVE_S,
            uds=str(path),
            network_backend=NodeBackend(node),
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


class NodeBackend(httpcore.AsyncNetworkBackend):
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
