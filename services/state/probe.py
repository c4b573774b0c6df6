"""Looks at sockets: is the file there, does it accept, does `GET /health` answer on it.

Source: hero_proc reference 3.2 (`/health`, `/.well-known/heroservice.json`); the ways in which a
supervisor lies are in 1.7.
"""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from typing import Any

from services.clock import Clock
from services.errors import CockpitError, Refused
from services.models import Fact
from services.wire.http_socket import Answer, HttpSocket, Silent
from services.wire.node import Node
from services.wire.reply import one_line, parse_json
from terminal.stream import StreamError

PROBE_TIMEOUT_S = 2.0
PROBE_EVERY_S = 5.0
AT_ONCE = 16
MOST_PER_SECOND = 40
"""With more sockets than this allows in one interval, each is looked at less often."""
_WELL = frozenset({"ok", "healthy", "up", "pass", "passing", "running", "ready", "success", "true"})


NOT_SEEN = Fact()


@dataclass(frozen=True, slots=True)
class SocketLook:
    """One socket as it was last seen."""

    mark: str | None = None
    """Of the socket file; None when there is none."""
    accepts: Fact = NOT_SEEN
    answers: Fact = NOT_SEEN
    version: str = ""
    title: str = ""
    description: str = ""


class Prober:
    """Keeps what was seen of each socket, and looks again when it is old or the file is new."""

    def __init__(self, node: Node, clock: Clock, *, http_kinds: Collection[str]) -> None:
        self._node = node
        self._clock = clock
        self._http_kinds = frozenset(http_kinds)
        self._seen: dict[Path, SocketLook] = {}
        self._due: dict[Path, float] = {}
        self._limit = asyncio.Semaphore(AT_ONCE)

    def seen(self, path: Path) -> SocketLook:
        """Return what was last seen; a look without facts when it never was looked at."""
        return self._seen.get(path, SocketLook())

    def expect_change(self, paths: Iterable[Path]) -> None:
        """Look at these the next time, however fresh they are."""
        for path in paths:
            self._due.pop(path, None)

    async def look(self, paths: Collection[Path]) -> bool:
        """Look at what is due; True when anything looked at differs, times aside.

        Sockets that are no longer in `paths` are forgotten.
        """
        for path in self._seen.keys() - set(paths):
            del self._seen[path]
            self._due.pop(path, None)
        interval_s = max(PROBE_EVERY_S, len(paths) / MOST_PER_SECOND)
        async with asyncio.TaskGroup() as group:
            looks = [group.create_task(self._look_if_due(path, interval_s)) for path in paths]
        return any(look.result() for look in looks)

    async def _look_if_due(self, path: Path, interval_s: float) -> bool:
        async with self._limit:
            before = self.seen(path)
            due = self._clock.monotonic() >= self._due.get(path, 0.0)
            mark = await self._mark(path)
            if not due and mark == before.mark:
                return False
            if mark is None:
                now = _missing(self._clock.now())
            else:
                now = await self._look(path, mark, before)
            self._seen[path] = now
            self._due[path] = self._clock.monotonic() + interval_s
            return _without_times(now) != _without_times(before)

    async def _mark(self, path: Path) -> str | None:
        try:
            return await self._node.identify(path)
        except StreamError:
            return None

    async def _look(self, path: Path, mark: str, before: SocketLook) -> SocketLook:
        if not self._speaks_http(path):
            return await self._connect(path, mark)
        socket = HttpSocket(self._node, [path], daemon=path.stem)
        try:
            answer = await socket.get("/health", timeout_s=PROBE_TIMEOUT_S, alone=True)
        except Silent as error:
            return self._found(mark, accepts=True, answers=False, says=error.detail)
        except Refused as error:
            says = one_line(error.detail or error.message)
            return self._found(mark, accepts=True, answers=False, says=says)
        except CockpitError as error:
            says = error.detail.removeprefix(f"{path}: ") or error.message
            return self._found(mark, accepts=False, answers=None, says=says)
        seen = self._judged(mark, answer)
        if before.mark == mark and before.title:
            return replace(seen, title=before.title, description=before.description)
        return await self._introduced(socket, seen)

    def _judged(self, mark: str, answer: Answer) -> SocketLook:
        ok, says, version = _read_health(answer)
        seen = self._found(mark, accepts=True, answers=ok, says=says)
        return replace(seen, version=version)

    async def _introduced(self, socket: HttpSocket, seen: SocketLook) -> SocketLook:
        """Add the names that the service gives itself; asked once per socket file."""
        try:
            answer = await socket.get(
                "/.well-known/heroservice.json", timeout_s=PROBE_TIMEOUT_S, alone=True
            )
        except CockpitError:
            return seen
        manifest = _object(answer)
        return replace(
            seen,
            title=_word(manifest.get("title")),
            description=_word(manifest.get("description")),
            version=seen.version or _word(manifest.get("version")),
        )

    async def _connect(self, path: Path, mark: str) -> SocketLook:
        try:
            async with asyncio.timeout(PROBE_TIMEOUT_S):
                stream = await self._node.open_stream(path)
                await stream.close()
        except (StreamError, TimeoutError) as error:
            says = str(error).removeprefix(f"{path}: ") or "it does not take connections"
            return self._found(mark, accepts=False, answers=None, says=says)
        return self._found(mark, accepts=True, answers=None, says="it does not speak HTTP")

    def _found(self, mark: str, *, accepts: bool, answers: bool | None, says: str) -> SocketLook:
        at = self._clock.now()
        return SocketLook(
            mark=mark,
            accepts=Fact(ok=accepts, says="accepts" if accepts else says, at=at),
            answers=Fact(ok=answers, says=says if accepts else "not asked", at=at),
        )

    def _speaks_http(self, path: Path) -> bool:
        return path.stem in self._http_kinds or path.stem.startswith("web_")


def _missing(at: datetime) -> SocketLook:
    return SocketLook(
        accepts=Fact(ok=False, says="the socket file is missing", at=at),
        answers=Fact(ok=None, says="not asked", at=at),
    )


def _read_health(answer: Answer) -> tuple[bool, str, str]:
    """Return whether it is well, in which words, and the version it gives."""
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return False, f"it answers with HTTP status {answer.status}", ""
    if answer.status != HTTPStatus.OK:
        return True, "answers, without a health check", ""
    body = _object(answer)
    status = body.get("status", "ok")
    word = one_line(str(status), 40)
    if word.lower() not in _WELL:
        return False, f"it calls itself {word!r}", _word(body.get("version"))
    return True, "answers", _word(body.get("version"))


def _object(answer: Answer) -> Mapping[str, Any]:
    try:
        value = parse_json(answer.body)
    except ValueError:
        return {}
    return value if isinstance(value, dict) and answer.status == HTTPStatus.OK else {}


def _word(value: object) -> str:
    return one_line(value, 200) if isinstance(value, str) else ""


def _without_times(seen: SocketLook) -> object:
    facts = (seen.accepts.ok, seen.accepts.says, seen.answers.ok, seen.answers.says)
    return (seen.mark, *facts, seen.version, seen.title, seen.description)
