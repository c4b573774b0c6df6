"""The home of a preview: one folder that plays the part of `~/hero`, and the lock on it.

Everything that a preview makes lies in here, private to its user, and is found again by the next
start. Which services there are and what they do is not known here.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import platformdirs

MAX_SOCKET_PATH_BYTES = 107
"""Longest path of a Unix socket: `sun_path` of Linux less the closing zero byte."""

_TAKE_TRIES = 4
_TAKE_PAUSE_S = 0.05
_LONGEST_SOCKET = "var/sockets/hero_whiteboard_server/.admin.sock"


class PreviewError(Exception):
    """The preview cannot do what was asked; `message` is one sentence for its user."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True, slots=True)
class Home:
    """The paths of one preview under its folder, which is absolute."""

    root: Path

    @property
    def sockets(self) -> Path:
        """Where the services' sockets are: `<service>/<kind>.sock`."""
        return self.root / "var" / "sockets"

    @property
    def logs(self) -> Path:
        return self.root / "var" / "logs"

    @property
    def state(self) -> Path:
        """What belongs to the preview itself and to none of its services."""
        return self.root / "var" / "preview"

    @property
    def config(self) -> Path:
        return self.root / "cfg"

    @property
    def tickets(self) -> Path:
        return self.state / "tickets"

    @property
    def machines(self) -> Path:
        """Where the virtual machines have their sockets: `<id>/vsock.sock`."""
        return self.root / ".chvm" / "vms"

    @property
    def guest_home(self) -> Path:
        """What the guest's user sees as its home."""
        return self.root / "guest"

    @property
    def supervisor_socket(self) -> Path:
        return self.state / "supervisor.sock"

    def socket(self, name: str) -> Path:
        """Return the path of a socket named like `hero_books/rpc.sock`."""
        return self.sockets / name

    def log_of(self, program: str) -> Path:
        """Return the file that the output of `program` goes to."""
        return self.logs / f"{program}.log"


def default_home() -> Path:
    """Return the folder of a preview that was not told another one."""
    return Path(platformdirs.user_data_dir("hero_cockpit")) / "preview"


def open_home(root: Path) -> Home:
    """Return the home at `root`, made if absent; raises PreviewError when it cannot be one."""
    home = Home(root.expanduser().absolute())
    _check_length(home)
    if (home.root / "var" / "sockets").is_dir() and not home.state.is_dir():
        raise PreviewError(
            f"{home.root} is the home of a Hero system, not of a preview. "
            "Choose another with --home."
        )
    try:
        _make_folders(home)
    except (FileExistsError, NotADirectoryError) as error:
        raise PreviewError(f"{home.root} is not a folder. Choose another with --home.") from error
    except OSError as error:
        raise PreviewError(
            f"{home.root} cannot be used: {error.strerror}. Choose another with --home."
        ) from error
    if not os.access(home.state, os.W_OK):
        raise PreviewError(f"{home.root} is not writable. Choose another with --home.")
    return home


def _check_length(home: Home) -> None:
    longest = home.root / _LONGEST_SOCKET
    length = len(os.fsencode(longest))
    if length > MAX_SOCKET_PATH_BYTES:
        raise PreviewError(
            f"{home.root} is too long: a socket in it would have a path of {length} bytes, and "
            f"the system allows {MAX_SOCKET_PATH_BYTES}. Choose a shorter folder with --home."
        )


def _make_folders(home: Home) -> None:
    home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    var = home.root / "var"
    private = [var, home.sockets, home.logs, home.state, home.tickets, home.config]
    private += [home.machines.parent, home.machines, home.guest_home]
    for folder in private:
        folder.mkdir(exist_ok=True, mode=0o700)
        folder.chmod(0o700)


_SETTINGS = """# Settings of the cockpit on this machine. Every line may be left out.

[console]
# Where the virtual machines have their sockets, seen from PATH_ROOT.
vms = ".chvm/vms"
"""


def lay_out(home: Home) -> None:
    """Write what a home holds from its first start on; what is there already stays as it is."""
    settings = home.config / "cockpit" / "cockpit.toml"
    settings.parent.mkdir(exist_ok=True, mode=0o700)
    if not settings.exists():
        write_private(settings, _SETTINGS.encode())


@contextmanager
def locked(home: Home) -> Iterator[None]:
    """Hold the home for this process alone; raises PreviewError when another preview has it."""
    path = home.state / "lock"
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        if not _take(descriptor):
            raise PreviewError(_taken(home))
        write_private(home.state / "running.json", b"{}")
        yield
        write_private(home.state / "running.json", b"{}")
    finally:
        os.close(descriptor)


def _take(descriptor: int) -> bool:
    for _ in range(_TAKE_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:  # it may be `running` of another process that looks for a moment
            time.sleep(_TAKE_PAUSE_S)
        else:
            return True
    return False


def announce(home: Home, *, port: int) -> None:
    """Note who runs in this locked home and where its gateway listens."""
    note = {"pid": os.getpid(), "port": port}
    write_private(home.state / "running.json", json.dumps(note).encode())


def running(home: Home) -> tuple[int, int] | None:
    """Return process id and port of the preview that holds this home, or None."""
    try:
        descriptor = os.open(home.state / "lock", os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        note = read_json(home.state / "running.json", {})
        return (int(note["pid"]), int(note["port"])) if "pid" in note else None
    finally:
        os.close(descriptor)
    return None


def _taken(home: Home) -> str:
    where = ""
    note = read_json(home.state / "running.json", {})
    if "pid" in note:
        where = f" (process {note['pid']}, http://127.0.0.1:{note['port']})"
    return (
        f"A preview already runs on {home.root}{where}. "
        f"Open it with: hero_cockpit preview --home {home.root} --link"
    )


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step; only this user may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def read_json(path: Path, default: Any) -> Any:
    """Return what a JSON file holds; `default` when there is none or it is damaged."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return default
