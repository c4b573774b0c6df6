"""What is known of the exports in the folder: the table `export`."""

import json
import os
from datetime import UTC, datetime
from typing import Final

from services.archive.format import Archive
from services.archive.parts import digest, digests
from services.contract.archive import Export
from services.database import Database, Row, utc_text

_COLUMNS: Final = (
    "name",
    "at",
    "size_bytes",
    "sha256",
    "holds_values",
    "digests",
    "stamp",
    "proven",
    "damaged",
    "taken_at",
)
_ADD: Final = f"""INSERT OR REPLACE INTO export ({", ".join(_COLUMNS)})
    VALUES ({", ".join("?" * len(_COLUMNS))})"""  # noqa: S608 - our own column names
_PROVEN: Final = "Tried in a scratch home: all of it comes back."
_UNPROVEN: Final = "Not proven: no trial restore of it gave the same as was here."
_DAMAGED: Final = (
    "It is damaged: the file is not what was written. Delete it, and make another export."
)


class ExportRows:
    """The rows of one database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, Row]:
        """Return the rows by the names of their files."""
        rows = await self._database.run(lambda t: t.all("SELECT * FROM export"))
        return {row["name"]: row for row in rows}

    async def add(self, row: Row) -> None:
        """Keep a row in place of any of that name."""
        await self._database.run(lambda t: t.change(_ADD, *(row[c] for c in _COLUMNS)))

    async def found(self, name: str, *, stamp: str, damaged: bool) -> None:
        """Note how a file was found when it was last read."""
        sql = "UPDATE export SET stamp = ?, damaged = ? WHERE name = ?"
        await self._database.run(lambda t: t.change(sql, stamp, damaged, name))

    async def prove(self, name: str) -> None:
        """Note that a trial restore gave the same again."""
        sql = "UPDATE export SET proven = 1 WHERE name = ?"
        await self._database.run(lambda t: t.change(sql, name))

    async def taken(self, name: str, at: datetime) -> None:
        """Note that it was read to its end: from then on it lies somewhere else too."""
        sql = "UPDATE export SET taken_at = ? WHERE name = ? AND taken_at IS NULL"
        await self._database.run(lambda t: t.change(sql, utc_text(at), name))

    async def forget(self, name: str) -> None:
        """Remove a row."""
        await self._database.run(lambda t: t.change("DELETE FROM export WHERE name = ?", name))


def stamp_of(found: os.stat_result) -> str:
    """Return what is other for a file that was changed."""
    return f"{found.st_size} {found.st_mtime_ns}"


def row_of(
    name: str, data: bytes, archive: Archive, *, stamp: str, taken_at: datetime | None = None
) -> Row:
    """Return the row of a file that was just read or written whole; raises Invalid."""
    return {
        "name": name,
        "at": utc_text(archive.about.made_at),
        "size_bytes": len(data),
        "sha256": digest(data),
        "holds_values": archive.holds_values,
        "digests": json.dumps(digests(archive.members)),
        "stamp": stamp,
        "proven": False,
        "damaged": False,
        "taken_at": utc_text(taken_at) if taken_at else None,
    }


def is_safe(row: Row) -> bool:
    """Tell whether a trial restore of the file gave the same, and it is still as it was then."""
    return bool(row["proven"]) and not row["damaged"]


def export_of(row: Row) -> Export:
    """Return a row as it is listed."""
    sentence = _PROVEN if row["proven"] else _UNPROVEN
    return Export(
        name=row["name"],
        at=datetime.fromisoformat(row["at"]).astimezone(UTC),
        size_bytes=row["size_bytes"],
        sha256=row["sha256"],
        holds_values=bool(row["holds_values"]),
        proven=is_safe(row),
        sentence=_DAMAGED if row["damaged"] else sentence,
    )
