"""Runs a preview without the cockpit, as the tests of the node itself need it: quick to start."""

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from cockpit_app.preview.apps import catalog
from cockpit_app.preview.fleet import gateway, guest
from cockpit_app.preview.node import PreviewError, run
from cockpit_app.preview.programs import Program

LEAN = (sys.executable, "-m", "tests.cockpit_app.preview.lean")
FEW = {"hero_aibroker", "hero_books", "hero_voice"}

BROKEN = Program(
    name="hero_broken",
    title="Broken",
    description="Ends at once",
    version="1",
    command=("sh", "-c", "echo 'cannot go on'; exit 3"),
    sockets=("hero_broken/rpc.sock",),
)

STUBBORN = Program(
    name="hero_stubborn",
    title="Stubborn",
    description="Does not end when asked",
    version="1",
    command=("sh", "-c", "trap '' TERM; echo deaf; while :; do sleep 4328; done"),
)


def main() -> None:
    """Take the options of `hero_cockpit preview`, and ours: few stand-ins, one that is broken …"""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--few", action="store_true")
    parser.add_argument("--stubborn", action="store_true")
    parser.add_argument("--broken", action="store_true")
    parser.add_argument("--restart-proc-after", type=float, default=15.0)
    options = parser.parse_args()

    def programs(port: int) -> Sequence[Program]:
        apps = [app for app in catalog() if not options.few or app.name in FEW]
        if options.broken:
            apps.append(BROKEN)
        if options.stubborn:
            apps.append(STUBBORN)
        return [*apps, gateway(port), guest()]

    try:
        preview = run(
            options.home,
            options.port,
            programs=programs,
            restart_proc_after_s=options.restart_proc_after,
        )
        sys.exit(asyncio.run(preview))
    except PreviewError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
