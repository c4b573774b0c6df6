"""A scripted browser: speaks Flet's wire protocol and keeps the tree of controls it was sent.

Packets are `0x00` and msgpack `[action, body]`; patches are `[[0, {part: node}], op, …]` with an op
`[kind, node, key, value]` (flet 1.0.5, object_patch.py).
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgpack
from websockets.asyncio.client import ClientConnection, connect, unix_connect
from websockets.exceptions import ConnectionClosed

REGISTER, PATCH, EVENT, PROPS, INVOKE = 1, 2, 3, 4, 5
Control = dict[str, Any]


class FletWire:
    """One connection as a browser makes it; see `connect`, `register`, `find`, `event`."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.session_id = ""
        self.page: Control = {}
        self.messages: list[tuple[int, Any]] = []
        """All messages that came, as (action, body)."""
        self.frames: list[tuple[int, bytes]] = []
        """Data-channel frames that came, as (channel, bytes)."""
        self._changed = asyncio.Event()
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def connect(
        cls,
        at: Path | str,
        *,
        headers: Mapping[str, str] | None = None,
        path: str = "/ws",
        origin: str | None = "http://cockpit.test",
    ) -> "FletWire":
        """Connect to a Unix socket (Path) or to `host:port` (str); raises InvalidStatus if refused.

        Over a Unix socket the Host header is `cockpit.test`.
        """
        extra = dict(headers or {})
        if isinstance(at, Path):
            uri = f"ws://cockpit.test{path}"
            socket = await unix_connect(str(at), uri, origin=origin, additional_headers=extra)
        else:
            own = f"http://{at}" if origin == "http://cockpit.test" else origin
            socket = await connect(f"ws://{at}{path}", origin=own, additional_headers=extra)  # type: ignore[arg-type]  # NewType
        return cls(socket)

    async def register(self, route: str = "/", *, session_id: str = "", width: int = 1200) -> str:
        """Register as the page at `route`; returns the session's id once the answer is here."""
        page = {"route": route, "width": width, "height": 800}
        await self.send(REGISTER, {"session_id": session_id, "page_name": "", "page": page})
        self._reader = asyncio.create_task(self._read())
        await self.until(lambda: bool(self.session_id))
        return self.session_id

    async def event(self, control: Control | int, name: str, data: Any = None) -> None:
        """Send an event of a control, such as `click`."""
        target = control if isinstance(control, int) else control["_i"]
        await self.send(EVENT, {"target": target, "name": name, "data": data})

    async def set(self, control: Control, **props: Any) -> None:
        """Change a control's properties as typing in it does."""
        await self.send(PROPS, {"id": control["_i"], "props": props})

    async def send(self, action: int, body: Any) -> None:
        """Send any message."""
        await self.socket.send(b"\x00" + msgpack.packb([action, body]))

    async def send_frame(self, channel: int, payload: bytes) -> None:
        """Send raw bytes on a data channel."""
        await self.socket.send(b"\x01" + channel.to_bytes(4, "little") + payload)

    def controls(self, kind: str | None = None) -> list[Control]:
        """Return the controls of that type now on the page, in drawing order."""
        return [c for c in _walk(self.page) if kind is None or c["_c"] == kind]

    def texts(self) -> list[str]:
        """Return the values of all Text controls."""
        return [c.get("value", "") for c in self.controls("Text")]

    async def find(self, kind: str, **props: Any) -> Control:
        """Return the control with these properties, waiting until it is there."""

        def matching() -> list[Control]:
            return [c for c in self.controls(kind) if all(c.get(k) == v for k, v in props.items())]

        await self.until(lambda: bool(matching()))
        return matching()[0]

    async def sees(self, text: str) -> None:
        """Wait until a Text control with exactly this value is on the page."""
        await self.until(lambda: text in self.texts())

    async def until(self, condition: Callable[[], bool], timeout_s: float = 10) -> None:
        """Wait until `condition` holds; it is looked at after every message."""
        async with asyncio.timeout(timeout_s):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def closed(self, timeout_s: float = 10) -> int | None:
        """Wait until the server ends the connection; returns its code."""
        async with asyncio.timeout(timeout_s):
            await self.socket.wait_closed()
        return self.socket.close_code

    def drop(self) -> None:
        """Vanish without a word, as a laptop does when its lid is closed."""
        self.socket.transport.abort()

    async def close(self) -> None:
        """Close politely."""
        if self._reader is not None:
            self._reader.cancel()
            await asyncio.gather(self._reader, return_exceptions=True)
        await self.socket.close()

    async def _read(self) -> None:
        with suppress(ConnectionClosed):
            while True:
                packet = await self.socket.recv(decode=False)
                if packet[0] == 0:
                    self._take(*msgpack.unpackb(packet[1:], strict_map_key=False))
                else:
                    self.frames.append((int.from_bytes(packet[1:5], "little"), packet[5:]))
                self._changed.set()

    def _take(self, action: int, body: Any) -> None:
        self.messages.append((action, body))
        if action == REGISTER:
            self.session_id = body["session_id"]
            self.page = body["page_patch"]
        elif action == PATCH:
            target = next((c for c in _walk(self.page) if c["_i"] == body["id"]), None)
            if target is not None:
                _apply(target, body["patch"])


def _walk(value: Any) -> Iterator[Control]:
    if isinstance(value, dict):
        if "_c" in value:
            yield value
        for inner in value.values():
            yield from _walk(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _walk(inner)


def _apply(target: Control, patch: list[Any]) -> None:
    tree, *operations = patch
    lists = {number for _, number, key, *_ in operations if isinstance(key, int)}
    nodes = dict(_nodes(tree, target, lists))
    for kind, number, key, *rest in operations:
        place = nodes[number]
        if kind == 3:
            nodes[rest[0]].insert(rest[1], place.pop(key))
        elif kind == 2:
            del place[key]
        elif kind == 1 and isinstance(place, list):
            place.insert(key, rest[0])
        else:
            place[key] = rest[0]


def _nodes(tree: list[Any], value: Any, lists: set[int]) -> Iterator[tuple[int, Any]]:
    """Yield each numbered place of a patch; empty lists and dictionaries were not sent before."""
    yield tree[0], value
    for part, inner in (tree[1] if len(tree) > 1 else {}).items():
        if isinstance(value, dict) and part not in value:
            value[part] = [] if inner[0] in lists else {}
        yield from _nodes(inner, value[part], lists)
