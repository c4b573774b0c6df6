"""Runs the program as a person's shell does."""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PATIENCE_S = 60.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str


def run(*arguments: str, root: Path | None = None, typed: str = "") -> Outcome:
    """Run `hero_cockpit` with `arguments` for the machine whose Hero directory is `root`.

    `typed` comes on its standard input.
    """
    environment = {k: v for k, v in os.environ.items() if k not in {"PATH_SOCKET", "PATH_ROOT"}}
    if root is not None:
        environment["PATH_ROOT"] = str(root)
    done = subprocess.run(
        [sys.executable, "-m", "cockpit_app", *arguments],
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        env=environment,
        input=typed,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)
