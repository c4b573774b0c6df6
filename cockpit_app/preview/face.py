"""A daemon's JSON-RPC face: `/rpc`, `/health`, the manifest and the OpenRPC document on a socket.

Shared by hero_proc, hero_proxy and hero_compute of the preview. What the methods do is theirs; how
a result is written is here alone. Source: hero_proc reference, 1.2 and 3.2.
"""

import inspect
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cockpit_app.rpc.jsonrpc import INVALID_PARAMS, METHOD_NOT_FOUND, Fault, Params, answer

MAX_BODY_BYTES = 1 << 20

_SCHEMAS: dict[Any, dict[str, Any]] = {
    str: {"type": "string"},
    int: {"type": "integer"},
    bool: {"type": "boolean"},
    list[str] | None: {"type": "array", "items": {"type": "string"}},
}

Handler = Callable[..., Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Method:
    """One method of a face; its parameters are the keyword arguments of `handler`."""

    name: str
    handler: Handler

    @property
    def parameters(self) -> list[inspect.Parameter]:
        return list(inspect.signature(self.handler, eval_str=True).parameters.values())

    async def call(self, params: Params) -> Any:
        """Carry it out; raises Fault for parameters that do not fit."""
        return await self.handler(**self._named(params))

    def describe(self) -> dict[str, Any]:
        """Return its entry in the OpenRPC document."""
        return {
            "name": self.name,
            "summary": (inspect.getdoc(self.handler) or "").partition("\n")[0].rstrip("."),
            "paramStructure": "either",
            "params": [
                {"name": p.name, "required": p.default is p.empty, "schema": _SCHEMAS[p.annotation]}
                for p in self.parameters
            ],
            "result": {"name": "result", "schema": {}},
        }

    def _named(self, params: Params) -> dict[str, Any]:
        known = {p.name: p for p in self.parameters}
        if isinstance(params, list):
            if len(params) > len(known):
                raise Fault(INVALID_PARAMS, f"{self.name} takes {len(known)} parameters at most.")
            params = dict(zip(known, params, strict=False))
        given = params or {}
        if unknown := sorted(given.keys() - known.keys()):
            raise Fault(INVALID_PARAMS, f"{self.name} has no parameter {', '.join(unknown)}.")
        for name, parameter in known.items():
            self._check(parameter, given.get(name, parameter.default))
        return given

    def _check(self, parameter: inspect.Parameter, value: Any) -> None:
        if value is parameter.empty:
            raise Fault(INVALID_PARAMS, f"{self.name} needs the parameter {parameter.name}.")
        if not _fits(value, parameter.annotation):
            wanted = _SCHEMAS[parameter.annotation]["type"]
            raise Fault(
                INVALID_PARAMS, f"The parameter {parameter.name} of {self.name} must be: {wanted}."
            )


def _fits(value: Any, annotation: Any) -> bool:
    if annotation == list[str] | None:
        return value is None or (isinstance(value, list) and all(isinstance(i, str) for i in value))
    return type(value) is annotation  # not isinstance: True is no integer in JSON


@dataclass(frozen=True, slots=True)
class About:
    """How a service introduces itself."""

    name: str
    title: str
    description: str
    version: str


class Face:
    """The methods of one service, and the ASGI application that offers them."""

    def __init__(self, about: About, methods: Iterable[Method]) -> None:
        self.about = about
        self._methods = {method.name: method for method in methods}
        self._methods["rpc.discover"] = Method("rpc.discover", self._discover)

    async def call(self, name: str, params: Params) -> Any:
        """Carry one method out: the only way by which a result leaves this process."""
        method = self._methods.get(name)
        if method is None:
            raise Fault(METHOD_NOT_FOUND, f"Method not found: {name}")
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
        return Starlette(
            routes=[
                Route("/rpc", self._rpc, methods=["POST"]),
                Route("/health", self._health),
                Route("/openrpc.json", self._openrpc),
                Route("/.well-known/heroservice.json", self._manifest),
            ],
        )

    async def _discover(self) -> dict[str, Any]:
        """Return the OpenRPC document of this service."""
        return self.document()

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
        return Response(reply, media_type="application/json")

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
