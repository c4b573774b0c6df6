"""One build of the preview's `lab`: its steps, its progress, and what may go wrong in it.

Killed in the middle it leaves what it has done so far, as an installer does.
"""

import errno
import os
import sys
import time
from collections.abc import Iterable
from pathlib import Path

from cockpit_app.preview.builds import Binary, binaries, write_executable, write_receipt
from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import Program
from cockpit_app.preview.releases import Flaw, Release

STEPS = 5
QUICK_PAUSE_S, SLOW_PAUSE_S = 0.02, 0.6
"""Between two lines of progress; there are ten for each file."""


class LabError(Exception):
    """A build failed; the message is one line."""


def say(line: str) -> None:
    """Print a line at once, so that whoever follows the build sees it."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def build(home: Home, parts: Iterable[Program], release: Release, *, install: bool) -> None:
    """Fetch a release and install it; raises LabError."""
    _step(1, f"{release.app} {release.version} of channel {release.channel}")
    files = binaries(home, parts, release)
    _step(2, f"{len(files)} to fetch, built {release.built_at}")
    for file in files:
        _download(file.name, SLOW_PAUSE_S if release.flaw is Flaw.SLOW else QUICK_PAUSE_S)
    if release.flaw is Flaw.BUILD_FAILS:
        raise LabError(_compilers_words(files[0].name))
    if not install:
        say("Fetched, and not installed: --install was not given.")
        return
    for file in files:
        _step(4, f"installing {file.name}")
        _install(home, file, full=release.flaw is Flaw.DISK_FULL)
    _step(5, "writing the receipt")
    write_receipt(home, release, files)
    say(f"{release.app} {release.version} is installed.")


def _step(number: int, words: str) -> None:
    say(f"[{number}/{STEPS}] {words}")


def _download(name: str, pause_s: float) -> None:
    for percent in range(10, 101, 10):
        time.sleep(pause_s)
        _step(3, f"downloading {name} {percent} %")


def _install(home: Home, file: Binary, *, full: bool) -> None:
    path = home.bin / file.name
    try:
        if full:
            _write_to_full_disk(path, file.content)
        else:
            write_executable(path, file.content)
    except OSError as error:
        reason = error.strerror or errno.errorcode.get(error.errno or 0, "unknown")
        raise LabError(f"could not write {file.name}: {reason} (os error {error.errno})") from error


def _write_to_full_disk(path: Path, content: bytes) -> None:
    """Write as a careless installer does whose disk is full: half of the file, then an error."""
    path.write_bytes(content[: len(content) // 2])
    path.chmod(0o700)
    with Path("/dev/full").open("wb", buffering=0) as disk:
        os.write(disk.fileno(), content[len(content) // 2 :])


def _compilers_words(name: str) -> str:
    return (
        f"no asset fits this machine, and it does not compile:\n"
        f"error[E0432]: unresolved import `hero_lib::sockets::prepare`\n"
        f" --> crates/{name}/src/main.rs:14:5\n"
        f'error: could not compile `{name}` (bin "{name}") due to 1 previous error'
    )
