"""A daemon's JSON-RPC face: `/rpc`, `/health`, the manifest and the OpenRPC document on a socket.

Shared by hero_proc, hero_proxy and hero_compute of the preview. What the methods do is theirs; how
a result is written is here alone, and in `translation` for a face that speaks another dialect.
Source: hero_proc reference, 1.2 and 3.2.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cockpit_app.preview.dialect import USUAL, Switch, Switches
from cockpit_app.preview.method import Handler, Method
from cockpit_app.preview.translation import translate
from cockpit_app.rpc.jsonrpc import (
    INVALID_PARAMS,
    INVALID_REQUEST,
    METHOD_NOT_FOUND,
    PARSE_ERROR,
    Fault,
    Params,
    answer,
)

__all__ = ["About", "Face", "Handler", "Method"]

MAX_BODY_BYTES = 1 << 20
_NO_SUCH_METHOD = -32000
"""What a less strict service says in place of the specification's code."""

_HTTP_STATUS = {
    PARSE_ERROR: HTTPStatus.BAD_REQUEST,
    INVALID_REQUEST: HTTPStatus.BAD_REQUEST,
    INVALID_PARAMS: HTTPStatus.BAD_REQUEST,
    METHOD_NOT_FOUND: HTTPStatus.NOT_FOUND,
    _NO_SUCH_METHOD: HTTPStatus.NOT_FOUND,
}


@dataclass(frozen=True, slots=True)
class About:
    """How a service introduces itself."""

    name: str
    title: str
    description: str
    version: str


class Face:
    """The methods of one service, and the ASGI application that offers them."""

    def __init__(self, about: About, methods: Iterable[Method], switches: Switches = USUAL) -> None:
        self.about = about
        self._switches = switches
        discover = Method("rpc.discover", self._discover)
        self._methods = translate([*methods, discover], switches)

    async def call(self, name: str, params: Params) -> Any:
        """Carry one method out: the only way by which a result leaves this process."""
        method = self._methods.get(name)
        if method is None:
            is_odd = Switch.UNKNOWN_32000 in self._switches
            raise Fault(
                _NO_SUCH_METHOD if is_odd else METHOD_NOT_FOUND, f"Method not found: {name}"
            )
        return await method.call(params)

    def document(self) -> dict[str, Any]:
        """Return the OpenRPC document."""
        return {
            "openrpc": "1.3.2",
            "info": {"title": self.about.title, "version": self.about.version},
            "methods": [method.describe() for method in self._methods.values()],
        }

    def application(self) -> Starlette:
        """Return the ASGI application of the socket."""
        above = "/api/main" if Switch.API_DOMAIN in self._switches else ""
        routes = [
            Route(f"{above}/rpc", self._rpc, methods=["POST"]),
            Route("/health", self._health),
            Route("/.well-known/heroservice.json", self._manifest),
        ]
        if not self._switches & {Switch.NO_DOCUMENT, Switch.DOCUMENT_STRING}:
            routes.append(Route(f"{above}/openrpc.json", self._openrpc))
        return Starlette(routes=routes)

    async def _discover(self) -> dict[str, Any] | str:
        """Return the OpenRPC document of this service."""
        document = self.document()
        return json.dumps(document) if Switch.DOCUMENT_STRING in self._switches else document

    async def _rpc(self, request: Request) -> Response:
        if not _may_call(request):
            return JSONResponse({"error": "Only the owner of this preview may call this."}, 403)
        body = await request.body()
        if len(body) > MAX_BODY_BYTES:
            return Response("The request is too long.", status_code=413)
        if request.headers.get("content-type", "").partition(";")[0].strip() != "application/json":
            return Response("Expected request with `Content-Type: application/json`", 415)
        reply = await answer(body, self.call)
        if reply is None:
            return Response(status_code=204)
        return Response(reply, self._status(reply), media_type="application/json")

    def _status(self, reply: bytes) -> int:
        """Return the HTTP status of an answer: 200 for errors too, in the usual dialect."""
        if Switch.HTTP_ERRORS not in self._switches:
            return HTTPStatus.OK
        said = json.loads(reply)
        if isinstance(said, list) or "error" not in said:
            return HTTPStatus.OK
        return _HTTP_STATUS.get(said["error"]["code"], HTTPStatus.INTERNAL_SERVER_ERROR)

    async def _health(self, _request: Request) -> Response:
        about = self.about
        return JSONResponse({"status": "ok", "service": about.name, "version": about.version})

    async def _openrpc(self, _request: Request) -> Response:
        return JSONResponse(self.document())

    async def _manifest(self, _request: Request) -> Response:
        about = self.about
        return JSONResponse(
            {
                "protocol": "openrpc",
                "name": about.name,
                "title": about.title,
                "version": about.version,
                "description": about.description,
                "socket": "rpc",
            }
        )


def _may_call(request: Request) -> bool:
    """Tell whether a caller is local, or came through the gateway as the owner and on purpose.

    A page of another origin can make a browser send the owner's cookie, but not hide its Origin.
    """
    headers = request.headers
    host = headers.get("x-forwarded-host")
    if host is None:
        return True
    is_owner = "groups.admin" in headers.get("x-hero-claims", "").split(",")
    return is_owner and headers.get("origin", f"http://{host}") == f"http://{host}"
