"""What an upgrade costs beyond the build itself: the cockpit's share of each app's time."""

import time

from tests.bench.figures import Figure, spread
from tests.cockpit_app.upgrading import Machine
from tests.preview_node import PreviewNode

APPS = ("hero_aibroker", "hero_books", "hero_collab", "hero_memory", "hero_osis")
SETTLING_S = 4.0
"""How long a service is watched on purpose before it is believed."""


def figures(node: PreviewNode) -> list[Figure]:
    """Build each app by lab alone, then upgrade it by the cockpit; compare."""
    machine = Machine(node)
    alone, whole = [], []
    for app in APPS:
        alone.append(_built(machine, app))
        whole.append(_upgraded(machine, app))
    over = [with_it - without for with_it, without in zip(whole, alone, strict=True)]
    return [
        *spread("lab build alone, one service", alone),
        *spread("cockpit.upgrade of one app, from the call to its end", whole),
        *spread("  over the build itself", over),
        Figure("  of that, watching on purpose", SETTLING_S * 1000, "ms"),
    ]


def _built(machine: Machine, app: str) -> float:
    began = time.perf_counter()
    machine.lab("build", app, "--download", "--install", "--force")
    return time.perf_counter() - began


def _upgraded(machine: Machine, app: str) -> float:
    began = time.perf_counter()
    job = machine.ended(machine.upgrade(app, reinstall=True))
    assert job["state"] == "done", job["sentence"]
    return time.perf_counter() - began
