"""What is installed: the receipts that `lab` leaves, and the programs in the folder `bin`.

Blocking: it reads small files. Tolerant: a receipt that cannot be read is none.
Source: hero_proc reference 2 (a receipt for each installed build; its format is not published).
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.apps.catalog import App
from services.wire.reply import one_line, parse_json

MAX_RECEIPT_BYTES = 1 << 20

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What `lab` noted of the build that it installed last."""

    version: str = ""
    channel: str = ""
    build: str = ""
    commit: str = ""
    installed_at: str = ""
    programs: Mapping[str, str] = field(default_factory=dict)
    """Name of each program, with its SHA-256 where that is told."""


@dataclass(frozen=True, slots=True)
class Installed:
    """What of one app is on this machine."""

    present: tuple[str, ...] = ()
    """Names of its programs in the folder `bin`."""
    missing: tuple[str, ...] = ()
    """Programs that are not there although the app is, or others of it are."""
    receipt: Receipt | None = None

    @property
    def is_whole(self) -> bool:
        """Whether all of its parts are here."""
        return bool(self.present) and not self.missing

    @property
    def version(self) -> str:
        """The version that the receipt names; empty when there is none."""
        return self.receipt.version if self.receipt else ""


class Shelf:
    """The folders in which `lab` puts what it installs, below the root of the Hero directories."""

    def __init__(self, root: Path, *, receipts: Sequence[str]) -> None:
        self.root = root
        self.programs = root / "bin"
        self._receipts = tuple(receipts)

    def receipts_of(self, app: App) -> tuple[Path, ...]:
        """Return every place where the app's receipt may be."""
        return tuple(self.root / folder / f"{app.name}.json" for folder in self._receipts)

    def receipt(self, app: App) -> Receipt | None:
        """Return the receipt of an app, or None."""
        found = (read_receipt(path) for path in self.receipts_of(app))
        return next((receipt for receipt in found if receipt is not None), None)

    def look(self, app: App) -> Installed:
        """Return what of an app is here."""
        receipt = self.receipt(app)
        present = tuple(name for name in self.names_of(app) if self._is_program(name))
        return Installed(present, _missing(app, receipt, present), receipt)

    def names_of(self, app: App) -> tuple[str, ...]:
        """Return every program name that is this app's: by the catalog and by its receipt."""
        receipt = self.receipt(app)
        noted = [name for name in (receipt.programs if receipt else ()) if app.owns(name)]
        return tuple(dict.fromkeys((*app.programs, *noted)))

    def find_lab(self, name: str) -> Path | None:
        """Return where `lab` is, as far as can be seen from here."""
        folders = [self.programs, Path("~/.local/bin").expanduser()]
        folders += [Path(folder) for folder in os.get_exec_path()]
        places = (folder / name for folder in folders)
        return next((place for place in places if os.access(place, os.X_OK)), None)

    def _is_program(self, name: str) -> bool:
        return (self.programs / name).is_file()


def read_receipt(path: Path) -> Receipt | None:
    """Return the receipt in a file; None when there is none or it cannot be understood."""
    try:
        with path.open("rb") as file:
            value = parse_json(file.read(MAX_RECEIPT_BYTES))
    except (OSError, ValueError):
        return None
    if not isinstance(value, dict):
        return None
    return Receipt(
        version=_word(value, "version"),
        channel=_word(value, "channel"),
        build=_word(value, "build", "build_nr"),
        commit=_word(value, "commit"),
        installed_at=_word(value, "installed_at"),
        programs=_programs(value.get("binaries")),
    )


def _word(value: Mapping[str, Any], *names: str) -> str:
    found = next((value[name] for name in names if value.get(name) is not None), "")
    return one_line(str(found), 100) if isinstance(found, str | int) else ""


def _programs(value: object) -> Mapping[str, str]:
    if isinstance(value, list):
        rows = [row.get("name") if isinstance(row, dict) else row for row in value]
        value = dict.fromkeys((row for row in rows if isinstance(row, str)), "")
    if not isinstance(value, dict):
        return {}
    return {
        name: sum_ if isinstance(sum_, str) else ""
        for name, sum_ in value.items()
        if isinstance(name, str) and _NAME.fullmatch(name)
    }


def _missing(app: App, receipt: Receipt | None, present: Sequence[str]) -> tuple[str, ...]:
    """Return what should be here as well, by the receipt, else by the catalog."""
    noted = [name for name in (receipt.programs if receipt else ()) if app.owns(name)]
    if noted:
        return tuple(name for name in noted if name not in present)
    if not present or app.name in present:
        return ()
    return tuple(name for name in app.separate_programs if name not in present)
