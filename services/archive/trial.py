"""The trial restore: an export is put back into a scratch home and compared with what is here."""

import asyncio
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from pydantic import SecretStr

from services.archive.format import KEY_NAMES, KEY_VALUES, Archive
from services.archive.parts import Home, audit_lines, read_values
from services.archive.restore import Restorer, SettingsCheck, read_toml
from services.archive.secrets import ScratchKeys
from services.archive.shares import share_rows, steady_shares
from services.archive.texts import read_places
from services.contract.archive import Part
from services.database import Database
from services.errors import CockpitError, Refused
from services.files.file_swap import content_of
from services.manifest.file import ManifestFile


@asynccontextmanager
async def scratch_home(live: Home) -> AsyncIterator[Home]:
    """Give a home that is empty and is gone afterwards; the values of keys stay in memory.

    It takes the keys that `live` would take.
    """
    try:
        root = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="hero_cockpit_trial_"))
    except OSError as error:
        raise Refused(f"No scratch home could be made: {error.strerror}.") from error
    try:
        database = await Database.open(root / "var" / "hero_cockpit" / "cockpit.db")
        try:
            manifest = ManifestFile(
                root / "cfg" / "cockpit" / "services.toml", demo=(), always_on=()
            )
            await asyncio.to_thread(manifest.path.parent.mkdir, parents=True)
            yield Home(root, database, ScratchKeys(live.keys.check), manifest)
        finally:
            await database.close()
    finally:
        await asyncio.to_thread(shutil.rmtree, root, ignore_errors=True)


async def tried(
    archive: Archive,
    live: Home,
    *,
    parts: Iterable[Part],
    now: datetime,
    passphrase: SecretStr | None = None,
    check_settings: SettingsCheck = read_toml,
) -> Mapping[Part, str]:
    """Restore `parts` into a scratch home; return how each differs from what is in `live`.

    An empty text means that the same came back. Nothing in `live` is changed.
    """
    found: dict[Part, str] = {}
    async with scratch_home(live) as scratch:
        restorer = Restorer(
            scratch,
            archive,
            name="trial",
            now=now,
            passphrase=passphrase,
            check_settings=check_settings,
            new_owner=True,
        )
        for part in parts:
            try:
                await restorer.put_back(part)
                same = await _is_same(part, archive, scratch, live)
            except CockpitError as error:
                found[part] = error.message
            else:
                found[part] = "" if same else "It is not the same as here."
    return found


async def _is_same(part: Part, archive: Archive, scratch: Home, live: Home) -> bool:
    match part:
        case Part.SETTINGS:
            return await asyncio.to_thread(_same_file, scratch.settings, live.settings)
        case Part.MANIFEST:
            paths = scratch.manifest.path, live.manifest.path
            return await asyncio.to_thread(_same_file, *paths)
        case Part.KEYS:
            return await _same_keys(archive, scratch, live)
        case Part.SHARES:
            there, here = await share_rows(scratch.database), await share_rows(live.database)
            return steady_shares(there) == steady_shares(here)
        case Part.AUDIT:
            return await _same_beginning(scratch, live)


async def _same_keys(archive: Archive, scratch: Home, live: Home) -> bool:
    """Compare names with names, and values with values where they are in the export."""
    here = await live.keys.places()
    if read_places(archive.members[KEY_NAMES]) != list(here):
        return False
    if KEY_VALUES not in archive.members:
        return True
    back = await read_values(scratch.keys, await scratch.keys.places())
    return back == await read_values(live.keys, here)


async def _same_beginning(scratch: Home, live: Home) -> bool:
    """Tell whether the audit here goes on from the one that came back.

    Its chain was checked, so its newest line stands for all before it.
    """
    (path,) = await asyncio.to_thread(lambda: list(scratch.restored.glob("*.jsonl")))
    newest = (await asyncio.to_thread(path.read_bytes)).splitlines(keepends=True)[-1:]
    return not newest or newest[0] in await audit_lines(live.database)


def _same_file(one: Path, other: Path) -> bool:
    return content_of(one) == content_of(other)
