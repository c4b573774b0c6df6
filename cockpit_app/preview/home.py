"""The home of a preview: one folder that plays the part of `~/hero`.

Everything that a preview makes lies in here, private to its user, and is found again by the next
start. Which services there are and what they do is not known here.
"""

import os
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from cockpit_app.preview.records import write_private

MAX_SOCKET_PATH_BYTES = 107
"""Longest path of a Unix socket: `sun_path` of Linux less the closing zero byte."""

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
    def bin(self) -> Path:
        """Where the programs are that `lab` installs: `<service>`."""
        return self.root / "bin"

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

    def receipt_of(self, app: str) -> Path:
        """Return the file in which `lab` notes what it installed of `app`."""
        return self.root / "var" / "lab" / "receipts" / f"{app}.json"

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
        if _is_somebody_elses(home):
            raise PreviewError(
                f"{home.root} holds something else than a preview. "
                "Choose an empty or a new folder with --home."
            )
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


def _is_somebody_elses(home: Home) -> bool:
    """Tell whether the folder holds what no preview made: its rights are not ours to change."""
    return not home.state.is_dir() and home.root.exists() and any(home.root.iterdir())


def _make_folders(home: Home) -> None:
    home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
    var = home.root / "var"
    private = [var, home.state, home.bin, home.sockets, home.logs, home.tickets, home.config]
    private += [home.machines.parent, home.machines, home.guest_home]
    for folder in private:
        folder.mkdir(exist_ok=True, mode=0o700)
        folder.chmod(0o700)


_SETTINGS = """# Settings of the cockpit on this machine. Every line may be left out.

[console]
# Where the virtual machines have their sockets, seen from PATH_ROOT.
vms = ".chvm/vms"

# Nothing of a preview leaves this machine: these are stand-ins, which the preview runs itself.
# Without these two tables the real ones are asked.
[providers]
openrouter = "unix:outside/rpc.sock:/openrouter/api/v1"
groq = "unix:outside/rpc.sock:/groq/openai/v1"
openai = "unix:outside/rpc.sock:/openai/v1"
anthropic = "unix:outside/rpc.sock:/anthropic/v1"
sambanova = "unix:outside/rpc.sock:/sambanova/v1"
moonshot = "unix:outside/rpc.sock:/moonshot/v1"
alibaba = "unix:outside/rpc.sock:/alibaba/compatible-mode/v1"

[forge]
address = "unix:outside/rpc.sock:/forge"
"""


def lay_out(home: Home) -> None:
    """Write what a home holds from its first start on; what is there already stays as it is."""
    settings = home.config / "cockpit" / "cockpit.toml"
    settings.parent.mkdir(exist_ok=True, mode=0o700)
    if not settings.exists():
        write_private(settings, _SETTINGS.encode())
