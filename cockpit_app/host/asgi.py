"""The web application of one socket, put together."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.types import ASGIApp

from cockpit_app.host.admin_gate import AdminGate
from cockpit_app.host.edge import Edge
from cockpit_app.host.flet_endpoint import FletEndpoint
from cockpit_app.host.flet_patches import apply_patches
from cockpit_app.host.index_page import TITLE
from cockpit_app.host.packing import PackedFiles
from cockpit_app.host.sessions import Sessions
from cockpit_app.host.settings import Face, Front, Main, WebSettings
from cockpit_app.host.standing import Standings
from cockpit_app.host.static import StaticEndpoint
from cockpit_app.host.web_files import web_files
from services.claims import RightsTable

_NO_STORE = {"cache-control": "no-store"}


def web_app(
    main: Main,
    *,
    version: str,
    front: Front = "proxy",
    socket: Face = "web",
    rights: RightsTable | None = None,
    settings: WebSettings | None = None,
) -> ASGIApp:
    """Return the ASGI application that shows `main`'s pages on the web or the admin socket.

    `front` says whether identity, host and prefix headers are believed. The first call reads the
    web files (a moment); it must not be made on a running loop that is in a hurry.
    """
    apply_patches()
    settings = settings or WebSettings()
    files = web_files()
    packed = PackedFiles(settings.cache_dir)
    sessions = Sessions(ttl_s=settings.session_ttl_s, most=settings.sessions)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        packing = asyncio.create_task(packed.pack(files))
        try:
            yield
        finally:
            packing.cancel()
            with suppress(asyncio.CancelledError):
                await packing
            await sessions.close()

    standings = Standings(hold_s=settings.recheck_s)
    endpoint = FletEndpoint(main, sessions=sessions, standings=standings, settings=settings)
    about = _About(version=version, build=files.build, socket=socket)
    app: ASGIApp = Starlette(
        lifespan=lifespan,
        routes=[
            Route("/health", about.health),
            Route("/.well-known/heroservice.json", about.discovery),
            WebSocketRoute("/ws", endpoint.serve),
            Route("/vouch/{ticket}", _vouching(standings)),
            Route("/{path:path}", StaticEndpoint(files, packed, settings).serve),
        ],
    )
    if socket == "admin":
        app = AdminGate(app)
    return Edge(
        app,
        front=front,
        face=socket,
        rights=rights or RightsTable(),
        prefix=settings.prefix,
        embedders=settings.embedders,
        hosts=settings.hosts,
    )


def _vouching(standings: Standings) -> Callable[[Request], Awaitable[Response]]:
    """Return what answers a page that comes through the front to vouch for its connection."""

    async def vouch(request: Request) -> Response:
        holds = standings.vouch(request.path_params["ticket"])
        return Response(status_code=204 if holds else 409, headers=_NO_STORE)

    return vouch


class _About:
    """The two documents that say what is served here."""

    def __init__(self, *, version: str, build: str, socket: Face) -> None:
        self._version = version
        self._build = build
        self._socket = socket

    async def health(self, _request: Request) -> JSONResponse:
        return JSONResponse(
            {
                "status": "ok",
                "service": "hero_cockpit",
                "version": self._version,
                "build": self._build,
            },
            headers=_NO_STORE,
        )

    async def discovery(self, _request: Request) -> JSONResponse:
        """Source: hero_platform reference 2 (`protocol` is `ui` on a browser socket)."""
        return JSONResponse(
            {
                "protocol": "ui",
                "service_id": "hero_cockpit",
                "socket": self._socket,
                "title": TITLE,
                "version": self._version,
            },
            headers=_NO_STORE,
        )
