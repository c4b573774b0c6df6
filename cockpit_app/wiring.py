"""Puts the parts together for one machine and serves its sockets; the composition root."""

import asyncio
import logging
from collections.abc import Sequence
from dataclasses import replace

import uvloop

from cockpit_app import __version__
from cockpit_app.host.asgi import web_app
from cockpit_app.host.listeners import Listener
from cockpit_app.host.listeners import serve as serve_listeners
from cockpit_app.host.settings import Face, WebSettings
from cockpit_app.host.settings import Front as HostFront
from cockpit_app.parts import Parts, open_parts
from cockpit_app.rpc.server import rpc_app
from cockpit_app.settings import Front, Settings
from services.wire.node import LocalNode
from views.app import make_main

log = logging.getLogger(__name__)

LOOPBACK_NAMES = ("127.0.0.1", "localhost", "[::1]")
"""What the loopback port may be called; any other name is a page that rebinds its own."""


def listeners(settings: Settings, parts: Parts, port: int | None) -> Sequence[Listener]:
    """Return what is served where: the three sockets, and a loopback port if one is asked for.

    Nobody stands in front of the port, so whoever comes that way is a guest.
    """
    main = make_main(parts.cockpit, parts.consoles)
    front = settings.file.front
    web = WebSettings(embedders=front.shells, recheck_s=front.recheck_s, cache_dir=settings.cache)

    def page(face: Face, believed: Front) -> Listener:
        app = web_app(
            main,
            version=__version__,
            front=_host_front(believed),
            socket=face,
            rights=parts.rights,
            settings=web,
        )
        return Listener(settings.own_sockets / f"{face}.sock", app)

    rpc = rpc_app(parts.cockpit, version=__version__, front=front.rpc, rights=parts.rights)
    served = [
        Listener(settings.rpc_socket, rpc),
        page("web", front.web),
        page("admin", front.admin),
    ]
    if port is not None:
        local = replace(web, hosts=LOOPBACK_NAMES)
        app = web_app(main, version=__version__, front="none", settings=local)
        served.append(Listener(port, app))
    return served


def serve(settings: Settings, *, port: int | None = None) -> None:
    """Serve until SIGTERM or SIGINT; raises CockpitError when a place cannot be served."""
    uvloop.run(_serve(settings, port))


async def _serve(settings: Settings, port: int | None) -> None:
    async with open_parts(settings, LocalNode()) as parts:
        served = await asyncio.to_thread(listeners, settings, parts, port)
        await serve_listeners(served, begin=parts.begin, ready=_told)


def _told(addresses: list[str]) -> None:
    log.info("hero_cockpit %s serves %s", __version__, ", ".join(addresses))


def _host_front(front: Front) -> HostFront:
    return "none" if front == "none" else "proxy"
