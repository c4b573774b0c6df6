"""Makes the files that `lab` installs: one executable per service, and the receipt of the app.

A stand-in is `app.py` with what the build is at its end; the cockpit is a small script that becomes
this very program under the build's number. Source: hero_proc reference, 2 and 3.4.
"""

import hashlib
import json
import shlex
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import Program
from cockpit_app.preview.records import read_json, write_private
from cockpit_app.preview.releases import Flaw, Release

PYTHON = "HERO_PREVIEW_PYTHON"
"""Environment variable of a preview's processes: the interpreter, should a home outlive its own."""

COCKPIT = "hero_cockpit"
STALE_VERSION = "0.4.9"
"""What a build says it is that was made of the wrong sources."""

_SOURCE = Path(__file__).with_name("app.py")
_STAND_IN_FLAWS = {Flaw.DOES_NOT_START, Flaw.DIES_LATER, Flaw.DOES_NOT_ANSWER}

# The shell reads the string as commands and becomes Python, which reads it as a string.
_HEAD = """#!/bin/sh
''':'
PYTHON={python}
exec "${{{variable}:-$PYTHON}}" -I -S -E "$0" "$@"
'''
"""

_COCKPIT_SCRIPT = """#!/bin/sh
# hero_cockpit {version}, build {build}, as the preview's lab installs it.
PYTHON={python}
HOME_OF_PREVIEW={root}
export PATH_ROOT="${{PATH_ROOT:-$HOME_OF_PREVIEW}}"
export HERO_COCKPIT_BUILD={version}
exec "${{{variable}:-$PYTHON}}" -P -m cockpit_app "$@"
"""

_LAB_SCRIPT = """#!/bin/sh
# The preview's lab: installs stand-ins into the home that this file is in.
PYTHON={python}
PATH_ROOT="$(cd "$(dirname "$0")/.." && pwd)" && export PATH_ROOT
exec "${{{variable}:-$PYTHON}}" -P -m cockpit_app.preview.lab "$@"
"""


@dataclass(frozen=True, slots=True)
class Binary:
    """One file of a build."""

    name: str
    content: bytes

    @property
    def digest(self) -> str:
        """Its SHA-256, in hexadecimal."""
        return hashlib.sha256(self.content).hexdigest()


def binaries(home: Home, parts: Iterable[Program], release: Release) -> list[Binary]:
    """Return the files of one release of an app, in the order in which they are installed."""
    return [Binary(part.name, _content(home, part, release)) for part in parts]


def install(home: Home, parts: Iterable[Program], release: Release) -> None:
    """Put all files of a release in their places, each in one step, and then the receipt."""
    files = binaries(home, parts, release)
    for file in files:
        write_executable(home.bin / file.name, file.content)
    write_receipt(home, release, files)


def write_executable(path: Path, content: bytes) -> None:
    """Replace a program in one step; only this user may read or run it."""
    write_private(path, content, mode=0o700)


def write_lab(home: Home) -> None:
    """Put the preview's `lab` into the home, which is never older than the preview."""
    script = _LAB_SCRIPT.format(python=_python(), variable=PYTHON)
    write_executable(home.bin / "lab", script.encode())


def write_receipt(home: Home, release: Release, files: Iterable[Binary]) -> None:
    """Note what is installed of an app now."""
    receipt = {
        "app": release.app,
        "version": release.version,
        "channel": release.channel,
        "build": release.build,
        "commit": release.commit,
        "installed_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "binaries": {file.name: file.digest for file in files},
    }
    path = home.receipt_of(release.app)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    write_private(path, json.dumps(receipt, indent=1).encode())


def read_receipt(home: Home, app: str) -> dict[str, Any]:
    """Return the receipt of an app; empty when there is none."""
    receipt: dict[str, Any] = read_json(home.receipt_of(app), {})
    return receipt


def is_whole(home: Home, receipt: dict[str, Any]) -> bool:
    """Tell whether every file of a receipt is there as it was installed."""
    files: dict[str, str] = receipt.get("binaries", {})
    return bool(files) and all(digest_of(home.bin / name) == d for name, d in files.items())


def digest_of(path: Path) -> str:
    """Return the SHA-256 of a file; empty when it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


def _content(home: Home, part: Program, release: Release) -> bytes:
    stale = release.flaw is Flaw.WRONG_VERSION
    version = STALE_VERSION if stale else release.version
    if part.name == COCKPIT and release.flaw not in _STAND_IN_FLAWS:
        return _COCKPIT_SCRIPT.format(
            version=version,
            build=release.build,
            python=_python(),
            root=shlex.quote(str(home.root)),
            variable=PYTHON,
        ).encode()
    spec = {
        "name": part.name,
        "title": part.title,
        "description": part.description,
        "version": version,
        "build": release.build,
        "kind": _kind(part.name),
        "sockets": list(part.sockets),
        "flaw": str(release.flaw),
    }
    head = _HEAD.format(python=_python(), variable=PYTHON)
    return f"{head}{_SOURCE.read_text()}\n\nmain({spec!r}, sys.argv[1:])\n".encode()


def _kind(name: str) -> str:
    suffix = name.rpartition("_")[2]
    return suffix if suffix in {"web", "admin"} else "server"


def _python() -> str:
    return shlex.quote(sys.executable)
