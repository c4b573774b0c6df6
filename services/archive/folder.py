"""The folder of exports on this machine: at most ten files, the owner's alone, each with a row.

A file is written beside and renamed, and nothing but a whole export ever gets its name here. What
is newest is told by when a file came here, never by what it says of itself.
"""

import asyncio
import base64
import json
import logging
import os
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from services.archive.format import AUDIT, MAX_ARCHIVE_BYTES, Archive, unpack
from services.archive.parts import digest
from services.archive.rows import ExportRows, export_of, is_safe, row_of, stamp_of
from services.clock import Clock, SystemClock
from services.contract.archive import (
    EXPORT_NAME,
    Chunk,
    ExportList,
    ReadExport,
    WriteExport,
)
from services.database import Database, Row
from services.errors import CockpitError, Invalid, NotFound, Refused

log = logging.getLogger(__name__)

T = TypeVar("T")

KEPT = 10


@dataclass(frozen=True, slots=True)
class Guarded:
    """What an export holds that not everybody may take home."""

    sha256: str
    values: bool
    audit: bool


class ExportFolder:
    """The exports of one machine."""

    def __init__(self, folder: Path, database: Database, *, clock: Clock | None = None) -> None:
        """Keep the files in `folder` and what is known of them in `database`."""
        self._folder = folder
        self._rows = ExportRows(database)
        self._clock = clock or SystemClock()

    async def list(self) -> ExportList:
        """Return the exports that are there, the last come first; a file put there by hand too."""
        rows = await self._present()
        return ExportList(exports=tuple(export_of(row) for row in rows))

    async def proven(self) -> Sequence[Row]:
        """Return the rows of the exports that are here as they were proven, the newest first."""
        rows = [row for row in await self._present() if is_safe(row)]
        return sorted(rows, key=lambda row: str(row["at"]), reverse=True)

    async def read(self, name: str) -> Archive:
        """Return an export that was read and found whole; raises NotFound and Invalid."""
        return await self._in_thread(lambda: unpack(self._content(name)))

    async def keep(self, name: str, data: bytes, archive: Archive) -> Sequence[str]:
        """Put an export into the folder; return the names of those that had to go for it."""
        await self._put(name, data, archive)
        return await self._make_room(name)

    async def guarded(self, name: str) -> Guarded:
        """Tell what an export holds that not everybody may have.

        Raises NotFound, Invalid for what is no export, Refused for one that is damaged.
        """
        stamp = stamp_of(await self._in_thread(lambda: self._found(name).lstat()))
        row = await self._current((await self._rows.all()).get(name), name, stamp)
        if row["damaged"]:
            raise Refused(f"{name} is not given out. {export_of(row).sentence}")
        audit = json.loads(row["digests"])[AUDIT] != 0
        return Guarded(row["sha256"], values=bool(row["holds_values"]), audit=audit)

    async def prove(self, name: str) -> None:
        """Note that a trial restore gave the same again."""
        await self._rows.prove(name)

    async def delete(self, name: str) -> None:
        """Delete an export; raises NotFound."""
        await self._in_thread(lambda: self._found(name).unlink())
        await self._rows.forget(name)

    async def chunk(self, wanted: ReadExport) -> Chunk:
        """Return a piece of an export's file; an empty one at its end.

        One that was read to its end counts as taken home.
        """
        data, total = await self._in_thread(lambda: self._piece(wanted))
        if wanted.offset + len(data) >= total:
            await self._rows.taken(wanted.name, self._clock.now())
        return Chunk(
            data_base64=base64.b64encode(data).decode("ascii"),
            next_offset=wanted.offset + len(data),
            total_bytes=total,
        )

    async def write(self, piece: WriteExport) -> Chunk:
        """Take a piece of a file that comes in; the last one makes it an export.

        Raises Invalid when a piece is missing, or when the whole is no export, and Refused when
        there is no room: what comes in pushes nothing out.
        """
        try:
            data = base64.b64decode(piece.data_base64, validate=True)
        except ValueError as error:
            raise Invalid("The parameter data_base64 is not Base64.") from error
        if piece.offset == 0 or piece.last:
            await self._refuse_without_room()
        size = await self._in_thread(lambda: self._append(piece, data))
        if piece.last:
            await self._take_in(piece)
        return Chunk(data_base64="", next_offset=size, total_bytes=size)

    async def _present(self) -> Sequence[Row]:
        """Return what is known of the files that are exports, the last come first."""
        stamps, known = await self._in_thread(self._stamps), await self._rows.all()
        rows: list[Row] = []
        for name, stamp in stamps.items():
            with suppress(CockpitError):
                rows.append(await self._current(known.get(name), name, stamp))
        return rows

    def _stamps(self) -> Mapping[str, str]:
        """Return the stamps of the files that are exports by their name, the last come first."""
        found: list[tuple[int, str, str]] = []
        for path in self._folder.glob("*.tar"):
            with suppress(FileNotFoundError):
                status = path.lstat()
                found.append((status.st_mtime_ns, path.name, stamp_of(status)))
        names = sorted(found, reverse=True)
        return {name: stamp for _, name, stamp in names if re.fullmatch(EXPORT_NAME, name)}

    async def _current(self, row: Row | None, name: str, stamp: str) -> Row:
        """Return what is known of a file that has `stamp`, read again if it was changed.

        Raises Invalid for a file that is no export and was none.
        """
        if row is None:
            return await self._adopt(name)
        if row["stamp"] == stamp:
            return row
        damaged = await self._is_other(name, row["sha256"])
        if damaged:
            with suppress(Invalid):
                return await self._adopt(name)
            log.error("the export %s is damaged", name)
        await self._rows.found(name, stamp=stamp, damaged=damaged)
        return {**row, "stamp": stamp, "damaged": damaged}

    async def _is_other(self, name: str, sha256: str) -> bool:
        """Tell whether a file is not the one that was written."""
        try:
            return await self._in_thread(lambda: digest(self._content(name))) != sha256
        except Invalid:
            return True

    async def _take_in(self, piece: WriteExport) -> None:
        part = self._part(piece.name)
        try:
            data = await self._in_thread(part.read_bytes)
            sha256 = await self._in_thread(lambda: digest(data))
            if piece.sha256 and sha256 != piece.sha256.lower():
                raise Invalid("The file did not arrive as it was sent. Send it again.")
            archive = await self._in_thread(lambda: unpack(data))
            await self._put(piece.name, data, archive, taken_at=self._clock.now())
        finally:
            await self._in_thread(lambda: part.unlink(missing_ok=True))

    async def _put(
        self, name: str, data: bytes, archive: Archive, *, taken_at: datetime | None = None
    ) -> None:
        fresh = self._folder / f".{name}.fresh"
        try:
            stamp = await self._in_thread(lambda: _written(fresh, data))
            row = await self._in_thread(
                lambda: row_of(name, data, archive, stamp=stamp, taken_at=taken_at)
            )
            await self._rows.add(row)
            await self._in_thread(lambda: fresh.replace(self._folder / name))
        finally:
            await self._in_thread(lambda: fresh.unlink(missing_ok=True))

    async def _refuse_without_room(self) -> None:
        if len((await self.list()).exports) >= KEPT:
            raise Refused(f"{KEPT} exports are here, which is the most. Delete one, then send it.")

    async def _adopt(self, name: str) -> Row:
        """Take a file that somebody copied here into the list; raises Invalid."""

        def read() -> Row:
            stamp = stamp_of(self._found(name).lstat())
            data = self._content(name)
            return row_of(name, data, unpack(data), stamp=stamp)

        row = await self._in_thread(read)
        await self._rows.add(row)
        return row

    async def _make_room(self, newest: str) -> Sequence[str]:
        """Delete the oldest beyond ten.

        The one just made stays, and so do the last proven one and the last proven with values.
        """
        exports = (await self.list()).exports
        proven = [export for export in exports if export.proven]
        stay = {newest, *(e.name for e in proven[:1])}
        stay |= {e.name for e in [e for e in proven if e.holds_values][:1]}
        spare = [e.name for e in exports if e.name not in stay]
        gone = spare[::-1][: max(0, len(exports) - KEPT)]
        for name in gone:
            await self.delete(name)
        return gone

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.to_thread(work)
        except OSError as error:
            words = error.strerror or str(error)
            raise Refused(f"The folder of exports cannot be used: {words}.", str(error)) from error

    def _found(self, name: str) -> Path:
        path = self._folder / name
        if not path.is_file():
            raise NotFound(f"There is no export {name!r} here. List the exports.")
        return path

    def _content(self, name: str) -> bytes:
        path = self._found(name)
        if path.stat().st_size > MAX_ARCHIVE_BYTES:
            raise Invalid(f"{name} is larger than any export.")
        return path.read_bytes()

    def _part(self, name: str) -> Path:
        return self._folder / f".{name}.part"

    def _piece(self, wanted: ReadExport) -> tuple[bytes, int]:
        with self._found(wanted.name).open("rb") as file:
            total = file.seek(0, os.SEEK_END)
            file.seek(min(wanted.offset, total))
            return file.read(wanted.limit), total

    def _append(self, piece: WriteExport, data: bytes) -> int:
        """Add a piece to what came in so far; a first piece begins anew."""
        if (self._folder / piece.name).exists():
            raise Refused(f"There is an export {piece.name!r} already. Choose another name.")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        part = self._part(piece.name)
        if piece.offset == 0:
            for other in self._folder.glob(".*.part"):
                other.unlink(missing_ok=True)
        here = part.stat().st_size if part.exists() else 0
        if piece.offset != here:
            raise Invalid(f"{here} bytes are here; go on from there, or begin again at 0.")
        if here + len(data) > MAX_ARCHIVE_BYTES:
            raise Invalid(f"An export holds at most {MAX_ARCHIVE_BYTES} bytes; this is none.")
        file = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        with os.fdopen(file, "ab") as out:
            out.write(data)
        return here + len(data)


def _written(path: Path, data: bytes) -> str:
    """Write a file that only the owner may read, on the disk for certain; return its stamp."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(file, "wb") as out:
        out.write(data)
        out.flush()
        os.fsync(out.fileno())
    return stamp_of(path.stat())
