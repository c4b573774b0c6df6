"""The hero_proxy of the preview: a reverse proxy on the loopback address, and its RPC face.

Every request is judged here before it reaches a socket: the host it names, the session it bears.
Source: hero_platform reference, section 1.
"""

import asyncio
import logging
import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

import h11

from cockpit_app import __version__
from cockpit_app.preview.domains import Domains
from cockpit_app.preview.door import MAX_FORM_BYTES, Door, Visitor
from cockpit_app.preview.face import About, Face
from cockpit_app.preview.forward import TargetDead, forward
from cockpit_app.preview.gateway_headers import Forwarding, request_headers, without_cookie
from cockpit_app.preview.home import Home
from cockpit_app.preview.identities import Identity
from cockpit_app.preview.pages import Answer, redirect, refusal
from cockpit_app.preview.port import HOST
from cockpit_app.preview.programs import load_programs
from cockpit_app.preview.proxy_rpc import DomainMethods
from cockpit_app.preview.routes import GATEWAY_NAMES, Moved, Route, find_route, host_name
from cockpit_app.preview.sessions import Sessions
from cockpit_app.preview.sockets import BACKLOG, private_umask, serve, stop_signal
from cockpit_app.preview.wire import Wire

log = logging.getLogger(__name__)

ABOUT = About(
    name="hero_proxy",
    title="Gateway",
    description="Front door of this preview",
    version=__version__,
)
IDLE_TIMEOUT_S = 75.0
_DAEMONS = frozenset({"hero_proc", "hero_cockpit"})
"""What every node has, whether it is among the programs of this preview or not."""


@dataclass(frozen=True, slots=True)
class _Client:
    """What a connection was last used for."""

    name: str = ""
    token: str = ""


