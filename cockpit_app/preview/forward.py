"""Forwards one request to a Unix socket and its answer back, streaming, WebSockets included."""

import asyncio
from pathlib import Path
from typing import Any

import h11

from cockpit_app.preview.gateway_headers import Headers, response_headers
from cockpit_app.preview.wire import Wire

CONNECT_TIMEOUT_S = 3.0


class TargetDead(Exception):
    """The service cannot be reached, or hung up before it answered."""


async def forward(
    client: Wire, request: h11.Request, *, target: bytes, headers: Headers, socket: Path
) -> None:
    """Carry `request`, which `client` just sent, to `socket` as `target` with `headers`.

    Raises TargetDead while nothing of an answer was sent. When the service breaks off later, the
    client's connection is cut too.
    """
    service = await _connect(socket)
    try:
        await _exchange(client, service, _outgoing(request, target, headers))
    finally:
        service.abort()


async def _connect(socket: Path) -> Wire:
    try:
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            streams = await asyncio.open_unix_connection(str(socket))
    except (OSError, TimeoutError) as error:
        raise TargetDead from error
    return Wire(h11.CLIENT, *streams)


def _outgoing(request: h11.Request, target: bytes, headers: Headers) -> h11.Request:
    """Return the request with its framing and its upgrade, which are of this hop, made anew."""
    chunked = any(name == b"transfer-encoding" for name, _ in request.headers)
    framing: Headers = [(b"Transfer-Encoding", b"chunked")] if chunked else []
    if chunked:
        headers = [(n, v) for n, v in headers if n.lower() != b"content-length"]
    if wants_websocket(request):
        framing += [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
    return h11.Request(method=request.method, target=target, headers=headers + framing)


def wants_websocket(request: h11.Request) -> bool:
    """Tell whether a request asks to become a WebSocket; other protocols are not offered on."""
    return request.method == b"GET" and any(
        name == b"upgrade" and value.strip().lower() == b"websocket"
        for name, value in request.headers
    )


async def _exchange(client: Wire, service: Wire, request: h11.Request) -> None:
    try:
        await service.send(request)
    except OSError as error:
        raise TargetDead from error
    upload = asyncio.create_task(_upload(client, service))
    answer = asyncio.create_task(_answer(client, service))
    try:
        await asyncio.wait({upload, answer}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done() and not upload.result():
            return  # the client hung up: nobody waits for the answer
        await answer
    finally:
        for task in (upload, answer):
            task.cancel()
        await asyncio.gather(upload, answer, return_exceptions=True)
    if client.protocol.our_state is h11.SWITCHED_PROTOCOL:
        await _splice(client, service)


async def _upload(client: Wire, service: Wire) -> bool:
    """Send the request's body on; then stay until the client hangs up, and return False.

    Returns True when the service takes no more: its answer says why.
    """
    while isinstance(event := await client.receive(), h11.Data | h11.EndOfMessage):
        try:
            await service.send(event)
        except OSError:
            return True
        if isinstance(event, h11.EndOfMessage):
            await client.wait_gone()
    return False


async def _answer(client: Wire, service: Wire) -> None:
    started = False
    try:
        while True:
            event = await service.receive()
            if isinstance(event, h11.InformationalResponse):
                await client.send(_incoming(event))
                if event.status_code == 101:
                    return
            elif isinstance(event, h11.Response):
                started = True
                await client.send(_incoming(event))
            elif isinstance(event, h11.Data):
                await client.send(event)
            elif isinstance(event, h11.EndOfMessage):
                await client.send(h11.EndOfMessage())
                return
            else:
                raise h11.RemoteProtocolError("the service hung up")
    except (h11.RemoteProtocolError, OSError) as error:
        if not started:
            raise TargetDead from error
        client.abort()


def _incoming(event: Any) -> Any:
    headers = response_headers(event.headers)
    if event.status_code == 101:
        headers += [(b"Connection", b"Upgrade"), (b"Upgrade", b"websocket")]
    return type(event)(status_code=event.status_code, headers=headers, reason=event.reason)


async def _splice(client: Wire, service: Wire) -> None:
    """Carry bytes both ways until both sides, or one for good, have ended."""
    ways = {
        asyncio.create_task(_pour(client, service)),
        asyncio.create_task(_pour(service, client)),
    }
    try:
        await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for way in ways:
            way.cancel()
        await asyncio.gather(*ways, return_exceptions=True)


async def _pour(source: Wire, sink: Wire) -> None:
    data = source.protocol.trailing_data[0]
    while data or (data := await source.receive_raw()):
        await sink.send_raw(data)
        data = b""
