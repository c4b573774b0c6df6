"""Binds listening sockets: Unix sockets that only their owner may open, and loopback ports.

Two programs may start at once and a crashed one may have left its file; whoever holds the lock of
the directory decides, and the new socket takes the old one's name in one step, without a gap.
"""

import errno
import fcntl
import os
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.errors import Invalid, Refused

_LONGEST_PATH_BYTES = 107
_BACKLOG = 128
_PROBE_TIMEOUT_S = 1.0


class SocketFile:
    """A Unix socket that listens at a path, and its file for as long as it is ours."""

    def __init__(self, path: Path, listening: socket.socket, mark: tuple[int, int]) -> None:
        self.path = path
        self.listening = listening
        self._mark = mark

    def remove(self) -> None:
        """Unlink the file unless another program has put its own there meanwhile."""
        with _locked(self.path.parent), suppress(FileNotFoundError):
            if _mark(self.path) == self._mark:
                self.path.unlink()


def bind_unix(path: Path, *, mode: int = 0o600) -> SocketFile:
    """Listen at `path`, replacing a file that nobody serves any more; blocks on the disk.

    The directory is made with, or set to, mode 0700. Raises Refused when another process serves
    it or this user may not, Invalid when the path cannot be a socket's.
    """
    if len(os.fsencode(path)) > _LONGEST_PATH_BYTES:
        raise Invalid(
            f"{path} is longer than a socket's path may be (107 bytes). Choose a shorter."
        )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        with _locked(path.parent):
            _refuse_if_taken(path)
            return _bind(path, mode)
    except OSError as error:
        raise Refused(f"{path} cannot be served: {error.strerror}.") from error


def bind_loopback(port: int) -> socket.socket:
    """Listen on `port` of 127.0.0.1, on any free one when it is 0; raises Refused."""
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", port))
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        if error.errno == errno.EADDRINUSE:
            raise Refused(
                f"Port {port} is used by another program. End it or choose another port."
            ) from error
        raise Refused(f"Port {port} cannot be used: {error.strerror}.") from error
    return listening


def _bind(path: Path, mode: int) -> SocketFile:
    # Shorter than any name that ends in .sock, so that it fits where the path itself fits.
    unnamed = path.with_name(f".{os.getpid():x}"[: len(path.name)])
    unnamed.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listening.bind(str(unnamed))
        unnamed.chmod(mode)
        listening.listen(_BACKLOG)
        unnamed.replace(path)
    except OSError:
        listening.close()
        unnamed.unlink(missing_ok=True)
        raise
    return SocketFile(path, listening, _mark(path))


def _refuse_if_taken(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(mode):
        raise Invalid(f"{path} is there already and is not a socket. Move it away.")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(_PROBE_TIMEOUT_S)
        try:
            probe.connect(str(path))
        except (ConnectionRefusedError, FileNotFoundError):
            return
        except (TimeoutError, BlockingIOError):
            pass
    raise Refused(f"{path} is already served by another process. Stop that one first.")


def _mark(path: Path) -> tuple[int, int]:
    seen = path.lstat()
    return seen.st_dev, seen.st_ino


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)