class Gateway:
    """Serves browsers' connections to one port for one home."""

    def __init__(self, home: Home, port: int) -> None:
        self._home = home
        self._port = port
        self._sessions = Sessions(home)
        self._door = Door(home, self._sessions)
        self._connections: dict[asyncio.Task[None], _Client] = {}
        self.domains = Domains(home)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection; the callback of `asyncio.start_server`."""
        task = asyncio.current_task()
        assert task is not None
        self._connections[task] = _Client()
        wire = Wire(h11.SERVER, reader, writer)
        peer = writer.get_extra_info("peername")[0]
        try:
            await self._serve(wire, peer, task)
        except (OSError, TimeoutError, h11.RemoteProtocolError):
            wire.abort()
        except asyncio.CancelledError:
            wire.abort()  # cut by `close_name` or at the end: the connection is over, not the work
        finally:
            del self._connections[task]
            await wire.close()

    def close_name(self, name: str) -> None:
        """Cut every connection that came for the host `name`."""
        for task, client in self._connections.items():
            if client.name == name:
                task.cancel()

    def _cut_if_signed_out(self, visitor: Visitor, *, but: "asyncio.Task[None]") -> None:
        """Cut every other connection of a session that has just ended."""
        if not visitor.token or self._door.identity(visitor) is not None:
            return
        for task, client in self._connections.items():
            if client.token == visitor.token and task is not but:
                task.cancel()

    async def close(self) -> None:
        """Cut all connections."""
        tasks = list(self._connections)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, wire: Wire, peer: str, task: "asyncio.Task[None]") -> None:
        while True:
            try:
                async with asyncio.timeout(IDLE_TIMEOUT_S):
                    request = await wire.receive()
            except h11.RemoteProtocolError as error:
                words = ["This is no HTTP request that can be understood."]
                answer = refusal(error.error_status_hint, "Bad request", words, as_json=True)
                await self._send(wire, None, answer)
                return
            if not isinstance(request, h11.Request):
                return
            await self._handle(wire, request, peer, task)
            if wire.protocol.our_state is not h11.DONE or wire.protocol.their_state is not h11.DONE:
                return
            wire.protocol.start_next_cycle()

    async def _handle(
        self, wire: Wire, request: h11.Request, peer: str, task: "asyncio.Task[None]"
    ) -> None:
        visitor = self._visitor(request)
        name = host_name(visitor.host, self._port)
        if name is None or not visitor.path.startswith("/"):
            await self._send(wire, request, _foreign_host(visitor, self._port))
            return
        self._connections[task] = _Client(name, visitor.token)
        if self._door.owns(visitor):
            own = self._own(visitor, await _body(wire))
            await self._send(wire, request, own)
            self._cut_if_signed_out(visitor, but=task)
            return
        route = find_route(self._home, self.domains, name, request.target.decode("latin-1"))
        # Who asks for a name that leads nowhere learns just that, and is not asked to sign in.
        is_name = name in GATEWAY_NAMES or route is not None
        known = route if isinstance(route, Route) else None
        answer = self._door.refuse(visitor, known) if is_name else None
        if answer is None and not isinstance(route, Route):
            answer = _nowhere(visitor, route)
        if answer is not None:
            await self._send(wire, request, answer)
        elif isinstance(route, Route):
            await self._forward(wire, request, visitor, route, peer)

    def _own(self, visitor: Visitor, form: bytes) -> Answer:
        try:
            return self._door.answer(visitor, form)
        except OSError as error:
            log.exception("The folder of the preview cannot be written")
            words = [f"The preview cannot write to its folder: {error.strerror}."]
            words += ["Mend that first.", self._door.get_link(visitor)]
            return refusal(507, "Nobody can sign in or out", words, as_json=visitor.wants_json)

    async def _forward(
        self, wire: Wire, request: h11.Request, visitor: Visitor, route: Route, peer: str
    ) -> None:
        forwarding = Forwarding(
            identity=self._identity_for(visitor, route),
            peer=peer,
            host=visitor.host,
            prefix=route.prefix,
        )
        headers = request_headers(request.headers.raw_items(), forwarding)
        headers = without_cookie(headers, self._sessions.cookie)
        target = route.target.encode("latin-1")
        try:
            await forward(wire, request, target=target, headers=headers, socket=route.socket)
        except TargetDead:
            known = await asyncio.to_thread(self._is_known, route)
            answer = self._down(visitor, route) if known else _nowhere(visitor, None)
            await self._send(wire, request, answer)

    def _is_known(self, route: Route) -> bool:
        """Tell whether something of this home listened where the route leads, or is meant to."""
        if route.domain is not None or route.service in _DAEMONS or route.socket.exists():
            return True
        declared = f"{route.service}/{route.socket.name}"
        return any(declared in program.sockets for program in load_programs(self._home))

    def _down(self, visitor: Visitor, route: Route) -> Answer:
        words = [f"{route.service} does not answer on its socket {route.socket.name}."]
        if route.service == "hero_cockpit":
            words.append(f"Start it with: PATH_ROOT={self._home.root} hero_cockpit --start")
        else:
            words.append("It may be stopped: look in the cockpit and start it there.")
        return refusal(502, f"{route.service} is down", words, as_json=visitor.wants_json)

    def _identity_for(self, visitor: Visitor, route: Route) -> Identity | None:
        """Return what the service is told of the visitor: at a `none` name, nothing."""
        if route.domain is not None and route.domain.auth_mode == "none":
            return None
        return self._door.identity(visitor)

    def _visitor(self, request: h11.Request) -> Visitor:
        headers = dict(request.headers)
        origin = headers.get(b"origin")
        path, _, query = request.target.decode("latin-1").partition("?")
        return Visitor(
            method=request.method.decode("latin-1"),
            host=headers.get(b"host", b"").decode("latin-1"),
            origin=None if origin is None else origin.decode("latin-1"),
            token=self._sessions.token(request.headers),
            path=path,
            query=query,
        )

    async def _send(self, wire: Wire, request: h11.Request | None, answer: Answer) -> None:
        """Send one of our own answers, and read what is left of a short request body."""
        length = (b"Content-Length", str(len(answer.body)).encode())
        response = h11.Response(status_code=answer.status, headers=[*answer.headers, length])
        events: list[h11.Event] = [response]
        if request is None or request.method != b"HEAD":
            events.append(h11.Data(data=answer.body))
        await wire.send(*events, h11.EndOfMessage())
        if request is not None:
            await _body(wire)


async def _body(wire: Wire) -> bytes:
    """Return the body of a request to ourselves; cut short at what a form may be long."""
    body = b""
    while wire.protocol.their_state is h11.SEND_BODY and len(body) <= MAX_FORM_BYTES:
        event = await wire.receive()
        if isinstance(event, h11.Data):
            body += event.data
    return body


def _foreign_host(visitor: Visitor, port: int) -> Answer:
    words = [
        "This preview answers only to names of this very machine, and another was asked for.",
        f"Open http://{HOST}:{port}/ instead.",
    ]
    return refusal(403, "Not this name", words, as_json=visitor.wants_json)


def _nowhere(visitor: Visitor, moved: Moved | None) -> Answer:
    if moved is not None:
        return redirect(moved.location, status=307 if moved.keep_method else 303)
    words = ["No service of this preview has that address."]
    _, _, port = visitor.host.partition(":")
    home = "/" if visitor.name in GATEWAY_NAMES else f"http://{HOST}:{port}/"
    link = (home, "Go to the cockpit")
    return refusal(404, "Nothing here", words, as_json=visitor.wants_json, link=link)


async def run(home: Home, port: int) -> None:
    """Serve the port and `hero_proxy/rpc.sock` until a signal ends it."""
    over = stop_signal()
    gateway = Gateway(home, port)
    methods = DomainMethods(home, gateway.domains, gateway.close_name)
    face = Face(ABOUT, methods.methods())
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as listening:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        server = await asyncio.start_server(gateway.serve, sock=listening, backlog=BACKLOG)
        await serve(face.application(), home.socket("hero_proxy/rpc.sock"), over)
        server.close()
        await gateway.close()


def main() -> None:
    """Run as a process; the home is told by PATH_ROOT, the port by the only argument."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    private_umask()
    asyncio.run(run(Home(Path(os.environ["PATH_ROOT"])), int(sys.argv[1])))


if __name__ == "__main__":
    main()
