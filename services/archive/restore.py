"""Puts the parts of an export back into a home, whether that is the machine's or a scratch one.

Shares come back closed, and the audit of the other machine as a file: neither is mixed with what
is here.
"""

import asyncio
import tomllib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from services.archive.format import (
    AUDIT,
    KEY_NAMES,
    KEY_VALUES,
    MANIFEST,
    SETTINGS,
    SHARES,
    Archive,
)
from services.archive.parts import Home
from services.archive.seal import unseal
from services.archive.secrets import is_place
from services.archive.shares import add_closed
from services.archive.texts import MOST_PLACES, read_places, read_rows
from services.audit.chain import misfit
from services.contract.archive import Part
from services.contract.manifest import Manifest
from services.errors import CockpitError, Invalid, NotAllowed, Refused
from services.files.file_swap import content_of, only_writer, swap, unwritten
from services.manifest.text import Unreadable, read_text
from services.text.amounts import counted
from services.wire.reply import one_line, parse_json

FORMER = ".before-restore"
"""Added to the name of a file that a restore replaced."""
KEPT_AUDITS = 3
"""So many audits that came with exports are kept, the newest."""
_OTHER_AUDIT = "-audit.jsonl"
_OWNERS_ALONE = 0o600
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
        new_owner: bool = False,
    ) -> None:
        """Restore `archive`, the export called `name`; a passphrase opens the values of keys.

        With `new_owner` its manifest may name another owner than the machine has.
        """
        self._home = home
        self._members = archive.members
        self._name = name
        self._now = now
        self._passphrase = passphrase
        self._check_settings = check_settings
        self._new_owner = new_owner

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
        owner = _owner_in(content)

        def change(_: bytes, present: Manifest) -> bytes:
            self._permit_owner(owner, present.owner)
            return content

        file = self._home.manifest
        present = await file.read()
        self._permit_owner(owner, present.owner)
        if present.problem is not None and present.restorable:
            await asyncio.to_thread(_keep_former, file.path, aside=False)
            await file.restore()  # what cannot be read is not edited: its last good copy is
        else:
            await asyncio.to_thread(_keep_former, file.path, aside=present.problem is not None)
        await file.edit(change)
        return "The manifest is put back; the former one is beside it."

    def _permit_owner(self, wanted: str, present: str) -> None:
        """Raise NotAllowed where a restore would give the machine to somebody else."""
        if wanted != present and not self._new_owner:
            raise NotAllowed(
                f"The manifest in the export names another owner ({one_line(wanted, 80) or 'none'})"
                " than this machine has; only an admin may put it back."
            )

    async def _keys(self) -> str:
        places = read_places(self._member(KEY_NAMES))
        sealed = self._members.get(KEY_VALUES)
        if sealed is None or self._passphrase is None:
            why = "are not in this export" if sealed is None else "need its passphrase"
            return f"The values of the keys {why}; {await self._still_to_set(places)}."
        values = await asyncio.to_thread(unseal, sealed, self._passphrase)
        if len(values) > MOST_PLACES or not all(is_place(place) for place in values):
            raise Invalid("The names of the sealed keys in the export cannot be used.")
        problems: list[str] = []
        for place, value in values.items():
            try:
                await self._home.keys.write(place, value)
            except CockpitError as error:
                problems.append(error.message)
        done = f"{counted(len(values) - len(problems), 'key')} put back."
        if problems:
            raise Refused(" ".join([done, *problems]))
        return done

    async def _still_to_set(self, places: Sequence[str]) -> str:
        """Return in words which of the keys have no value here."""
        try:
            here = await self._home.keys.places()
        except CockpitError:
            here = ()
        names = [place.partition("/")[2] for place in places if place not in here]
        if places and not names:
            return "each of them has a value here, which stays"
        return f"set them by hand: {', '.join(names) or 'none'}"

    async def _shares(self) -> str:
        rows = read_rows(self._member(SHARES))
        added = await self._home.database.run(lambda t: add_closed(t, rows, self._now))
        return f"{counted(added, 'share')} added to the list as closed; none is opened by itself."

    async def _audit(self) -> str:
        content = self._member(AUDIT)
        await asyncio.to_thread(check_chain, content)
        name = f"{self._name.removesuffix('.tar')}{_OTHER_AUDIT}"
        await asyncio.to_thread(_lay_down, self._home.restored / name, content)
        lines = content.count(b"\n")
        return f"The {lines} lines of the other audit lie in {name}; the one here goes on."

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


def _owner_in(content: bytes) -> str:
    """Return the owner whom a manifest names; raises Invalid for one that cannot be used."""
    try:
        return read_text(content).owner
    except Unreadable as error:
        raise Invalid(f"The manifest in the export cannot be used. {error}") from error


def _replace(home: Home, content: bytes) -> bool:
    """Replace the settings, and keep the former ones beside; tell whether they were others."""
    with only_writer(home.settings, wait_s=_LOCK_WAIT_S):
        present = content_of(home.settings)
        if present == content:
            return False
        if present is not None:
            former = home.settings.with_name(home.settings.name + FORMER)
            swap(former, present, expected=content_of(former), mode=_OWNERS_ALONE)
        mode = _OWNERS_ALONE if present is None else None
        if not swap(home.settings, content, expected=present, mode=mode):
            raise Refused("The settings were changed by somebody else meanwhile. Try again.")
        return True


def _keep_former(path: Path, *, aside: bool) -> None:
    """Keep what the manifest's file holds beside it; `aside` takes the file itself away."""
    former = path.with_name(path.name + FORMER)
    try:
        present = content_of(path)
        if present is not None:
            swap(former, present, expected=content_of(former), like=path)
        if aside:
            path.unlink(missing_ok=True)
    except OSError as error:
        raise unwritten(path, error) from error


def _lay_down(path: Path, content: bytes) -> None:
    """Put the audit of another machine beside the others, of which the oldest may go for it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        swap(path, content, expected=content_of(path), mode=_OWNERS_ALONE)
        others = [p for p in path.parent.glob(f"*{_OTHER_AUDIT}") if p != path]
        others.sort(key=lambda other: other.stat().st_mtime_ns, reverse=True)
        for old in others[KEPT_AUDITS - 1 :]:
            old.unlink()
    except OSError as error:
        raise unwritten(path, error) from error
