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


def main() -> None:
    """Take the options of `hero_cockpit preview`, and `--few` for three stand-ins only."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--few", action="store_true")
    options = parser.parse_args()

    def programs(port: int) -> Sequence[Program]:
        apps = [app for app in catalog() if not options.few or app.name in FEW]
        return [*apps, gateway(port), guest()]

    try:
        sys.exit(asyncio.run(run(options.home, options.port, programs=programs)))
    except PreviewError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
