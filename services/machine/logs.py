"""The last lines that a service wrote: from hero_proc, else from the file that it keeps.

Source: hero_proc reference 3.6 (files below `var/logs`), 1.4 (`logs.*`, names a guess).
"""

import asyncio
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import BinaryIO

from services.contract.log import Level, LogLine, ServiceLog
from services.errors import CockpitError, NotFound, Refused
from services.files.plain_file import open_file
from services.hero.proc import ProcClient
from services.hero.socket_names import is_safe_name
from services.machine.log_text import read_line
from services.text.plain_text import MAX_LINE_CHARS
from services.wire.discovery import NoSuchMethod

MAX_LINES = 10_000
MAX_BYTES = 16 * 1024 * 1024
"""At most so much of a file's end is looked at."""
_BLOCK_BYTES = 64 * 1024
_ORDER = tuple(Level)


class Logs:
    """Logs of the services of one machine."""

    def __init__(self, proc: ProcClient, folder: Path) -> None:
        """Ask `proc` first; `folder` holds the files, one per service."""
        self._proc = proc
        self._folder = folder

    async def read(
        self, name: str, *, lines: int = 200, contains: str = "", level: Level | None = None
    ) -> ServiceLog:
        """Return the last `lines` that fit, the oldest first.

        Raises NotFound when nobody keeps a log of that name, else what hero_proc answered.
        """
        enough = MAX_LINES if contains or level else lines
        found, source = await self._found(name, enough)
        sought = contains.casefold()
        fitting = [x for x in found if sought in x.text.casefold() and _is_as_grave(x, level)]
        return ServiceLog(name=name, lines=tuple(fitting[-lines:]), source=source)

    async def _found(self, name: str, enough: int) -> tuple[Sequence[LogLine], str]:
        """Return the lines and who gave them; the file speaks when hero_proc has nothing to say."""
        failure: CockpitError | None = None
        try:
            if told := await self._proc.logs(name, lines=enough):
                return told, "hero_proc"
        except CockpitError as error:
            failure = error
        written = await asyncio.to_thread(last_lines, self._folder, name, enough)
        if written is not None:
            return written, f"{name}.log"
        if failure is None:
            return (), "hero_proc"
        if isinstance(failure, NoSuchMethod):
            raise NotFound(
                f"There is no log of {name!r}: this hero_proc keeps none, and there is no file "
                f"{name}.log in {self._folder}."
            ) from failure
        raise failure


def last_lines(folder: Path, name: str, enough: int) -> Sequence[LogLine] | None:
    """Return the last lines of `<folder>/<name>.log`, or None when there is no such file.

    Blocking. A name or a link that leads out of the folder finds nothing. Raises Refused for a
    file that cannot be read.
    """
    if not is_safe_name(name):
        return None
    real = Path(os.path.realpath(folder / f"{name}.log"))
    if not real.is_relative_to(os.path.realpath(folder)):
        return None
    try:
        file = open_file(real)
        if file is None:
            return None
        with file:
            return [read_line(_cut(line)) for line in _end_of(file, enough)]
    except OSError as error:
        raise Refused(f"The log {real.name} cannot be read ({error.strerror}).") from error


def _end_of(file: BinaryIO, enough: int) -> Iterable[bytes]:
    """Return the last whole lines; of a line longer than all that is looked at, its end."""
    at = size = file.seek(0, os.SEEK_END)
    blocks: list[bytes] = []
    newlines = 0
    while at > 0 and newlines <= enough and size - at < MAX_BYTES:
        begin = max(0, at - _BLOCK_BYTES)
        file.seek(begin)
        blocks.append(file.read(at - begin))
        newlines += blocks[-1].count(b"\n")
        at = begin
    lines = b"".join(reversed(blocks)).split(b"\n")
    if lines[-1] == b"":
        lines.pop()
    if at > 0 and len(lines) > 1:
        del lines[0]  # its beginning was not read
    return lines[-enough:]


def _cut(line: bytes) -> str:
    # One character takes at most four bytes; what is longer than that is cut by the reader.
    return line[: 4 * (MAX_LINE_CHARS + 1)].decode("utf-8", "replace")


def _is_as_grave(line: LogLine, level: Level | None) -> bool:
    if level is None:
        return True
    return line.level is not None and _ORDER.index(line.level) >= _ORDER.index(level)
