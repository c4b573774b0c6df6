"""What those hear who still wait for an answer when the server ends: that it does, in order."""

import asyncio

from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

ENDING = "hero_cockpit is being restarted. Try again."


class Farewell:
    """ASGI middleware: a request that is cut short, as a long poll is, gets status 503."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = False

        async def noting(message: Message) -> None:
            nonlocal started
            started = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except asyncio.CancelledError:
            if started:
                raise
            headers = {"retry-after": "1", "connection": "close"}
            await JSONResponse({"error": ENDING}, 503, headers)(scope, receive, send)
