"""The outermost part of the web host: decides for each connection what is believed about it.

It settles the prefix, the caller and the origin, and gives every answer its security headers. What
lies behind it never looks at a forwarding or identity header again.
"""

import re
from collections.abc import Sequence

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cockpit_app.host.identity import Ambiguous, RawHeaders, identity_of, single
from cockpit_app.host.origin import is_same_origin
from cockpit_app.host.policy import security_headers
from cockpit_app.host.settings import Face, Front
from services.claims import Identity, RightsTable, acting_as

_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]{0,63}){1,6}")
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})


class Edge:
    """ASGI middleware that must wrap everything that a listener serves."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        front: Front,
        face: Face,
        rights: RightsTable,
        prefix: str = "",
        embedders: Sequence[str] = (),
        hosts: Sequence[str] = (),
    ) -> None:
        self._app = app
        self._believed = front == "proxy"
        self._face = face
        self._rights = rights
        self._prefix = prefix.rstrip("/")
        self._hosts = frozenset(hosts)
        self._headers = security_headers(embedders=embedders)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        headers: RawHeaders = scope["headers"]
        guarded = _with_headers(send, self._headers)
        if not self._is_called_by_name(headers):
            refusal = PlainTextResponse("This is not a name of this machine.\n", 403)
            await refusal(scope, receive, guarded)
            return
        if not self._is_own_page(scope, headers):
            refusal = PlainTextResponse("This request comes from another site.\n", 403)
            await refusal(scope, receive, guarded)
            return
        with acting_as(self._identity(headers)):
            await self._app(_below(scope, self._prefix_of(headers)), receive, guarded)

    def _identity(self, headers: RawHeaders) -> Identity:
        if self._believed:
            return identity_of(headers, via=self._face, rights=self._rights)
        return Identity(via=self._face)

    def _prefix_of(self, headers: RawHeaders) -> str:
        if not self._believed:
            return self._prefix
        try:
            said = single(headers, "X-Forwarded-Prefix")
        except Ambiguous:
            return self._prefix
        if said is None:
            return self._prefix
        prefix = said.rstrip("/")
        return prefix if _PREFIX.fullmatch(prefix) else ""

    def _is_called_by_name(self, headers: RawHeaders) -> bool:
        """Tell whether Host is a name of ours; a page that rebinds its own name uses another."""
        if not self._hosts:
            return True
        try:
            host = single(headers, "Host") or ""
        except Ambiguous:
            return False
        return re.sub(r":[0-9]+$", "", host).lower() in self._hosts

    def _is_own_page(self, scope: Scope, headers: RawHeaders) -> bool:
        if scope["type"] == "http" and scope["method"] in _SAFE_METHODS:
            return True
        try:
            origin = single(headers, "Origin")
            return is_same_origin(origin, self._host(headers))
        except Ambiguous:
            return False

    def _host(self, headers: RawHeaders) -> str | None:
        forwarded = single(headers, "X-Forwarded-Host") if self._believed else None
        if forwarded:
            return forwarded.partition(",")[0].strip()
        return single(headers, "Host")


def _below(scope: Scope, prefix: str) -> Scope:
    path: str = scope["path"]
    inner = path
    if prefix and (path == prefix or path.startswith(prefix + "/")):
        inner = path[len(prefix) :] or "/"
    return {**scope, "root_path": prefix, "path": prefix + inner}


def _with_headers(send: Send, extra: dict[str, str]) -> Send:
    async def guarded(message: Message) -> None:
        if message["type"] in {"http.response.start", "websocket.http.response.start"}:
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in extra.items():
                headers.setdefault(name, value)
            message = {**message, "headers": headers.raw}
        await send(message)

    return guarded
