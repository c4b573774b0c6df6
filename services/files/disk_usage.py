"""How much room the folders of the apps take; a walk that gives up in time. Blocking."""

import os
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

LONGEST_S: Final = 3.0
_LOOK_EVERY = 256
"""Entries between two looks at the clock."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What was counted."""

    size_bytes: int
    whole: bool = True
    """False when time ran out: it is at least so much."""


def measured(folder: Path, without: Collection[str] = (), *, longest_s: float = LONGEST_S) -> Usage:
    """Return the size of all files below the folders in `folder`, but for those named `without`.

    Links are not followed, a file with several names counts once, what cannot be read is left out.
    """
    until = time.monotonic() + longest_s
    waiting = [entry.path for entry in _entries(folder) if _is_app(entry, without)]
    seen: set[tuple[int, int]] = set()
    size = looked = 0
    while waiting:
        for entry in _entries(Path(waiting.pop())):
            looked += 1
            if looked % _LOOK_EVERY == 0 and time.monotonic() > until:
                return Usage(size, whole=False)
            if entry.is_dir(follow_symlinks=False):
                waiting.append(entry.path)
            else:
                size += _size(entry, seen)
    return Usage(size)


def _entries(folder: Path | str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return list(entries)
    except OSError:
        return []


def _is_app(entry: os.DirEntry[str], without: Collection[str]) -> bool:
    return entry.name not in without and entry.is_dir(follow_symlinks=False)


def _size(entry: os.DirEntry[str], seen: set[tuple[int, int]]) -> int:
    try:
        found = entry.stat(follow_symlinks=False)
    except OSError:
        return 0
    if found.st_nlink > 1:
        if (found.st_dev, found.st_ino) in seen:
            return 0
        seen.add((found.st_dev, found.st_ino))
    return found.st_blocks * 512
