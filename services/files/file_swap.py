"""Replaces one small file so that readers see the old content or the new, never less.

Writers that use `only_writer` take turns; one that does not is noticed by the content it leaves.
Blocking: call it in a thread.
Source: desktop_ssh_packaging reference 5 (the recipe, measured with five processes).
"""

import errno
import fcntl
import os
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.errors import CockpitError, Refused
from services.files.plain_file import open_file

NEW_FILE_MODE = 0o644
_PAUSE_S = 0.005
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""Error numbers of a full disk, or of what one may use of it."""
_FORBIDDEN = frozenset({errno.EACCES, errno.EPERM})


@contextmanager
def only_writer(path: Path, *, wait_s: float) -> Iterator[None]:
    """Keep the other writers of `path` waiting inside the `with` block; raises Refused.

    The lock is on a side file, because `path` itself is replaced. It ends with its holder.
    """
    side = path.with_name(f".{path.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(side, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o644)
    except OSError as error:
        raise unwritten(path, error) from error
    try:
        _wait_for(handle, path, wait_s)
        for left in path.parent.glob(f".{path.name}*~*"):  # of a writer that was killed
            left.unlink(missing_ok=True)
        yield
    finally:
        os.close(handle)


def swap(
    path: Path,
    content: bytes,
    *,
    expected: bytes | None,
    like: Path | None = None,
    mode: int | None = None,
) -> bool:
    """Replace `path` if it still holds `expected` (None: if there is still none) and tell so.

    Mode and owner stay, or become those of `like`; a `mode` that is given counts instead. Raises
    Refused in words; the file is then as it was.
    """
    model = like or (path if expected is not None else None)
    try:
        fresh = _written_beside(path, content, model.stat() if model else None, mode)
    except FileNotFoundError:
        return False
    except OSError as error:
        raise unwritten(path, error) from error
    try:
        return _put_in_place(fresh, path, expected)
    except OSError as error:
        raise unwritten(path, error) from error
    finally:
        fresh.unlink(missing_ok=True)


def content_of(path: Path) -> bytes | None:
    """Return what the file holds, or None when there is none; raises OSError."""
    file = open_file(path)
    if file is None:
        return None
    with file:
        return file.read()


def unwritten(path: Path, error: OSError) -> CockpitError:
    """Return why `path` was not written, for a person."""
    detail = f"{path}: {error}"
    if error.errno in NO_ROOM:
        return Refused(
            f"The disk is full, so {path.name} was not changed. Free some space and try again.",
            detail,
        )
    if error.errno == errno.EROFS:
        return Refused(f"{path} is on a disk that is read-only, so it was not changed.", detail)
    if error.errno in _FORBIDDEN:
        return Refused(
            f"The cockpit may not write {path}, so it was not changed. Check who owns it and its "
            "folder.",
            detail,
        )
    return Refused(f"{path} was not changed: {error.strerror or error}.", detail)


def _wait_for(handle: int, path: Path, wait_s: float) -> None:
    until = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise Refused(
                    f"{path.name} is being changed by another program. Try again."
                ) from error
            time.sleep(_PAUSE_S)
        except OSError as error:
            raise unwritten(path, error) from error
        else:
            return


def _written_beside(
    path: Path, content: bytes, like: os.stat_result | None, mode: int | None
) -> Path:
    """Return a new file in the folder of `path` that holds `content`, on the disk for certain."""
    handle, name = tempfile.mkstemp(prefix=f".{path.name}~", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            if like is not None:
                with suppress(PermissionError):  # only root may give a file away
                    os.fchown(file.fileno(), like.st_uid, like.st_gid)
            usual = stat.S_IMODE(like.st_mode) if like else NEW_FILE_MODE
            os.fchmod(file.fileno(), usual if mode is None else mode)
            os.fsync(file.fileno())
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return Path(name)


def _put_in_place(fresh: Path, path: Path, expected: bytes | None) -> bool:
    """Give `fresh` the name `path`, unless that holds something else by now."""
    if expected is None:
        try:
            os.link(fresh, path)  # fails when somebody made it meanwhile, which `replace` would not
        except FileExistsError:
            return False
    elif content_of(path) != expected:
        return False
    else:
        fresh.replace(path)
    sync_folder(path.parent)
    return True


def sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
