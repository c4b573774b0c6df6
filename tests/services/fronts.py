"""A hero_proxy of its own: the RPC face on a Unix socket, and the front door on a real TCP port.

Each switch is one way in which versions may differ, or in which one may go wrong.
"""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cockpit_app.rpc import jsonrpc
from tests.services.daemons import Handler, HttpServer, Request, http, rpc_handler

SIGN_IN = http("<title>Door</title><p>Please sign in", 401, "text/html")
NOWHERE = http("<title>Nothing here</title>", 404, "text/html")


@dataclass
class Front:
    """The names that are open, and how this version speaks of them."""

    port: int = 0
    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    served: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What the front door goes by; differs from `rows` when `forgets_to_close`."""
    prefix: str = "domain."
    documented: bool = True
    lacks: frozenset[str] = frozenset()
    """Parameters of `add` that this version does not have."""
    ignores: frozenset[str] = frozenset()
    """Parameters of `add` that it takes, and makes nothing of."""
    list_shape: Callable[[list[dict[str, Any]]], Any] = list
    result: Callable[[dict[str, Any]], Any] = dict
    delete_by: str = "id"
    without_list: bool = False
    textual_ids: bool = False
    forgets_to_close: bool = False
    everybody_passes: bool = False
    nowhere: bytes = NOWHERE
    turned_away: bytes = SIGN_IN
    next_id: int = 1
    calls: list[tuple[str, Any]] = field(default_factory=list)
    before_answer: Callable[[str], None] = lambda _: None

    def handler(self) -> Handler:
        pages = {"/openrpc.json": json.dumps(self._document()).encode()} if self.documented else {}
        return rpc_handler(self.call, pages)

    async def call(self, method: str, params: jsonrpc.Params) -> Any:
        self.calls.append((method, params))
        verb = method.removeprefix(self.prefix)
        known = {"add": self._add, "list": self._list, "delete": self._delete}
        if self.without_list:
            del known["list"]
        if not method.startswith(self.prefix) or verb not in known:
            raise jsonrpc.Fault(jsonrpc.METHOD_NOT_FOUND, f"Method not found: {method}")
        result = known[verb](dict(params) if isinstance(params, dict) else {})
        self.before_answer(verb)
        return result

    def open(self, domain: str, target: Path, **members: Any) -> None:
        """Add a name as somebody else would."""
        self._add({"domain": domain, "target": str(target), "auth_mode": "none", **members})

    async def visit(self, request: Request) -> bytes:
        """Answer a request to the front door by the Host that it names."""
        row = self.served.get(request.headers["host"].partition(":")[0])
        if row is None:
            return self.nowhere
        if row["auth_mode"] != "none" and not self.everybody_passes:
            return self.turned_away
        return await _fetched(Path(row["target"]), request.target)

    def _list(self, _: dict[str, Any]) -> Any:
        return self.list_shape(list(self.rows.values()))

    def _add(self, given: dict[str, Any]) -> Any:
        if "domain" not in given:
            raise jsonrpc.Fault(jsonrpc.INVALID_PARAMS, "missing field `domain`")
        if unknown := given.keys() & self.lacks:
            raise jsonrpc.Fault(jsonrpc.INVALID_PARAMS, f"unknown field {sorted(unknown)}")
        row = {"id": f"route-{self.next_id}" if self.textual_ids else self.next_id, **given}
        for name in self.ignores:
            row[name] = [] if name.startswith("allowed") else "none"
        self.next_id += 1
        self.rows[row["domain"]] = self.served[row["domain"]] = row
        return self.result(row)

    def _delete(self, given: dict[str, Any]) -> Any:
        if self.delete_by not in given:
            raise jsonrpc.Fault(jsonrpc.INVALID_PARAMS, f"missing field `{self.delete_by}`")
        key = "domain" if self.delete_by in {"domain", "name"} else "id"
        for domain, row in list(self.rows.items()):
            if row[key] == given[self.delete_by]:
                del self.rows[domain]
                if not self.forgets_to_close:
                    del self.served[domain]
                return True
        raise jsonrpc.Fault(-32000, "no such domain")

    def _document(self) -> dict[str, Any]:
        add = ("domain", "target_type", "target", "auth_mode", "oauth_provider", "strip_prefix")
        more = ("https_redirect", "allowed_pubkeys", "allowed_emails")
        parameters = {
            "add": [name for name in (*add, *more) if name not in self.lacks],
            "list": [],
            "delete": [self.delete_by],
        }
        return {
            "openrpc": "1.2.6",
            "methods": [
                {"name": self.prefix + verb, "params": [{"name": name} for name in names]}
                for verb, names in parameters.items()
            ],
        }


class TcpServer(HttpServer):
    """The same server on a loopback port."""

    port = 0

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]


@asynccontextmanager
async def fronting(sockets: Path, front: Front) -> AsyncIterator[Front]:
    """Serve both sides of `front`."""
    rpc = HttpServer(sockets / "hero_proxy" / "rpc.sock", front.handler())
    door = TcpServer(sockets, front.visit)
    await rpc.start()
    await door.start()
    front.port = door.port
    try:
        yield front
    finally:
        await door.stop()
        await rpc.stop()


async def _fetched(socket: Path, target: str) -> bytes:
    try:
        reader, writer = await asyncio.open_unix_connection(str(socket))
    except OSError:
        return http("<title>Down</title>", 502, "text/html")
    writer.write(f"GET {target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer
