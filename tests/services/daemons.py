"""Real servers on real Unix sockets that speak as hero_proc and Hero services may speak.

They are the other end of the wire; they share no code with the clients under test, except the
server half of JSON-RPC.
"""

import asyncio
import contextlib
import json
import shutil
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cockpit_app.rpc import jsonrpc

DEADLINE_S = 10.0


@contextmanager
def short_directory() -> Iterator[Path]:
    """A directory whose sockets' paths stay below the kernel's limit."""
    path = Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)


@dataclass
class Request:
    verb: str
    target: str
    headers: dict[str, str]
    body: bytes


Handler = Callable[[Request], Awaitable[bytes]]


def http(body: bytes | str, status: int = 200, kind: str = "application/json") -> bytes:
    data = body.encode() if isinstance(body, str) else body
    head = f"HTTP/1.1 {status} Said\r\nContent-Type: {kind}\r\nContent-Length: {len(data)}\r\n\r\n"
    return head.encode() + data


@dataclass
class HttpServer:
    """HTTP/1.1 with keep-alive, written by hand so that it can also be wrong."""

    path: Path
    handler: Handler
    requests: list[Request] = field(default_factory=list)
    connections: int = 0
    ends_after_each: bool = False
    """Close the connection after an answer, without announcing it."""
    _server: asyncio.Server | None = None
    _tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    _writers: set[asyncio.StreamWriter] = field(default_factory=set)

    async def start(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._server = await asyncio.start_unix_server(self._serve, str(self.path))

    async def stop(self) -> None:
        """End it as a killed process would: connections cut, the socket file left behind."""
        if self._server is not None:
            self._server.close()
            self.cut()
            for task in list(self._tasks):
                task.cancel()
            if self._tasks:
                await asyncio.wait(self._tasks)
            await self._server.wait_closed()
            self._server = None

    def cut(self) -> None:
        for writer in list(self._writers):
            writer.transport.abort()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.add(writer)
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        # CancelledError too: asyncio 3.11 logs an error for a cancelled connection handler.
        with contextlib.suppress(
            ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError
        ):
            await self._converse(reader, writer)
        writer.transport.abort()
        self._writers.discard(writer)
        self._tasks.discard(task)

    async def _converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while request := await _read_request(reader):
            self.requests.append(request)
            writer.write(await self.handler(request))
            await writer.drain()
            if self.ends_after_each or request.headers.get("connection") == "close":
                break
        writer.close()
        await writer.wait_closed()


async def _read_request(reader: asyncio.StreamReader) -> Request | None:
    head = await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b""
    if not head:
        return None
    first, *lines = head.decode("latin-1").split("\r\n")
    verb, target, _ = first.split(" ", 2)
    pairs = (line.partition(":") for line in lines if line)
    headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Request(verb, target, headers, body)


@asynccontextmanager
async def serving(path: Path, handler: Handler, **options: Any) -> AsyncIterator[HttpServer]:
    server = HttpServer(path, handler, **options)
    await server.start()
    try:
        yield server
    finally:
        await server.stop()
        path.unlink(missing_ok=True)


def rpc_handler(call: jsonrpc.Call, pages: dict[str, bytes] | None = None) -> Handler:
    """Answer `POST /rpc` by `call` and `GET`s by `pages`."""

    async def handle(request: Request) -> bytes:
        if request.verb == "POST":
            answer = await jsonrpc.answer(request.body, call)
            return http(answer) if answer is not None else http(b"", 204)
        page = (pages or {}).get(request.target)
        return http(page) if page is not None else http("nothing here", 404, "text/plain")

    return handle


HEALTHY = {"/health": b'{"status":"ok","service":"x","version":"1.2.3"}'}


async def health_handler(request: Request) -> bytes:
    """A well service: `/health` and a manifest."""
    manifest = {"title": "Books", "description": "Reads", "version": "1.2.3", "protocol": "ui"}
    pages = {
        "/health": HEALTHY["/health"],
        "/.well-known/heroservice.json": json.dumps(manifest).encode(),
    }
    page = pages.get(request.target)
    return http(page) if page is not None else http("no", 404, "text/plain")


@dataclass
class Supervised:
    """A service in the supervisor's own mind."""

    name: str
    state: str = "running"
    wanted: str = "start"
    pid: int | None = 100
    sockets: list[str] | None = None
    restarts: int = 0
    extra: dict[str, Any] = field(default_factory=dict)

    def full(self) -> dict[str, Any]:
        return {
            "name": self.name,
            "state": self.state,
            "status": self.wanted,
            "pid": self.pid,
            "sockets": self.sockets,
            "restart_count": self.restarts,
            "unknown_field": {"kept": True},
            **self.extra,
        }


@dataclass
class Supervisor:
    """A hero_proc with a state of its own; each switch is one way in which versions differ."""

    services: dict[str, Supervised] = field(default_factory=dict)
    missing: frozenset[str] = frozenset()
    """Methods that this version does not have."""
    underscore: bool = False
    """`service_list` in place of `service.list`."""
    unknown_code: int = jsonrpc.METHOD_NOT_FOUND
    list_shape: str = "objects"
    change_result: Any = None
    parameter: str = "name"
    wrapped: bool = False
    documented: bool = False
    stuck: bool = False
    """Takes requests, but changes nothing."""
    refuses: str = ""
    """Words with which it refuses every change."""
    calls: list[tuple[str, Any]] = field(default_factory=list)
    next_pid: int = 1000
    on_change: Callable[[str, str], Awaitable[None]] | None = None

    def add(self, *names: str, **members: Any) -> None:
        for name in names:
            self.services[name] = Supervised(name, **members)

    @property
    def changes(self) -> list[str]:
        return [method for method, _ in self.calls if method.rpartition(".")[2] in _CHANGES]

    async def call(self, method: str, params: jsonrpc.Params) -> Any:
        self.calls.append((method, params))
        logical = self._logical(method)
        if logical == "list_full":
            return self._listed([s.full() for s in self.services.values()])
        if logical == "list":
            return self._listed_names()
        service = self._named(params)
        if logical == "status":
            return service.full()
        await self._change(logical, service)
        return self.change_result

    def handler(self) -> Handler:
        pages = {"/health": b'{"status":"ok"}'}
        if self.documented:
            pages["/openrpc.json"] = json.dumps(self._document()).encode()
        return rpc_handler(self.call, pages)

    def _logical(self, method: str) -> str:
        prefix = "service_" if self.underscore else "service."
        logical = method.removeprefix(prefix)
        known = method.startswith(prefix) and logical in _METHODS and logical not in self.missing
        if not known:
            raise jsonrpc.Fault(self.unknown_code, f"Method not found: {method}")
        return logical

    def _named(self, params: jsonrpc.Params) -> Supervised:
        given: Any = params
        if self.wrapped:
            given = given.get("input") if isinstance(given, dict) else None
        name = given.get(self.parameter) if isinstance(given, dict) else None
        if not isinstance(name, str):
            raise jsonrpc.Fault(jsonrpc.INVALID_PARAMS, f"missing field `{self.parameter}`")
        if name not in self.services:
            raise jsonrpc.Fault(-32000, f"service {name} not found")
        return self.services[name]

    async def _change(self, logical: str, service: Supervised) -> None:
        if self.refuses:
            raise jsonrpc.Fault(-32008, self.refuses)
        if self.stuck:
            return
        if logical in {"stop", "restart"}:
            service.state, service.pid, service.wanted = "inactive", None, "stop"
        if logical in {"start", "restart"}:
            self.next_pid += 1
            service.state, service.pid, service.wanted = "running", self.next_pid, "start"
        if self.on_change is not None:
            await self.on_change(logical, service.name)

    def _listed(self, services: list[dict[str, Any]]) -> Any:
        by_name = {s["name"]: s for s in services}
        shapes: dict[str, Any] = {
            "objects": services,
            "map": {n: {k: v for k, v in s.items() if k != "name"} for n, s in by_name.items()},
            "words": {n: s["state"].capitalize() for n, s in by_name.items()},
            "names": list(by_name),
            "services": {"services": services},
            "items": {"items": services, "total": len(services)},
            "result": {"result": {"services": by_name}},
        }
        return shapes[self.list_shape]

    def _listed_names(self) -> Any:
        if self.list_shape == "words":
            return {n: s.state.capitalize() for n, s in self.services.items()}
        return list(self.services)

    def _document(self) -> dict[str, Any]:
        prefix = "service_" if self.underscore else "service."
        plain: dict[str, Any] = {"name": self.parameter, "schema": {"type": "string"}}
        inner = {"type": "object", "properties": {self.parameter: {"type": "string"}}}
        wrapped = {"name": "input", "schema": inner}
        methods = [
            {
                "name": prefix + logical,
                "params": [] if "list" in logical else [wrapped if self.wrapped else plain],
            }
            for logical in _METHODS
            if logical not in self.missing
        ]
        return {"openrpc": "1.2.6", "info": {"title": "x", "version": "1"}, "methods": methods}


_METHODS = ("list_full", "list", "status", "start", "stop", "restart")
_CHANGES = frozenset({"start", "stop", "restart"})


async def eventually(
    holds: Callable[[], bool] | Callable[[], Awaitable[bool]], what: str = "it"
) -> None:
    """Wait until `holds`, looking again and again until the deadline."""
    async with asyncio.timeout(DEADLINE_S):
        while True:
            held = holds()
            if await held if not isinstance(held, bool) else held:
                return
            await asyncio.sleep(0.01)
