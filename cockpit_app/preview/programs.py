"""What the preview supervises: the programs, what is known about each, and which are wanted up.

The list is written into the home at every start, so that the hero_proc face, a process of its own,
describes the same programs that supervisord runs.
"""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.records import read_json, write_private

HOME_MARK = "HERO_PREVIEW_HOME"
"""Environment variable of all processes of a preview: the home that they belong to."""

STOP_WAIT_S = 2
"""How long a program may take to end before it is killed."""


@dataclass(frozen=True, slots=True)
class Program:
    """One supervised program."""

    name: str
    title: str
    description: str
    version: str
    command: tuple[str, ...]
    sockets: tuple[str, ...] = ()
    """Sockets it declares, within the socket folder: `hero_books/rpc.sock`."""
    wanted: bool = True
    """Whether a first start starts it."""
    tags: tuple[str, ...] = ()
    app: str = ""
    """The app whose build brings its file `bin/<name>`; empty for what needs no installation."""
    installed: bool = True
    """Whether a new home has it installed."""

    @property
    def is_stand_in(self) -> bool:
        """Whether it stands for an app, and the node can do without it."""
        return "app" in self.tags

    def is_installed(self, home: Home) -> bool:
        """Tell whether there is a file to run."""
        return not self.app or (home.bin / self.name).is_file()

    def installed_version(self, home: Home) -> str:
        """Return what the receipt of its app says was installed, else the version by nature."""
        receipt = read_json(home.receipt_of(self.app), {}) if self.app else {}
        named = receipt.get("version") if isinstance(receipt, dict) else None
        return named if isinstance(named, str) else self.version


def _programs_file(home: Home) -> Path:
    return home.state / "programs.json"


def save_programs(home: Home, programs: Iterable[Program]) -> None:
    """Note in the home what is supervised."""
    rows = [asdict(program) for program in programs]
    write_private(_programs_file(home), json.dumps(rows, indent=1).encode())


def load_programs(home: Home) -> list[Program]:
    """Return what the last start noted; empty before the first one."""
    rows: list[dict[str, Any]] = read_json(_programs_file(home), [])
    return [Program(**{name: _frozen(value) for name, value in row.items()}) for row in rows]


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


class WantedStates:
    """What each program should be, kept in the home so that the next start finds it again."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._path = home.state / "wanted.json"
        self._wanted: dict[str, bool] = read_json(self._path, {})

    def of(self, program: Program) -> bool:
        """Tell whether `program` should run: as last asked for, else as it is by nature.

        What is not installed should not: there is nothing to run.
        """
        wanted = self._wanted.get(program.name, program.wanted)
        return wanted and program.is_installed(self._home)

    def set(self, name: str, wanted: bool) -> None:
        """Note what the named program should be from now on."""
        self._wanted[name] = wanted
        write_private(self._path, json.dumps(self._wanted).encode())
