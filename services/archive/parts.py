"""What of a home an export holds, and how each part is read from it."""

import asyncio
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.archive.format import (
    AUDIT,
    KEY_NAMES,
    KEY_VALUES,
    MANIFEST,
    MAX_MEMBER_BYTES,
    SETTINGS,
    SHARES,
)
from services.archive.seal import seal
from services.archive.secrets import KeyStore
from services.archive.shares import share_rows, steady_shares
from services.archive.texts import last_number, read_places, read_rows, written
from services.audit.log import audit_batch
from services.database import Database, Row
from services.errors import CockpitError, Refused
from services.files.file_swap import content_of
from services.manifest.file import ManifestFile


@dataclass(frozen=True, slots=True)
class Home:
    """One Hero home: that of the machine, or a scratch one."""

    root: Path
    database: Database
    keys: KeyStore
    manifest: ManifestFile

    @property
    def settings(self) -> Path:
        """The file of the cockpit's settings."""
        return self.root / "cfg" / "cockpit" / "cockpit.toml"

    @property
    def restored(self) -> Path:
        """Where a restore lays down what is not to be mixed with what is here."""
        return self.root / "var" / "hero_cockpit" / "restored"


@dataclass(frozen=True, slots=True)
class Collected:
    """The members of an export, and what could not be had."""

    members: Mapping[str, bytes]
    lacking: str = ""
    """One sentence on what is not in it; empty normally."""


async def collect(home: Home, passphrase: SecretStr | None, *, audit: bool = True) -> Collected:
    """Read every part but the audit where it is not to be; the values of keys with a passphrase.

    A hero_proc that cannot be asked costs the names of the keys, and fails when values are wanted.
    """
    members = {
        SETTINGS: await asyncio.to_thread(_file, home.settings),
        MANIFEST: await asyncio.to_thread(_file, home.manifest.path),
        SHARES: written(await share_rows(home.database)),
        AUDIT: await audit_lines(home.database) if audit else None,
    }
    lacking = ""
    try:
        places = await home.keys.places()
    except CockpitError as error:
        if passphrase is not None:
            raise
        lacking = f"It is without the names of the keys: {error.message}"
    else:
        members[KEY_NAMES] = written(list(places))
        if passphrase is not None:
            values = await read_values(home.keys, places)
            members[KEY_VALUES] = await asyncio.to_thread(seal, values, passphrase)
            lacking = _unread(set(places) - values.keys())
    return Collected({n: c for n, c in members.items() if c is not None}, lacking)


async def read_values(keys: KeyStore, places: Iterable[str]) -> dict[str, str]:
    """Return the values of `places` that are given out."""
    found = {place: await keys.read(place) for place in places}
    return {place: value for place, value in found.items() if value is not None}


async def audit_lines(database: Database) -> bytes:
    """Return the audit, a line of JSON each, the oldest first; the newest 64 MiB of it."""
    lines: list[bytes] = []
    size, number = 0, 0
    while batch := await audit_batch(database, after=number):
        lines += await asyncio.to_thread(_json_lines, batch)
        size += sum(map(len, lines[-len(batch) :]))
        number = batch[-1]["number"]
        if size > MAX_MEMBER_BYTES:
            size -= _drop(lines, size - MAX_MEMBER_BYTES)
    return b"".join(lines)


def digests(members: Mapping[str, bytes]) -> dict[str, Any]:
    """Return what tells later whether a part has changed; nothing of it leads back to a value.

    Raises Invalid for members that no export of ours holds.
    """
    return {
        SETTINGS: digest(members.get(SETTINGS, b"")),
        MANIFEST: digest(members.get(MANIFEST, b"")),
        SHARES: digest(steady_shares(read_rows(members[SHARES])) if SHARES in members else b""),
        AUDIT: last_number(members.get(AUDIT, b"")),
        KEY_NAMES: read_places(members.get(KEY_NAMES, b"[]")),
    }


def digest(content: bytes) -> str:
    """Return the SHA-256 as hexadecimal digits."""
    return hashlib.sha256(content).hexdigest()


def _json_lines(rows: Iterable[Row]) -> list[bytes]:
    return [json.dumps(row).encode() + b"\n" for row in rows]


def _drop(lines: list[bytes], surplus: int) -> int:
    """Take the oldest lines away until `surplus` bytes are gone; return how many bytes went."""
    gone = count = 0
    while gone < surplus:
        gone += len(lines[count])
        count += 1
    del lines[:count]
    return gone


def _file(path: Path) -> bytes | None:
    try:
        return content_of(path)
    except OSError as error:
        raise Refused(f"{path} cannot be read ({error.strerror}), so nothing was made.") from error


def _unread(places: Iterable[str]) -> str:
    names = ", ".join(sorted(place.partition("/")[2] for place in places))
    return f"hero_proc does not give these values out: {names}." if names else ""
