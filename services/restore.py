"""Puts the parts of an export back into a home, whether that is the machine's or a scratch one.

Shares come back closed, and the audit of the other machine as a file: neither is mixed with what
is here.
"""

import asyncio
import tomllib
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.amounts import counted
from services.archive import AUDIT, KEY_NAMES, KEY_VALUES, MANIFEST, SETTINGS, SHARES, Archive
from services.archive_keys import is_place
from services.archive_parts import PASSING, Home, read_places, read_rows, written
from services.archive_seal import unseal
from services.audit import utc_text
from services.audit_chain import misfit
from services.contract.archive import Part
from services.database import Transaction
from services.errors import Invalid, Refused
from services.file_swap import content_of, only_writer, swap, unwritten
from services.reply import parse_json

FORMER = ".before-restore"
"""Added to the name of a file that a restore replaced."""
_LOCK_WAIT_S = 10.0

SettingsCheck = Callable[[bytes], object]
"""Reads the settings as the start of the cockpit would; raises Invalid when it could not."""


def read_toml(content: bytes) -> object:
    """Read settings as TOML and no more; raises Invalid."""
    try:
        return tomllib.loads(content.decode("utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(f"The settings in the export are no TOML: {error}.") from error


class Restorer:
    """Restores one export into one home."""

    def __init__(
        self,
        home: Home,
        archive: Archive,
        *,
        name: str,
        now: datetime,
        passphrase: SecretStr | None = None,
        check_settings: SettingsCheck = read_toml,
    ) -> None:
        """Restore `archive`, the export called `name`; a passphrase opens the values of keys."""
        self._home = home
        self._members = archive.members
        self._name = name
        self._now = now
        self._passphrase = passphrase
        self._check_settings = check_settings

    async def put_back(self, part: Part) -> str:
        """Restore one part and return what was done; raises Invalid and Refused."""
        match part:
            case Part.SETTINGS:
                return await self._settings()
            case Part.MANIFEST:
                return await self._manifest()
            case Part.KEYS:
                return await self._keys()
            case Part.SHARES:
                return await self._shares()
            case Part.AUDIT:
                return await self._audit()

    async def _settings(self) -> str:
        content = self._member(SETTINGS)
        self._check_settings(content)
        changed = await asyncio.to_thread(_replace, self._home, content)
        if not changed:
            return "The settings are the same as here."
        return "The settings are put back; they count from the cockpit's next start."

    async def _manifest(self) -> str:
        content = self._member(MANIFEST)
        path = self._home.manifest.path
        broken = (await self._home.manifest.read()).problem is not None
        await asyncio.to_thread(_keep_former, path, aside=broken)
        await self._home.manifest.edit(lambda present, manifest: content)
        return "The manifest is put back; the former one is beside it."

    async def _keys(self) -> str:
        places = read_places(self._member(KEY_NAMES))
        sealed = self._members.get(KEY_VALUES)
        if sealed is None or self._passphrase is None:
            names = ", ".join(place.partition("/")[2] for place in places) or "none"
            why = "are not in this export" if sealed is None else "need its passphrase"
            return f"The values of the keys {why}; set them by hand: {names}."
        values = await asyncio.to_thread(unseal, sealed, self._passphrase)
        if not all(is_place(place) for place in values):
            raise Invalid("The names of the sealed keys in the export cannot be used.")
        for place, value in values.items():
            await self._home.keys.write(place, value)
        return f"{counted(len(values), 'key')} put back."

    async def _shares(self) -> str:
        rows = read_rows(self._member(SHARES))
        added = await self._home.database.run(lambda t: _add_shares(t, rows, self._now))
        return f"{counted(added, 'share')} added to the list as closed; none is opened by itself."

    async def _audit(self) -> str:
        content = self._member(AUDIT)
        await asyncio.to_thread(check_chain, content)
        path = self._home.restored / f"{self._name.removesuffix('.tar')}-audit.jsonl"
        await asyncio.to_thread(_lay_down, self._home, path.name, content)
        lines = content.count(b"\n")
        return f"The {lines} lines of the other audit lie in {path.name}; the one here goes on."

    def _member(self, name: str) -> bytes:
        if name not in self._members:
            raise Invalid(f"The export does not hold {name}.")
        return self._members[name]


def check_chain(content: bytes) -> None:
    """Raise Invalid when the lines of an exported audit do not follow from one another."""
    former: Mapping[str, Any] | None = None
    for text in content.splitlines():
        try:
            line = parse_json(text)
            first = former is None and line["number"] != 1  # older lines did not fit in
            number = former["number"] + 1 if former else line["number"]
            if not first and misfit(line, number=number, former=former["hash"] if former else ""):
                raise Invalid(f"Line {number} of the exported audit is not as it was written.")
        except (ValueError, KeyError, TypeError) as error:
            raise Invalid("The audit in the export cannot be read.") from error
        former = line


def _replace(home: Home, content: bytes) -> bool:
    """Replace the settings, and keep the former ones beside; tell whether they were others."""
    with only_writer(home.settings, wait_s=_LOCK_WAIT_S):
        present = content_of(home.settings)
        if present == content:
            return False
        if present is not None:
            former = home.settings.with_name(home.settings.name + FORMER)
            swap(former, present, expected=content_of(former))
        if not swap(home.settings, content, expected=present):
            raise Refused("The settings were changed by somebody else meanwhile. Try again.")
        return True


def _keep_former(path: Path, *, aside: bool) -> None:
    """Keep what the manifest's file holds beside it; `aside` takes the file itself away."""
    former = path.with_name(path.name + FORMER)
    try:
        present = content_of(path)
        if present is not None:
            swap(former, present, expected=content_of(former))
        if aside:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritten(path, error) from error


def _add_shares(t: Transaction, rows: list[dict[str, Any]], now: datetime) -> int:
    """Add the shares that are not here yet, closed; return how many."""
    columns = [row["name"] for row in t.all("PRAGMA table_info(share)")]
    here = {_mark(row) for row in t.all("SELECT * FROM share")}
    fresh = [row for row in rows if _mark(row) not in here]
    for row in fresh:
        known = {
            c: row[c] for c in columns if isinstance(row.get(c), str | int | None) and c in row
        }
        known.pop("number", None)
        known |= {"state": "closed", "closed_at": known.get("closed_at") or utc_text(now)}
        names = ", ".join(known)
        marks = ", ".join("?" * len(known))
        t.change(f"INSERT INTO share ({names}) VALUES ({marks})", *known.values())  # noqa: S608 - names of our own columns
    return len(fresh)


def _mark(row: Mapping[str, Any]) -> bytes:
    return written({name: value for name, value in row.items() if name not in PASSING})


def _lay_down(home: Home, name: str, content: bytes) -> None:
    path = home.restored / name
    try:
        home.restored.mkdir(parents=True, exist_ok=True, mode=0o700)
        swap(path, content, expected=content_of(path))
        path.chmod(0o600)
    except OSError as error:
        raise unwritten(path, error) from error
