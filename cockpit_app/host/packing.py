"""Compressed copies of the web files, made once per content and kept in a cache directory.

Compression runs in a thread after start; until a copy is there the plain file is sent.
"""

import asyncio
import gzip
import logging
import os
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from platformdirs import user_cache_path

from cockpit_app.host.web_files import WebFile

log = logging.getLogger(__name__)

_LEVEL = 7
_CHUNK_BYTES = 1024 * 1024
_KEPT_S = 30 * 86400.0


_one_at_a_time = threading.Lock()


class PackedFiles:
    """The gzip copies of some files, by content."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or user_cache_path("hero_cockpit", appauthor=False) / "web"
        self._ready: set[str] = set()

    def copy_of(self, file: WebFile) -> Path | None:
        """Return where the compressed copy of `file` lies; None when there is none (yet)."""
        path = self._path(file)
        return path if file.digest in self._ready and path.exists() else None

    async def pack(self, files: Iterable[WebFile]) -> None:
        """Make the copies that are missing, large files first; ends early when cancelled."""
        wanted = sorted((f for f in files if f.is_packable), key=lambda f: -f.size_bytes)
        stop = threading.Event()
        try:
            await asyncio.to_thread(self._pack_all, wanted, stop)
        except OSError as error:
            log.warning("Pages are sent uncompressed: %s cannot be used (%s)", self._folder, error)
        finally:
            stop.set()

    def _pack_all(self, files: list[WebFile], stop: threading.Event) -> None:
        # Two applications of one process share the folder: the second finds the copies made.
        with _one_at_a_time:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for file in files:
                if not _is_whole(self._path(file), file):
                    self._pack_one(file, stop)
                if stop.is_set():
                    return
                os.utime(self._path(file))
                self._ready.add(file.digest)
            self._forget_old()

    def _pack_one(self, file: WebFile, stop: threading.Event) -> None:
        content = file.read()
        unfinished = self._path(file).with_suffix(f".{os.getpid()}")
        try:
            with gzip.GzipFile(unfinished, "wb", compresslevel=_LEVEL, mtime=0) as packed:
                for start in range(0, len(content), _CHUNK_BYTES):
                    if stop.is_set():
                        return
                    packed.write(content[start : start + _CHUNK_BYTES])
            unfinished.replace(self._path(file))
        finally:
            unfinished.unlink(missing_ok=True)

    def _forget_old(self) -> None:
        oldest = time.time() - _KEPT_S
        for path in self._folder.iterdir():
            if path.stat().st_mtime < oldest:
                path.unlink(missing_ok=True)

    def _path(self, file: WebFile) -> Path:
        return self._folder / f"{file.digest}.gz"


def _is_whole(path: Path, file: WebFile) -> bool:
    """Tell whether a copy is there and ends as it should: with its content's length (RFC 1952)."""
    try:
        with path.open("rb") as copy:
            copy.seek(-4, os.SEEK_END)
            return int.from_bytes(copy.read(4), "little") == file.size_bytes
    except OSError:
        return False
