"""Our corrections of Flet, and the insides of Flet that the host stands on."""

import inspect
import json
import re
from contextvars import ContextVar
from pathlib import Path

import flet as ft
import flet_web
import pytest
from flet.components.component import Component
from flet.components.hooks.use_effect import EffectHook
from flet.controls.context import _context_page, context
from flet.messaging.connection import Connection
from flet.messaging.session import Session

from cockpit_app.host import flet_patches
from cockpit_app.host.asgi import web_app
from cockpit_app.host.flet_patches import apply_patches
from cockpit_app.host.index_page import index_page
from cockpit_app.host.settings import WebSettings
from tests.cockpit_app.host.serving import OWNER, VIEWER, serving_unix
from tests.flet_wire import FletWire
from tests.services.daemons import eventually


@ft.observable
class Shared:
    """What two users look at."""

    def __init__(self) -> None:
        self.writer = "nobody"


async def test_a_change_is_sent_to_each_session_that_shows_it_and_to_no_other(
    folder: Path, settings: WebSettings
) -> None:
    shared = Shared()
    names = iter(["alice", "bob"])

    @ft.component
    def private(name: str, seen: Shared) -> ft.Control:
        def write() -> None:
            seen.writer = name

        return ft.Column(
            [
                ft.Text(f"private to {name}, written by {seen.writer}"),
                ft.Button("W", on_click=write),
            ]
        )

    def main(page: ft.Page) -> None:
        name = next(names)
        page.render(lambda: private(name, shared))

    app = web_app(main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        alice = await FletWire.connect(path, headers=OWNER)
        await alice.register()
        await alice.sees("private to alice, written by nobody")
        bob = await FletWire.connect(path, headers=VIEWER)
        await bob.register()
        await bob.sees("private to bob, written by nobody")
        await alice.event(await alice.find("Button"), "click")
        await alice.sees("private to alice, written by alice")
        await bob.sees("private to bob, written by alice")
        assert "private to bob" not in "".join(map(repr, alice.messages))
        assert "private to alice" not in "".join(map(repr, bob.messages))
        await bob.close()
        await alice.close()


async def test_an_effect_runs_in_the_session_that_shows_its_component(
    folder: Path, settings: WebSettings
) -> None:
    pages: dict[str, ft.Page] = {}
    names = iter(["alice", "bob"])
    ran: list[tuple[str, ft.Page]] = []

    @ft.component
    def greeting() -> ft.Control:
        ft.use_effect(
            lambda: ran.append(("begun", ft.context.page)),
            [],
            cleanup=lambda: ran.append(("ended", ft.context.page)),
        )
        return ft.Text("hello bob")

    @ft.component
    def own(name: str) -> ft.Control:
        return ft.Column(
            [
                ft.Text(f"page of {name}"),
                ft.Button("greet", on_click=lambda: pages["bob"].render(greeting)),
                ft.Button("leave", on_click=lambda: pages["bob"].render(own, "bob")),
            ]
        )

    def main(page: ft.Page) -> None:
        name = next(names)
        pages[name] = page
        page.render(own, name)

    async with serving_unix(web_app(main, version="0", settings=settings), folder) as path:
        alice = await FletWire.connect(path, headers=OWNER)
        await alice.register()
        await alice.sees("page of alice")
        bob = await FletWire.connect(path, headers=VIEWER)
        await bob.register()
        await bob.sees("page of bob")
        await alice.event(await alice.find("Button", content="greet"), "click")
        await bob.sees("hello bob")
        await eventually(lambda: ran == [("begun", pages["bob"])])
        await alice.event(await alice.find("Button", content="leave"), "click")
        await eventually(lambda: ran[1:] == [("ended", pages["bob"])])
        await bob.close()
        await alice.close()


def test_another_version_of_flet_is_not_corrected_blindly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flet_patches, "flet_version", "1.0.6")
    with pytest.raises(RuntimeError, match=re.escape("1.0.6 is installed")):
        apply_patches()


@pytest.mark.parametrize(
    ("owner", "name", "parameters"),
    [
        (Component, "_schedule_update", 1),
        (Component, "_schedule_effect", 3),
        (Component, "_detach_observable_subscriptions", 1),
        (Component, "update", 1),
        (EffectHook, "cancel", 1),
        (Session, "attach_connection", 2),
        (Session, "disconnect", 2),
        (Session, "close", 1),
        (Session, "dispatch_event", 4),
        (Session, "dispatch_connect_event", 1),
        (Session, "apply_patch", 3),
        (Session, "apply_page_patch", 2),
        (Session, "get_page_patch", 1),
        (Session, "handle_invoke_method_results", 5),
        (Session, "after_event", 2),
        (Connection, "send_message", 2),
        (Connection, "send_data_channel_frame", 3),
        (Connection, "data_channel_for", 2),
        (Connection, "unregister_data_channel", 2),
        (type(context), "reset_auto_update", 1),
    ],
)
def test_the_parts_of_flet_that_the_host_uses_are_there(
    owner: type, name: str, parameters: int
) -> None:
    assert len(inspect.signature(getattr(owner, name)).parameters) == parameters


def test_flet_keeps_the_current_page_in_a_context_variable() -> None:
    assert isinstance(_context_page, ContextVar)


def test_our_index_page_tells_flets_client_all_that_its_own_would() -> None:
    client = Path(flet_web.get_package_web_dir())
    stock = (client / "index.html").read_text("utf-8")
    block = stock.partition("var flet = {")[2].partition("\n    }")[0]
    wanted = set(re.findall(r"^      (\w+):", block, re.MULTILINE))
    page = index_page(prefix="", build="b", nonce="n", scripts=[], life_every_s=10.0)
    ours = json.loads(page.partition("var flet = ")[2].partition(";\n")[0])
    assert set(ours) == wanted


def test_flets_start_script_needs_nothing_that_our_index_page_lacks() -> None:
    script = Path(flet_web.get_package_web_dir(), "flutter_bootstrap.js").read_text("utf-8")
    page = index_page(prefix="", build="b", nonce="n", scripts=[], life_every_s=10.0)
    ours = json.loads(page.partition("var flet = ")[2].partition(";\n")[0])
    used = set(re.findall(r"\bflet\.(\w+)", script))
    assert used <= {*ours, "flutterApp", "flutterAppResolve"}
    assert "getElementById('loading')" in script
    assert 'id="loading"' in page
    assert "'flutter-first-frame'" in script
