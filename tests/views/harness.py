"""A page without a browser: a real Flet session whose other end is this test.

Everything that is sent is encoded by Flet's own encoder, as on the wire: the differ keeps its
memory there. What the client would be asked for is answered here.
"""

import asyncio
import dataclasses
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import flet as ft
import msgpack
from flet.components.component import Component
from flet.controls.base_control import BaseControl
from flet.controls.context import _context_page, context
from flet.data_channel import DataChannel
from flet.messaging.connection import Connection
from flet.messaging.protocol import (
    Message,
    MessageAction,
    RegisterClientResponseBody,
    configure_encode_object_for_msgpack,
)
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from cockpit_app.host.flet_patches import apply_patches, end_components

C = TypeVar("C", bound=ft.Control)
PATIENCE_S = 10.0
_encode = configure_encode_object_for_msgpack(BaseControl)


class TestChannel(DataChannel):
    """A byte channel whose browser is the test."""

    __test__ = False

    def __init__(self) -> None:
        self.handler: Callable[[bytes], None] | None = None
        self.sent: list[bytes] = []

    def on_bytes(self, handler: Callable[[bytes], None] | None) -> None:
        self.handler = handler

    def send(self, payload: bytes) -> None:
        self.sent.append(payload)

    def close(self) -> None:
        self.handler = None


class TestConnection(Connection):
    """Takes what a session sends, and answers for the client."""

    __test__ = False

    def __init__(self, url: str) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # flet does not type it
        self.loop = asyncio.get_running_loop()
        self.executor = ThreadPoolExecutor(max_workers=1)
        self.pubsubhub = PubSubHub(loop=self.loop, executor=self.executor)
        self.page_url = url
        self.session: Session | None = None
        self.sizes_bytes: list[int] = []
        """Size of every patch that went out, in order."""
        self.crashes: list[str] = []
        self.invoked: list[tuple[str, Any]] = []
        """Methods that the client was asked to carry out, with their arguments."""
        self.answers: dict[str, Any] = {}
        """What the client answers by method; nothing for the others."""
        self.after_patch: Callable[[], object] = lambda: None
        """Called soon after each patch, as a client paints soon after it."""
        self.changed = asyncio.Event()
        self._channels: dict[int, TestChannel] = {}

    def send_message(self, message: Message) -> None:
        if message.action is MessageAction.SESSION_CRASHED:
            self.crashes.append(message.body.message)
        packet = msgpack.packb([message.action, message.body], default=_encode)
        if message.action is MessageAction.PATCH_CONTROL:
            self.sizes_bytes.append(len(packet))
            self.loop.call_soon(lambda: self.after_patch())
        if message.action is MessageAction.INVOKE_METHOD:
            self._answer(message.body)
        self.changed.set()

    def data_channel_for(self, channel_id: int) -> TestChannel:
        return self._channels.setdefault(channel_id, TestChannel())

    def close(self) -> None:
        self.executor.shutdown(wait=False)

    def _answer(self, call: Any) -> None:
        session = self.session
        assert session is not None
        self.invoked.append((call.name, call.args))
        answer = self.answers.get(call.name)
        self.loop.call_soon(
            lambda: session.handle_invoke_method_results(
                call.control_id, call.call_id, answer, None
            )
        )
        if call.name == "push_route":
            self.loop.create_task(_navigate(session, call.args["route"]))


async def _navigate(session: Session, route: str) -> None:
    session.apply_page_patch({"route": route})
    await session.dispatch_event(session.page._i, "route_change", {"route": route})


class PageUnderTest:
    """One browser session, looked at and used through its tree of controls."""

    def __init__(self, session: Session, connection: TestConnection) -> None:
        self.session = session
        self.connection = connection

    @property
    def page(self) -> ft.Page:
        page: ft.Page = self.session.page
        return page

    def controls(self, kind: type[C]) -> list[C]:
        """Return the controls of that class now on the page, in drawing order."""
        return [control for control in _walk(self.page.views) if isinstance(control, kind)]

    def texts(self) -> list[str]:
        """Return every text of the page, labels of buttons with them."""
        return [text for control in _walk(self.page.views) for text in _texts(control)]

    async def until(self, holds: Callable[[], Any], *, what: str = "") -> Any:
        """Return what `holds` gives once it is true; looked at after each message and often."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not (found := holds()):
                    await self._next_message()
        except TimeoutError as error:
            raise AssertionError(f"never: {what or self.texts()}") from error
        return found

    async def sees(self, words: str) -> None:
        """Wait until a text with these words in it is on the page."""
        await self.until(lambda: any(words in text for text in self.texts()))

    async def press(self, label: str) -> None:
        """Press the button that shows, or is called, `label`."""
        button = await self.until(lambda: self._button(label), what=f"button {label}")
        assert not button.disabled, f"{label} is disabled"
        await self.event(button, "click")

    async def event(self, control: BaseControl, name: str, data: Any = None) -> None:
        """Send an event of a control, as its client would."""
        await self.session.dispatch_event(control._i, name, data)

    async def go(self, route: str) -> None:
        """Go to another address."""
        await _navigate(self.session, route)

    async def _next_message(self) -> None:
        self.connection.changed.clear()
        try:
            async with asyncio.timeout(0.02):
                await self.connection.changed.wait()
        except TimeoutError:
            return

    def _button(self, label: str) -> ft.Control | None:
        kinds = (
            ft.Button,
            ft.TextButton,
            ft.FilledButton,
            ft.FilledTonalButton,
            ft.IconButton,
            ft.PopupMenuItem,
        )
        for control in _walk(self.page.views):
            if isinstance(control, kinds) and label in _names(control):
                return control
        for control in _walk(self.page._dialogs):
            if isinstance(control, kinds) and label in _names(control):
                return control
        return None


@asynccontextmanager
async def open_page(
    main: Callable[[ft.Page], Awaitable[None]],
    *,
    route: str = "/",
    width: int = 1280,
    height: int = 800,
    url: str = "http://127.0.0.1/",
) -> AsyncIterator[PageUnderTest]:
    """Run `main` in a session of its own; fails if the session reported a crash."""
    apply_patches()
    connection = TestConnection(url)
    session = connection.session = Session(connection)
    _context_page.set(session.page)
    context.reset_auto_update()
    session.apply_page_patch({"route": route, "width": width, "height": height})
    body = RegisterClientResponseBody(
        session_id=session.id, page_patch=session.get_page_patch(), error=""
    )
    connection.send_message(Message(MessageAction.REGISTER_CLIENT, body))
    try:
        await main(session.page)
        yield PageUnderTest(session, connection)
    finally:
        await end_components(session)
        await session.dispatch_event(session.page._i, "close", None)
        session.close()
        connection.close()
    assert connection.crashes == []


def _walk(value: Any) -> Iterator[BaseControl]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _walk(item)
    elif isinstance(value, BaseControl) and getattr(value, "visible", True):
        if not isinstance(value, Component):
            yield value
        for field in dataclasses.fields(value):
            if not field.metadata.get("skip", False) and field.name != "_parent":
                yield from _walk(getattr(value, field.name, None))


def _names(control: BaseControl) -> list[str]:
    """Return what a button is called: its text, or its icon's spoken label."""
    return [text for part in _walk(control) for text in _texts(part)]


def _texts(control: BaseControl) -> list[str]:
    said = (getattr(control, name, None) for name in ("value", "content", "label", "title"))
    spoken = getattr(control, "semantics_label", None)
    return [text for text in (*said, spoken) if isinstance(text, str)]
