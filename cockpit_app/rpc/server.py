"""The ASGI app of `rpc.sock`: JSON-RPC, its OpenRPC document, health and manifest. Never HTML.

Source: hero_proc reference 1.2 and 3.2 (routes and bodies that every Hero service shares).
"""

import logging
import time
from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp

from cockpit_app.rpc import jsonrpc
from cockpit_app.rpc.identity import identify
from cockpit_app.rpc.openrpc import document
from services.api import Api, Operation
from services.claims import RightsTable, acting_as
from services.errors import CockpitError
from services.operations import OPERATIONS
from services.params import did_you_mean, read_params

log = logging.getLogger(__name__)

MAX_BODY_BYTES = 1024 * 1024
SERVICE = "hero_cockpit"
_LENIENT = frozenset(
    {"", "text/plain", "application/octet-stream", "application/x-www-form-urlencoded"}
)


def rpc_app(
    api: Api, *, version: str, front: str = "none", rights: RightsTable | None = None
) -> ASGIApp:
    """Return the app that serves `api`.

    `front` says whose identity headers are believed: `proxy`, `proxy+router` or `none`.
    """
    face = _Face(api, version=version, front=front, rights=rights or RightsTable())
    app = Starlette(
        routes=[
            Route("/rpc", face.rpc, methods=["POST"]),
            Route("/openrpc.json", face.openrpc),
            Route("/health", face.health),
            Route("/.well-known/heroservice.json", face.manifest),
        ],
        exception_handlers={404: _not_found, 405: _wrong_verb, Exception: _failed},
    )
    app.router.redirect_slashes = False
    return app


class _Face:
    """What `rpc.sock` answers."""

    def __init__(self, api: Api, *, version: str, front: str, rights: RightsTable) -> None:
        self._api = api
        self._version = version
        self._front = front
        self._rights = rights
        self._document = document(OPERATIONS.values(), version=version)
        self._started = time.monotonic()

    async def rpc(self, request: Request) -> Response:
        if not _may_be_json(request.headers.get("content-type", "")):
            return _plain_error(415, "Send JSON: Content-Type application/json.")
        try:
            body = await _read_body(request)
        except ClientDisconnect:
            return Response(status_code=400)
        if body is None:
            return _plain_error(413, f"A request holds at most {MAX_BODY_BYTES} bytes.")
        identity = identify(request.headers.raw, front=self._front, rights=self._rights)
        with acting_as(identity):
            answer = await jsonrpc.answer(body, self._carry_out)
        if answer is None:
            return Response(status_code=204)
        return Response(answer, media_type="application/json")

    async def openrpc(self, request: Request) -> Response:
        return JSONResponse(self._document)

    async def health(self, request: Request) -> Response:
        return JSONResponse(
            {
                "status": "ok",
                "service": SERVICE,
                "version": self._version,
                "uptime_secs": int(time.monotonic() - self._started),
            }
        )

    async def manifest(self, request: Request) -> Response:
        return JSONResponse(
            {
                "protocol": "openrpc",
                "name": SERVICE,
                "title": "Cockpit",
                "version": self._version,
                "description": "The control surface of a Hero OS virtual machine.",
                "socket": "rpc",
            }
        )

    async def _carry_out(self, method: str, params: jsonrpc.Params) -> Any:
        if method == "rpc.discover":
            return self._document
        operation = OPERATIONS.get(method)
        if operation is None:
            near = did_you_mean(method, list(OPERATIONS))
            message = f"Method not found: {method[:100]}.{near}"
            raise jsonrpc.Fault(jsonrpc.METHOD_NOT_FOUND, message)
        try:
            return await self._call(operation, params)
        except CockpitError as error:
            if error.detail:
                log.info("%s: %s (%s)", method, error.message, error.detail)
            raise jsonrpc.Fault(error.code, error.message, {"kind": error.kind}) from error

    async def _call(
        self, operation: Operation[Any, Any], params: jsonrpc.Params
    ) -> jsonrpc.Encoded:
        result: BaseModel = await self._api.call(operation, read_params(operation.params, params))
        return jsonrpc.Encoded(result.model_dump_json().encode())


async def _read_body(request: Request) -> bytes | None:
    """Return the body, or None when it is too long; no more of it than that is read."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    return bytes(body)


def _may_be_json(content_type: str) -> bool:
    """Tell whether a body of this type may be JSON; `curl -d` calls its own a form."""
    kind = content_type.split(";")[0].strip().lower()
    return kind in _LENIENT or kind.endswith(("/json", "+json", "-json"))


def _plain_error(status: int, message: str, headers: Mapping[str, str] | None = None) -> Response:
    return JSONResponse({"error": message}, status_code=status, headers=headers)


async def _not_found(request: Request, error: Exception) -> Response:
    known = "POST /rpc, GET /openrpc.json, /health, /.well-known/heroservice.json"
    return _plain_error(404, f"There is nothing at this path. This socket has: {known}.")


async def _wrong_verb(request: Request, error: Exception) -> Response:
    return _plain_error(
        405, "This path does not take that method.", getattr(error, "headers", None)
    )


async def _failed(request: Request, error: Exception) -> Response:
    return _plain_error(500, "The request failed inside; the log says why.")
