"""A small page that shows what the host does for a page; also a program: `demo.py` serves it.

As a program it takes the path of a Unix socket (or a port), the folder for compressed files, and
how often it shows that it lives, in seconds.
"""

import asyncio
import sys
from pathlib import Path

import flet as ft
import uvloop

from cockpit_app.host.asgi import web_app
from cockpit_app.host.listeners import Listener, serve
from cockpit_app.host.settings import WebSettings
from services.claims import current_identity

CHANNEL = 4242


def main(page: ft.Page) -> None:
    """Show who is asking, a counter, a button that fails and text in two fonts."""
    page.title = "Demo"
    page.fonts = {"Mono": "fonts/DejaVuSansMono.ttf"}
    count = ft.Text("0")
    who = ft.Text("")
    route = ft.Text(f"route {page.route}")

    def add() -> None:
        count.value = str(int(count.value) + 1)

    def fail() -> None:
        raise ValueError("the inner reason")

    def ask() -> None:
        identity = current_identity()
        who.value = f"{identity.name} may {identity.right}"

    def echo(payload: bytes) -> None:
        page.session.connection.send_data_channel_frame(CHANNEL, payload[::-1])

    def attach() -> None:
        page.session.connection.data_channel_for(CHANNEL).on_bytes(echo)

    def moved(event: ft.RouteChangeEvent) -> None:
        route.value = f"route {event.route}"
        page.update()

    page.on_connect = attach
    page.on_route_change = moved
    attach()
    ask()
    page.add(
        route,
        who,
        count,
        ft.Button("Add", on_click=add),
        ft.Button("Fail", on_click=fail),
        ft.Button("Ask", on_click=ask),
        ft.TextField(label="Name"),
        ft.Text("┌─┐ ✓ →", font_family="Mono"),
        ft.Text("✓ → ┌─┐ ☃"),
    )


def run(at: Path | int, cache_dir: Path, life_every_s: float) -> None:
    """Serve the page until a signal; prints the address when it accepts, `ended` at the end."""
    settings = WebSettings(cache_dir=cache_dir, life_every_s=life_every_s)
    app = web_app(main, version="0", front="proxy", settings=settings)
    ready = lambda addresses: print(*addresses, flush=True)  # noqa: E731 - one use
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(serve([Listener(at=at, app=app)], ready=ready))
    print("ended", flush=True)


if __name__ == "__main__":
    place = sys.argv[1]
    run(int(place) if place.isdigit() else Path(place), Path(sys.argv[2]), float(sys.argv[3]))
