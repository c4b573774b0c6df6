"""The newest release of each app, as the Forge tells it; what cannot be asked is unknown.

Source: Forgejo API (`/repos/{owner}/{repo}/releases/…`); hero_proc reference 2 (the tag `latest`
is built from `main`, `latest-dev` from `development`).
"""

import asyncio
import math
import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus

from services.apps.catalog import App
from services.apps.versions import version_in
from services.clock import Clock
from services.errors import CockpitError, Unreachable
from services.text.plain_text import plain_line
from services.wire.outside import Outside, OutsideAnswer

KEPT_S = 600.0
SILENCE_S = 60.0
"""How long the Forge is left alone after it did not answer."""
ANSWER_TIMEOUT_S = 4.0
STABLE = "latest"
OWNER = "lhumina_code"
"""Who owns the repositories. Source: hero_proc reference 0."""
_AT_ONCE = 6
_MAX_NOTES_CHARS = 2000
CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Release:
    """The newest build that is on offer of one app in one channel."""

    version: str
    notes: str = ""


class Releases:
    """What is on offer, asked at most every ten minutes per app."""

    def __init__(self, outside: Outside, clock: Clock, *, forge: str, owner: str = OWNER) -> None:
        """Ask the Forge at the address `forge` for the repositories of `owner`."""
        self._outside = outside
        self._clock = clock
        self._forge = forge
        self._owner = owner
        self._known: dict[tuple[str, str], tuple[float, Release | None]] = {}
        self._asking: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)
        self._at_once = asyncio.Semaphore(_AT_ONCE)
        self._silent_until = 0.0
        self.trouble = ""
        """Why the Forge could not be asked the last time; empty when it answered."""

    async def newest(self, apps: Sequence[tuple[App, str]]) -> Mapping[str, Release]:
        """Return the newest release of each app in its channel; unknown ones are left out."""
        async with asyncio.TaskGroup() as group:
            tasks = {
                app.name: group.create_task(self._one(app.name, _tag(channel)))
                for app, channel in apps
            }
        found = {name: task.result() for name, task in tasks.items()}
        return {name: release for name, release in found.items() if release is not None}

    async def answers(self) -> bool:
        """Tell whether the Forge answers right now."""
        try:
            answer = await self._ask("/api/v1/version")
        except CockpitError as error:
            self._note_silence(error)
            return False
        self.trouble = "" if answer.status == HTTPStatus.OK else _odd(answer.status)
        return answer.status == HTTPStatus.OK

    async def _one(self, app: str, tag: str) -> Release | None:
        """Return one release; whoever wants the same one meanwhile waits for the one answer."""
        key = (app, tag)
        async with self._asking[key]:
            asked_at, _ = self._known.get(key, (-math.inf, None))
            if self._clock.monotonic() - asked_at >= KEPT_S:
                async with self._at_once:
                    await self._renew(key)
            return self._known.get(key, (0.0, None))[1]

    async def _renew(self, key: tuple[str, str]) -> None:
        now = self._clock.monotonic()
        if now < self._silent_until:
            return
        try:
            self._known[key] = (now, await self._fetch(*key))
        except CockpitError as error:
            self._note_silence(error)
        else:
            self.trouble = ""

    async def _fetch(self, app: str, tag: str) -> Release | None:
        place = f"/api/v1/repos/{self._owner}/{app}/releases"
        answer = await self._ask(f"{place}/tags/{tag}")
        if answer.status == HTTPStatus.NOT_FOUND and tag == STABLE:
            answer = await self._ask(f"{place}/latest")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unreachable(_odd(answer.status))
        return read_release(answer.json()) if answer.status == HTTPStatus.OK else None

    async def _ask(self, path: str) -> OutsideAnswer:
        return await self._outside.request("GET", self._forge, path, timeout_s=ANSWER_TIMEOUT_S)

    def _note_silence(self, error: CockpitError) -> None:
        self._silent_until = self._clock.monotonic() + SILENCE_S
        self.trouble = error.message


def read_release(value: object) -> Release | None:
    """Return the release in an answer of the Forge; None when it names no version.

    A release of a channel is tagged with the channel; its version is then in its name or notes.
    """
    if not isinstance(value, dict):
        return None
    texts = [value.get(name) for name in ("tag_name", "name", "body")]
    tag, name, notes = (text[:_MAX_NOTES_CHARS] if isinstance(text, str) else "" for text in texts)
    version = version_in(tag) or version_in(name) or version_in(notes)
    lines = [plain_line(line) for line in notes.splitlines()]
    return Release(version, "\n".join(lines).strip()) if version else None


def _tag(channel: str) -> str:
    """Return the tag of a channel; a word that can be none stands for the stable one."""
    return channel if CHANNEL.fullmatch(channel) else STABLE


def _odd(status: int) -> str:
    return f"The Forge answered with HTTP status {status}. Try again later."
