"""All programs of a preview: the stand-ins, the node's own daemons and the cockpit itself."""

import sys

from cockpit_app import __version__
from cockpit_app.preview.apps import catalog
from cockpit_app.preview.programs import Program

SHARE_DOMAIN = "HERO_SHARE_DOMAIN"
"""Environment variable of the cockpit: under which name and port this gateway shares names."""


def fleet(port: int) -> list[Program]:
    """Return what a preview supervises whose gateway listens on `port`."""
    return [*catalog(), gateway(port), guest(), outside(port), cockpit(port)]


def gateway(port: int) -> Program:
    """Return the front door, with hero_proxy's RPC face."""
    return Program(
        name="hero_proxy",
        title="Gateway",
        description="Front door of this preview: signs people in and leads them to services",
        version=__version__,
        command=(sys.executable, "-m", "cockpit_app.preview.gateway", str(port)),
        sockets=("hero_proxy/rpc.sock",),
        tags=("core",),
    )


def guest() -> Program:
    """Return the virtual machine, with hero_compute's RPC face."""
    return Program(
        name="hero_compute",
        title="Compute",
        description="Runs the virtual machine of this preview",
        version=__version__,
        command=(sys.executable, "-m", "cockpit_app.preview.guest"),
        sockets=("hero_compute/rpc.sock",),
        tags=("core",),
    )


def outside(port: int) -> Program:
    """Return what stands for the world outside: AI providers and a Forge."""
    return Program(
        name="preview_outside",
        title="Outside world",
        description="Stands for AI providers and the Forge, so that nothing leaves this preview",
        version=__version__,
        command=(sys.executable, "-m", "cockpit_app.preview.outside", str(port)),
        sockets=("outside/rpc.sock",),
        tags=("preview",),
    )


def cockpit(port: int) -> Program:
    """Return the cockpit, the same program that runs on a real machine."""
    return Program(
        name="hero_cockpit",
        title="Cockpit",
        description="The control surface of this machine",
        version=__version__,
        command=("env", f"{SHARE_DOMAIN}=localhost:{port}", "./bin/hero_cockpit", "serve"),
        sockets=("hero_cockpit/rpc.sock", "hero_cockpit/web.sock", "hero_cockpit/admin.sock"),
        tags=("core",),
        app="hero_cockpit",
    )
