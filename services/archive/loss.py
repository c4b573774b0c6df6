"""What would be lost if the machine vanished now, since the last export that was proven.

Only one that was taken home counts: the others vanish with the machine.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from services.archive.folder import ExportFolder
from services.archive.format import AUDIT, KEY_NAMES, MANIFEST, SETTINGS, SHARES
from services.archive.parts import Home, collect, digests
from services.audit.log import last_line
from services.clock import Clock
from services.contract.archive import Loss, Part
from services.database import Row
from services.files.disk_usage import Usage, measured
from services.text.amounts import counted, size_text

CACHED_S: Final = 600.0
"""How long a measured size of the apps' data counts."""
NOT_DATA: Final = frozenset({"sockets", "logs", "lab", "receipts", "cache", "hero_cockpit"})
"""Folders below `var` that are no data of an app, or are in an export."""

_PARTS = {SETTINGS: Part.SETTINGS, MANIFEST: Part.MANIFEST, SHARES: Part.SHARES}


@dataclass(frozen=True, slots=True)
class Change:
    """What is here and in no proven export that lies somewhere else."""

    now: datetime
    since: datetime | None
    keys: int
    keys_known: bool
    parts: tuple[Part, ...]
    audit_lines: int
    apps: Usage
    only_here: str = ""
    """The newest export that was proven and not taken home; empty when there is none newer."""


class Losses:
    """Measures what would be lost; remembers the size of the apps' data for ten minutes."""

    def __init__(self, home: Home, folder: ExportFolder, *, clock: Clock) -> None:
        """Compare `home` with the exports in `folder`."""
        self._home = home
        self._folder = folder
        self._clock = clock
        self._measuring = asyncio.Lock()
        self._apps: tuple[float, Usage] | None = None

    async def measure(self) -> Loss:
        """Return what would be lost now, with one sentence; raises Refused."""
        every = await self._folder.proven()
        proven = [row for row in every if row["taken_at"]]
        collected = await collect(self._home, None, audit=False)
        here = await asyncio.to_thread(digests, collected.members)
        last = json.loads(proven[0]["digests"]) if proven else None
        change = Change(
            now=self._clock.now(),
            since=datetime.fromisoformat(proven[0]["at"]) if proven else None,
            keys=await self._unsafe_keys(here[KEY_NAMES], proven),
            keys_known=KEY_NAMES in collected.members,
            parts=_changed(here, last),
            audit_lines=max(0, await last_line(self._home.database) - _proven_line(proven)),
            apps=await self._apps_usage(),
            only_here=every[0]["name"] if every and not every[0]["taken_at"] else "",
        )
        return Loss(
            sentence=sentence_of(change),
            since=change.since,
            changed_keys=change.keys,
            changed_parts=change.parts,
            audit_lines=change.audit_lines,
            apps_bytes=change.apps.size_bytes,
        )

    async def _unsafe_keys(self, places: Sequence[str], proven: Sequence[Row]) -> int:
        """Return how many keys have a value that none of the proven exports holds."""
        holding = next((row for row in proven if row["holds_values"]), None)
        if holding is None:
            return len(places)
        changes = await self._home.database.run(
            lambda t: t.all("SELECT name FROM key_change WHERE at > ?", holding["at"])
        )
        changed = {row["name"] for row in changes}
        held = set(json.loads(holding["digests"])[KEY_NAMES])
        return sum(place not in held or place.partition("/")[2] in changed for place in places)

    async def _apps_usage(self) -> Usage:
        """Return the size of the apps' data; callers at once share one walk."""
        async with self._measuring:
            now = self._clock.monotonic()
            if self._apps is None or now - self._apps[0] > CACHED_S:
                usage = await asyncio.to_thread(measured, self._home.root / "var", NOT_DATA)
                self._apps = (now, usage)
            return self._apps[1]


def _proven_line(proven: Sequence[Row]) -> int:
    """Return the last line of the audit that one of the exports holds; not every one does."""
    return max((json.loads(row["digests"])[AUDIT] for row in proven), default=0)


def _changed(here: Mapping[str, Any], last: Mapping[str, Any] | None) -> tuple[Part, ...]:
    """Return the parts that are not as the last of the exports has them."""
    if last is None:
        return tuple(_PARTS.values())
    return tuple(part for name, part in _PARTS.items() if here[name] != last[name])


def sentence_of(change: Change) -> str:
    """Return what would be lost, for a person."""
    lost = [*_lost_keys(change), *_lost_parts(change)]
    if change.audit_lines:
        lost.append(counted(change.audit_lines, "line") + " of the audit")
    if change.apps.size_bytes:
        least = "" if change.apps.whole else "at least "
        lost.append(f"{least}{size_text(change.apps.size_bytes)} of the apps' own data")
    unknown = "" if change.keys_known else " The keys could not be counted: hero_proc is silent."
    nothing_yet = not change.since and not change.only_here
    before = "Nothing was exported and proven yet. " if nothing_yet else ""
    if not lost:
        return f"{before}If this machine vanished now you would lose nothing.{unknown}"
    listed = " and ".join([", ".join(lost[:-1]), lost[-1]] if lost[:-1] else lost)
    return (
        f"{before}If this machine vanished now you would lose {listed}{_unless(change)}.{unknown}"
    )


def _unless(change: Change) -> str:
    if not change.only_here:
        return ""
    name = change.only_here
    return f", unless {name} lies somewhere else too: take it home with `export save {name}`"


def _lost_keys(change: Change) -> list[str]:
    return [counted(change.keys, "key")] if change.keys else []


def _lost_parts(change: Change) -> list[str]:
    lost: list[str] = []
    if Part.SETTINGS in change.parts or Part.MANIFEST in change.parts:
        time = _span(change.now - change.since) if change.since else ""
        lost.append(f"{time} of settings" if time else "all settings")
    if Part.SHARES in change.parts:
        lost.append("the newest shares" if change.since else "all shares")
    return lost


def _span(gap: timedelta) -> str:
    hours = max(1, round(gap.total_seconds() / 3600))
    return counted(hours, "hour") if hours < 48 else counted(round(hours / 24), "day")
