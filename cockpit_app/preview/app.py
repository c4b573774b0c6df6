"""A stand-in for a Hero service: one small real process on real Unix sockets.

The body of every file that `lab` installs (`builds.py` adds what the build is), with the standard
library only, so that many start in a moment. It answers what every Hero service must answer and
nothing more, or goes wrong as its build was told to. Source: hero_proc reference, 3.1, 3.2, 3.4.
"""

import html
import json
import os
import signal
import socketserver
import sys
import threading
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

MAX_BODY_BYTES = 1 << 20
DIES_AFTER_S = 2.5

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>
:root {{ color-scheme: light dark; --ink: #161b22; --soft: #4c5663; --back: #f6f7f9;
  --card: #fff; --edge: #d3d8de; --hero: #0b5c66 }}
@media (prefers-color-scheme: dark) {{ :root {{ --ink: #e5e9ee; --soft: #aab4c0;
  --back: #0e1319; --card: #141a22; --edge: #2f3945; --hero: #7fd6df }} }}
body {{ margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back);
  color: var(--ink); font: 16px/1.55 system-ui, sans-serif }}
main {{ max-width: 30rem; margin: 1rem; padding: 2rem; background: var(--card);
  border: 1px solid var(--edge); border-radius: 16px }}
h1 {{ margin: 0; font-size: 1.6rem }} p {{ margin: .6rem 0 }} a {{ color: var(--hero) }}
.soft {{ color: var(--soft) }}
dl {{ display: grid; grid-template-columns: auto 1fr; gap: .3rem 1.2rem }}
dt {{ color: var(--soft) }} dd {{ margin: 0; overflow-wrap: anywhere }}
</style></head><body><main>
<h1>{title}</h1><p>{description}.</p>
<p class="soft">This is a stand-in of the preview: a real process behind a real gateway that
does nothing but answer.</p>
<dl><dt>You are</dt><dd>{user}</dd><dt>Your claims</dt><dd>{claims}</dd>
<dt>Version</dt><dd>{version}</dd><dt>Socket</dt><dd>{socket}</dd><dt>Prefix</dt><dd>{prefix}</dd>
<dt>Process</dt><dd>{pid}</dd></dl>
<p><a href="{prefix}/health">Health</a> · <a href="{prefix}/">Look again</a></p>
</main></body></html>
"""


def log(line: str) -> None:
    """Write a line to the service's log, which the supervisor keeps."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


class Service:
    """What this process stands for."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self.name: str = spec["name"]
        self.title: str = spec["title"]
        self.description: str = spec["description"]
        self.version: str = spec["version"]
        self.build: int = spec["build"]
        self.kind: str = spec["kind"]
        self.sockets: list[str] = spec["sockets"]
        self.flaw: str = spec["flaw"]
        self.started = time.monotonic()

    def health(self) -> dict[str, Any]:
        return {"status": "ok", "service": self.name, "version": self.version, "build": self.build}

    def info(self) -> dict[str, Any]:
        """Return what `--info` prints, for `lab`."""
        return {
            "name": self.name,
            "version": self.version,
            "build": self.build,
            "kind": self.kind,
            "description": self.description,
            "sockets": self.sockets,
        }

    def manifest(self, kind: str) -> dict[str, Any]:
        return {
            "protocol": "openrpc" if kind == "rpc" else "ui",
            "name": self.name,
            "title": self.title,
            "version": self.version,
            "description": self.description,
            "socket": kind,
        }

    def openrpc(self) -> dict[str, Any]:
        methods = {"rpc.discover": "Return this document", "standin.about": "Say what this is"}
        return {
            "openrpc": "1.3.2",
            "info": {"title": self.title, "version": self.version},
            "methods": [
                {
                    "name": name,
                    "summary": summary,
                    "params": [],
                    "result": {"name": "result", "schema": {"type": "object"}},
                }
                for name, summary in methods.items()
            ],
        }

    def about(self) -> dict[str, Any]:
        uptime_s = round(time.monotonic() - self.started, 1)
        return {"name": self.name, "stand_in": True, "pid": os.getpid(), "uptime_s": uptime_s}

    def call(self, request: Any) -> dict[str, Any]:
        """Answer one JSON-RPC request."""
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _failure(None, -32600, "A request is an object with a method.")
        methods = {"rpc.discover": self.openrpc, "standin.about": self.about}
        method = methods.get(request["method"])
        if method is None:
            return _failure(request.get("id"), -32601, f"There is no method {request['method']}.")
        return {"jsonrpc": "2.0", "id": request.get("id"), "result": method()}


def _failure(request_id: Any, code: int, message: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": request_id, "error": {"code": code, "message": message}}


class HttpHandler(BaseHTTPRequestHandler):
    """Serves one connection to the rpc, web or admin socket."""

    protocol_version = "HTTP/1.1"
    server: "Listener"

    def do_GET(self) -> None:
        kind, service = self.server.kind, self.server.service
        path = self.path.partition("?")[0]
        if path == "/health":
            self._send_json(service.health())
        elif path == "/.well-known/heroservice.json":
            self._send_json(service.manifest(kind))
        elif path == "/openrpc.json" and kind == "rpc":
            self._send_json(service.openrpc())
        elif path == "/" and kind != "rpc":
            self._send(HTTPStatus.OK, "text/html; charset=utf-8", self._page().encode())
        else:
            self._send_json({"error": "There is nothing here."}, HTTPStatus.NOT_FOUND)

    def do_POST(self) -> None:
        body = self._body()
        if body is None:
            self._send_json({"error": "Too long."}, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        if self.path != "/rpc" or self.server.kind != "rpc":
            self._send_json({"error": "There is nothing here."}, HTTPStatus.NOT_FOUND)
            return
        try:
            request = json.loads(body)
        except ValueError:
            self._send_json(_failure(None, -32700, "The request is not JSON."))
            return
        if isinstance(request, dict) and "method" in request and "id" not in request:
            self._send(HTTPStatus.NO_CONTENT, "application/json", b"")
            return
        self._send_json(self.server.service.call(request))

    def _body(self) -> bytes | None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdigit() or int(length) > MAX_BODY_BYTES:
            self.close_connection = True
            return None
        return self.rfile.read(int(length))

    def _page(self) -> str:
        prefix = self.headers.get("X-Forwarded-Prefix", "")
        service = self.server.service
        facts = {
            "title": service.title,
            "description": service.description,
            "version": f"{service.version}, build {service.build}",
            "user": self.headers.get("X-Hero-User") or "a guest: the gateway names no user",
            "claims": self.headers.get("X-Hero-Claims") or "none",
            "socket": f"{self.server.kind}.sock of {service.name}",
            "prefix": prefix,
            "pid": str(os.getpid()),
        }
        return PAGE.format(**{name: html.escape(fact) for name, fact in facts.items()})

    def _send_json(self, value: Any, status: HTTPStatus = HTTPStatus.OK) -> None:
        self._send(status, "application/json", json.dumps(value).encode())

    def _send(self, status: HTTPStatus, content_type: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        if status is not HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(body)

    def address_string(self) -> str:
        return self.server.kind

    def log_message(self, format: str, *args: Any) -> None:
        log(f"{self.server.kind}.sock {format % args}")


class RespHandler(socketserver.StreamRequestHandler):
    """Serves one connection to a Redis-like socket: it knows PING, inline or as an array."""

    def handle(self) -> None:
        while line := self.rfile.readline(1024).strip():
            words = [line]
            if line.startswith(b"*") and line[1:].isdigit():
                words = [self._bulk() for _ in range(int(line[1:]))]
            known = words and words[0].upper() == b"PING"
            self.wfile.write(b"+PONG\r\n" if known else b"-ERR unknown command\r\n")

    def _bulk(self) -> bytes:
        self.rfile.readline(32)
        return self.rfile.readline(1024).strip()


class DeafHandler(socketserver.StreamRequestHandler):
    """Serves one connection of a build that does not answer: takes everything, says nothing."""

    def handle(self) -> None:
        while self.request.recv(4096):
            continue


def _handler(service: Service, kind: str) -> type[socketserver.BaseRequestHandler]:
    if service.flaw == "does_not_answer":
        return DeafHandler
    return RespHandler if kind == "resp" else HttpHandler


class Listener(socketserver.ThreadingUnixStreamServer):
    """One bound socket, private to its user, and taken away again at the end."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, service: Service, path: Path) -> None:
        self.service = service
        self.kind = path.stem
        self.path = path
        # Bound under another name first: nobody meets a socket that does not listen yet.
        self._draft = path.with_name(f".{path.name}")
        self._draft.unlink(missing_ok=True)
        super().__init__(str(self._draft), _handler(service, self.kind))
        self._draft.rename(path)
        self._inode = path.stat().st_ino

    def remove(self) -> None:
        """Take the socket file away, unless another process has put its own there."""
        try:
            if self.path.stat().st_ino == self._inode:
                self.path.unlink()
        except FileNotFoundError:
            return


def serve(service: Service, paths: list[Path]) -> None:
    """Serve `service` on all `paths` until SIGTERM or SIGINT."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    for path in paths:
        path.parent.mkdir(mode=0o700, exist_ok=True)
    os.umask(0o177)
    listeners = [Listener(service, path) for path in paths]
    for listener in listeners:
        threading.Thread(target=listener.serve_forever, daemon=True).start()
    log(f"{service.name} {service.version} started, process {os.getpid()}")
    dies = service.flaw == "dies_later"
    ended = over.wait(DIES_AFTER_S if dies else None)
    for listener in listeners:
        listener.remove()
    if not ended:
        log(f"{service.name}: thread 'main' panicked: no such table: settings")
        sys.exit(1)
    log(f"{service.name} ended")


def main(spec: dict[str, Any], arguments: list[str]) -> None:
    """Run the build that `spec` describes; the home is told by PATH_ROOT."""
    service = Service(spec)
    if "--info" in arguments:
        sys.stdout.write(json.dumps(service.info()) + "\n")
        return
    if service.flaw == "does_not_start":
        log(f"{service.name} {service.version}: its configuration is of another version")
        sys.exit(3)
    root = Path(os.environ["PATH_ROOT"])
    serve(service, [root / "var/sockets" / path for path in service.sockets])
