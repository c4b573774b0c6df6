"""The world outside, as far as a preview knows it: a process for AI providers and a Forge.

So that keys can be tested and feedback filed while nothing leaves the machine. It listens on
`outside/rpc.sock`; the settings of a new home name it in place of the real addresses.
"""

import asyncio
import logging
import os
import sys
from pathlib import Path

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from cockpit_app import __version__
from cockpit_app.preview.face import About, Face
from cockpit_app.preview.home import Home
from cockpit_app.preview.outside_ai import ai_routes
from cockpit_app.preview.outside_forge import Forge
from cockpit_app.preview.outside_issues import Issues
from cockpit_app.preview.outside_pages import ForgePages
from cockpit_app.preview.port import HOST
from cockpit_app.preview.sockets import private_umask, serve, stop_signal

ABOUT = About(
    name="preview_outside",
    title="Outside world",
    description="Stands for AI providers and the Forge",
    version=__version__,
)
SOCKET = "outside/rpc.sock"
PREFIX = "/outside/rpc"
"""Where the gateway shows it."""


def application(home: Home, port: int) -> ASGIApp:
    """Return the ASGI application of one home's outside world, whose gateway has `port`."""
    issues = Issues(home)
    forge = Forge(home, issues, f"http://{HOST}:{port}{PREFIX}/forge")
    return Starlette(
        routes=[
            *ai_routes(),
            *forge.routes(),
            *ForgePages(forge, issues).routes(),
            Mount("/", Face(ABOUT, []).application()),
        ],
        middleware=[Middleware(OwnersOnly)],
    )


class OwnersOnly:
    """Lets local programs in, and through the gateway the owner of the preview alone."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or refuse it."""
        headers = dict(scope.get("headers", []))
        claims = headers.get(b"x-hero-claims", b"").split(b",")
        if b"x-forwarded-host" in headers and b"groups.admin" not in claims:
            refusal = JSONResponse({"error": "Only the owner of this preview may see this."}, 403)
            await refusal(scope, receive, send)
        else:
            await self._app(scope, receive, send)


async def run(home: Home, port: int) -> None:
    """Serve the socket until a signal ends it."""
    over = stop_signal()
    await serve(application(home, port), home.socket(SOCKET), over)


def main() -> None:
    """Run as a process; the home is told by PATH_ROOT, the gateway's port by the only argument."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    private_umask()
    asyncio.run(run(Home(Path(os.environ["PATH_ROOT"])), int(sys.argv[1])))


if __name__ == "__main__":
    main()
