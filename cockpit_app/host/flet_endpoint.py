"""The WebSocket `/ws`: reads and writes one connection, and always lets go of it.

A connection that says nothing is ended, one that the front no longer vouches for is ended so that
it is asked again, one that cannot keep up is ended; in all cases the session is told. Codes from
4000 are ours.
"""

import asyncio
import logging
from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketDisconnected

from cockpit_app.host.connection import FletConnection, Full, Stale
from cockpit_app.host.packets import BadPacket
from cockpit_app.host.sessions import Sessions
from cockpit_app.host.settings import Main, WebSettings
from cockpit_app.host.standing import Standing, Standings

log = logging.getLogger(__name__)

BAD_PACKET = 1007
BROKEN = 1011
TRY_LATER = 1013
ASK_FRONT_AGAIN = 4401
SILENT = 4408
LOAD_AGAIN = 4409
TOO_SLOW = 4413

_GONE = (WebSocketDisconnect, WebSocketDisconnected)
"""Starlette's words for a browser that has left; which one depends on who notices first."""

LIFE = 0
"""Channel of the signs of life; a ticket in one asks the page to have the front vouch for it."""
AGAIN = "again"
"""Query parameter by which bridge.js says that its page was drawn over an earlier connection."""


class FletEndpoint:
    """Serves WebSockets with Flet pages drawn by `main`."""

    def __init__(
        self, main: Main, *, sessions: Sessions, standings: Standings, settings: WebSettings
    ) -> None:
        self._main = main
        self._sessions = sessions
        self._standings = standings
        self._settings = settings

    async def serve(self, websocket: WebSocket) -> None:
        """Serve one WebSocket to its end."""
        with suppress(*_GONE), self._standings.begin() as standing:
            await websocket.accept()
            await self._serve(websocket, standing)

    async def _serve(self, websocket: WebSocket, standing: Standing) -> None:
        connection = FletConnection(
            sessions=self._sessions,
            main=self._main,
            page_url=str(websocket.url).rsplit("/", 1)[0],
            again=AGAIN in websocket.query_params,
            limit_bytes=self._settings.backlog_bytes,
        )
        try:
            code = await _first_result(
                self._read(websocket, connection),
                _write(websocket, connection),
                _overflow(connection),
                _lapse(standing),
                _show_life(connection, standing, every_s=self._settings.life_every_s),
            )
        finally:
            connection.leave()
        if code is not None:
            await websocket.close(code)

    async def _read(self, websocket: WebSocket, connection: FletConnection) -> int | None:
        try:
            async with asyncio.timeout(self._settings.register_within_s):
                connection.register(await _packet(websocket))
            while True:
                connection.receive(await _packet(websocket))
        except TimeoutError:
            return SILENT
        except _GONE:
            return None
        except Stale:
            return LOAD_AGAIN
        except (BadPacket, Full) as error:
            log.warning("A browser was cut off: %s", error)
            return BAD_PACKET if isinstance(error, BadPacket) else TRY_LATER
        except Exception:
            log.exception("A browser was cut off: its message could not be carried out")
            return BROKEN


async def _packet(websocket: WebSocket) -> bytes:
    try:
        return await websocket.receive_bytes()
    except KeyError as error:
        raise BadPacket("The packet is text.") from error


async def _write(websocket: WebSocket, connection: FletConnection) -> None:
    with suppress(*_GONE):
        while True:
            await websocket.send_bytes(await connection.outbox.take())


async def _overflow(connection: FletConnection) -> int:
    await connection.outbox.overflowed.wait()
    log.warning("A browser was cut off: it reads too slowly")
    return TOO_SLOW


async def _lapse(standing: Standing) -> int:
    await standing.lost()
    return ASK_FRONT_AGAIN


async def _show_life(connection: FletConnection, standing: Standing, *, every_s: float) -> None:
    """Let the page know that we live, for what it shows stays as it was when we hang."""
    while True:
        await asyncio.sleep(every_s)
        asked = standing.ticket if standing.is_fading else ""
        connection.send_data_channel_frame(LIFE, asked.encode())


async def _first_result(*work: Coroutine[Any, Any, int | None]) -> int | None:
    tasks = [asyncio.create_task(each) for each in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    return next((code for task in done if (code := task.result()) is not None), None)
