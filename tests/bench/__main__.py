"""`make bench`: measures on one preview node and prints figures, ratios where there is a peer."""

import os
import platform

from tests.bench import emulator, pages, scale, services, sessions, upgrade
from tests.bench.figures import Figure
from tests.preview_node import running_preview


def main() -> None:
    """Run all measurements, one after the other, and print each as it is done."""
    load = ", ".join(f"{value:.1f}" for value in os.getloadavg())
    print(f"Python {platform.python_version()}, {os.cpu_count()} processors, load {load}")
    _show("Emulator", [Figure(*measured) for measured in emulator.figures()])
    _show("Lists of services, small and large", scale.figures())
    with running_preview() as node:
        _show("List of services", services.figures(node))
        _show("Browser sessions", sessions.figures(node))
        _show("Pages", pages.figures(node))
        _show("Upgrade", upgrade.figures(node))


def _show(title: str, measured: list[Figure]) -> None:
    print(f"\n{title}")
    for figure in measured:
        print(figure)


if __name__ == "__main__":
    main()
