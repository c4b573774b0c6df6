"""Saved builds: an app's programs and receipt, kept so that they can be put back as they were.

Blocking: it copies files. A saved build is whole or not there: its list of digests is written last.
"""

import errno
import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from services.errors import Refused
from services.files.file_swap import NO_ROOM, sync_folder

LIST = "digests.json"
BALLAST = "ballast"
BALLAST_BYTES = 4 * 1024 * 1024
"""Room that is set aside, and given back when the disk is full and notes must be written."""
KEPT_PER_APP = 2
_CHUNK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class SavedBuild:
    """Files as they were at one moment, by their paths below the root."""

    root: Path
    folder: Path
    digests: Mapping[str, str]
    """SHA-256 of each; empty where there was no file."""

    @classmethod
    def make(cls, root: Path, folder: Path, paths: Iterable[Path]) -> Self:
        """Copy `paths`, which are below `root`, into `folder`; raises OSError.

        What is there of an earlier attempt is replaced.
        """
        draft = folder.with_name(folder.name + ".part")
        for former in (draft, folder):
            shutil.rmtree(former, ignore_errors=True)
        draft.mkdir(parents=True, mode=0o700)
        digests = {}
        for path in paths:
            name = str(path.relative_to(root))
            digests[name] = _copy(path, draft / name) if path.is_file() else ""
        with (draft / BALLAST).open("wb") as ballast:
            os.posix_fallocate(ballast.fileno(), 0, BALLAST_BYTES)
        _write(draft / LIST, json.dumps(digests, indent=1).encode())
        draft.rename(folder)
        sync_folder(folder.parent)
        return cls(root, folder, digests)

    @classmethod
    def load(cls, root: Path, folder: Path) -> Self | None:
        """Return the build saved in `folder`, or None when there is no whole one.

        A list that names nothing says that something happened to it: an app has programs.
        """
        try:
            digests = json.loads((folder / LIST).read_bytes())
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(digests, dict):
            return None
        known = {name: digest for name, digest in digests.items() if _is_inside(name)}
        whole = known and all(isinstance(digest, str) for digest in known.values())
        return cls(root, folder, known) if whole else None

    @property
    def was_there(self) -> bool:
        """Whether any file was there when it was saved."""
        return any(self.digests.values())

    def changed(self) -> list[str]:
        """Return the names of files that are not as they were."""
        return [name for name, digest in self.digests.items() if _now(self.root / name) != digest]

    def put_back(self, brought: Sequence[Path] = ()) -> None:
        """Make every file as it was, each in one step, and remove `brought`.

        Raises Refused before anything is changed when a saved copy is damaged, else OSError.
        """
        changed = self.changed()
        self._check(changed)
        for path in brought:
            if str(path.relative_to(self.root)) not in self.digests:
                path.unlink(missing_ok=True)
        for name in changed:
            if self.digests[name]:
                _restore(self.folder / name, self.root / name)
            else:
                (self.root / name).unlink(missing_ok=True)
        if wrong := self.changed():
            raise OSError(errno.EIO, f"{', '.join(wrong)} did not become as it was")

    def _check(self, names: Sequence[str]) -> None:
        """Raise Refused when the saved copy of any of `names` is not what was saved."""
        bad = [n for n in names if self.digests[n] and _now(self.folder / n) != self.digests[n]]
        if bad:
            raise Refused(
                f"What was saved of {', '.join(bad)} is damaged, so every file was left as it is. "
                "Install the app anew."
            )

    def make_room(self) -> None:
        """Give the room back that was set aside for notes on a full disk."""
        (self.folder / BALLAST).unlink(missing_ok=True)

    def size_bytes(self) -> int:
        """Return the size of the files as they are now."""
        return sum(_size(self.root / name) for name in self.digests)


def forget_older(folder: Path) -> None:
    """Remove the saved builds beside `folder`, but for the newest ones and itself."""
    others = [path for path in folder.parent.iterdir() if path != folder]
    others.sort(key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in others[KEPT_PER_APP - 1 :]:
        shutil.rmtree(path, ignore_errors=True)


def _is_inside(name: object) -> bool:
    """Tell whether a noted name stays below the root."""
    return isinstance(name, str) and not {"..", "/"} & set(PurePosixPath(name).parts)


def _copy(source: Path, target: Path) -> str:
    """Copy a file with its mode, down to the disk; return its SHA-256."""
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    digest = hashlib.sha256()
    with source.open("rb") as read, target.open("xb") as written:
        while chunk := read.read(_CHUNK_BYTES):
            digest.update(chunk)
            written.write(chunk)
        written.flush()
        os.fchmod(written.fileno(), os.fstat(read.fileno()).st_mode & 0o7777)
        os.fsync(written.fileno())
    return digest.hexdigest()


def _restore(saved: Path, target: Path) -> None:
    """Put a saved file in its place in one step; on a full disk the saved copy itself."""
    beside = target.with_name(f".{target.name}.former")
    beside.unlink(missing_ok=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _copy(saved, beside)
    except OSError as error:
        beside.unlink(missing_ok=True)
        if error.errno not in NO_ROOM:
            raise
        beside.hardlink_to(saved)
    beside.replace(target)
    sync_folder(target.parent)


def _now(path: Path) -> str:
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        return ""


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _write(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    sync_folder(path.parent)
