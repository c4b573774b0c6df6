"""Homes with builds in them and programs that run from them, without a supervisor."""

import contextlib
import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from cockpit_app.preview.apps import by_app
from cockpit_app.preview.builds import install
from cockpit_app.preview.first_builds import furnish
from cockpit_app.preview.fleet import fleet
from cockpit_app.preview.home import Home, open_home
from cockpit_app.preview.releases import Flaw, Releases, release_now
from tests.preview_node import UnixHttp

APPS = by_app(fleet(0))
RUN_WITHIN_S = 20.0


def furnished(folder: Path, *apps: str) -> Home:
    """Make a home that has these apps, and only these."""
    home = open_home(folder)
    furnish(home, [part for app in apps for part in APPS[app]])
    return home


def install_flawed(home: Home, app: str, flaw: Flaw, version: str = "0.5.0") -> None:
    """Put a build with a flaw in its place, as `lab` does."""
    releases = Releases(home)
    releases.put([release_now(app, "latest", version, ["For a test."])])
    releases.rehearse(app, flaw)
    release = Releases(home).find(app)
    assert release is not None
    install(home, APPS[app], release)


def environment(home: Home) -> dict[str, str]:
    """Return what a program of a home needs to know, and nothing that it may not need."""
    return {"PATH": os.environ["PATH"], "PATH_ROOT": str(home.root)}


@contextlib.contextmanager
def started(home: Home, name: str, *arguments: str) -> Iterator[subprocess.Popen[bytes]]:
    """Run an installed program, with its output in a pipe, and end it after."""
    command = [str(home.bin / name), *arguments]
    with subprocess.Popen(
        command, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def lab(home: Home, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run the home's `lab` to its end."""
    return subprocess.run(
        [str(home.bin / "lab"), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=RUN_WITHIN_S,
    )


def info(home: Home, name: str) -> dict[str, Any]:
    """Return what a program says of itself."""
    done = subprocess.run(
        [str(home.bin / name), "--info"], capture_output=True, check=True, timeout=RUN_WITHIN_S
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def health(path: Path, timeout: float = 20.0) -> dict[str, Any]:
    """Return what the service on a socket says of its health; raises OSError when it is mute."""
    with contextlib.closing(UnixHttp(path, timeout)) as connection:
        connection.request("GET", "/health")
        body: dict[str, Any] = json.loads(connection.getresponse().read())
    return body
