"""One browser's end of a Flet session: turns packets into events and messages into packets.

Written against the classes that Flet's own `FletApp` uses (flet_web 1.0.5), whose
defects it does not share: flet reference 2.
"""

import asyncio
import inspect
import logging
from typing import Any

from flet.controls.context import _context_page, context
from flet.controls.exceptions import FletPageDisconnectedException
from flet.controls.material.snack_bar import SnackBar
from flet.messaging.connection import Connection
from flet.messaging.protocol import (
    ControlEventBody,
    InvokeMethodResponseBody,
    Message,
    MessageAction,
    RegisterClientRequestBody,
    RegisterClientResponseBody,
    UpdateControlPropsBody,
)
from flet.messaging.session import Session

from cockpit_app.host.byte_channel import ByteChannel
from cockpit_app.host.flet_patches import catch_up, has_dialogs, renew_views
from cockpit_app.host.live_controls import live_control
from cockpit_app.host.outbox import Outbox
from cockpit_app.host.packets import BadPacket, pack, parsed, public, unpack
from cockpit_app.host.sessions import Lease, Sessions
from cockpit_app.host.settings import Main
from services.claims import current_identity
from views.context import LOST_SESSION

log = logging.getLogger(__name__)

NOTICE = "Something went wrong here. It has been written to the log; please try again."


class Full(Exception):
    """There are as many sessions as there may be."""


class Stale(Exception):
    """The browser's page cannot go on with what is here now; it must be loaded again."""


class FletConnection(Connection):
    """Serves one WebSocket; belongs to at most one session."""

    def __init__(
        self, *, sessions: Sessions, main: Main, page_url: str, again: bool, limit_bytes: int
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # flet does not type it
        self.loop = asyncio.get_running_loop()
        self.executor = sessions.executor
        self.pubsubhub = sessions.pubsub
        self.page_url = page_url
        self.outbox = Outbox(limit_bytes=limit_bytes)
        self._sessions = sessions
        self._main = main
        self._again = again
        self._lease: Lease | None = None
        self._channels: dict[int, ByteChannel] = {}

    def register(self, packet: bytes) -> None:
        """Answer the first packet: find the caller's session again or begin a new one.

        Raises BadPacket when it is another message, Full when no session may begin, Stale when a
        page that was drawn over an earlier connection shows what cannot be renewed.
        """
        action, body = unpack(packet)
        if action is not MessageAction.REGISTER_CLIENT:
            raise BadPacket("The first message must be a registration.")
        request = parsed(RegisterClientRequestBody, body)
        lease = self._sessions.idle(current_identity(), request.session_id)
        if self._again and (lease is None or has_dialogs(lease.session)):
            raise Stale
        if lease is None:
            self._begin(request)
        else:
            self._resume(lease, request)

    def receive(self, packet: bytes) -> None:
        """Carry out one later packet; raises BadPacket."""
        if self._lease is None:
            raise BadPacket("Not registered.")
        if packet[:1] == b"\x01":
            channel = self._channels.get(int.from_bytes(packet[1:5], "little"))
            if channel is not None and len(packet) >= 5:
                channel.deliver(packet[5:])
            return
        self._carry_out(self._lease, *unpack(packet))

    def leave(self) -> None:
        """Let go of the session: the browser is gone."""
        if self._lease is not None:
            self._sessions.detach(self._lease, self)

    def send_message(self, message: Message) -> None:
        if message.action is MessageAction.SESSION_CRASHED:
            log.error("A page's code failed: %s", message.body.message)
            self.loop.call_soon(self._show_notice)
            return
        self.outbox.put(pack(message))

    def send_data_channel_frame(self, channel_id: int, payload: bytes) -> None:
        self.outbox.put(b"\x01" + channel_id.to_bytes(4, "little") + payload)

    def data_channel_for(self, channel_id: int) -> ByteChannel:
        return self._channels.setdefault(channel_id, ByteChannel(channel_id, self))

    def unregister_data_channel(self, channel_id: int) -> None:
        self._channels.pop(channel_id, None)

    def _begin(self, request: RegisterClientRequestBody) -> None:
        if self._sessions.is_full(current_identity()):
            raise Full(f"There are {len(self._sessions)} pages already.")
        session = Session(self)
        if request.session_id and not self._sessions.knows(request.session_id):
            session.store.set(LOST_SESSION, True)
        _context_page.set(session.page)
        session.apply_page_patch(public(request.page))
        page = session.get_page_patch()
        self._lease = self._sessions.begin(current_identity(), session)
        self._answer(session.id, page)
        self._lease.spawn(self._draw(session))

    def _resume(self, lease: Lease, request: RegisterClientRequestBody) -> None:
        self._lease = lease
        page = lease.session.page
        _context_page.set(page)
        known_route = page.route
        lease.session.apply_page_patch(public(request.page))
        if self._again:
            renew_views(lease.session)
        self._answer(lease.session.id, page)
        self._sessions.resume(lease, self)
        catch_up(lease.session)
        lease.spawn(lease.session.dispatch_connect_event())
        if page.route and page.route != known_route:
            lease.spawn(
                lease.session.dispatch_event(page._i, "route_change", {"route": page.route})
            )

    def _answer(self, session_id: str, page: Any) -> None:
        body = RegisterClientResponseBody(session_id=session_id, page_patch=page, error="")
        self.send_message(Message(MessageAction.REGISTER_CLIENT, body))

    async def _draw(self, session: Session) -> None:
        _context_page.set(session.page)
        context.reset_auto_update()
        try:
            outcome = self._main(session.page)
            if inspect.isawaitable(outcome):
                await outcome
            await session.after_event(session.page)
        except FletPageDisconnectedException:
            log.debug("The browser left before its page was drawn")
        except Exception as error:
            log.exception("The page could not be drawn")
            session.error(str(error))

    def _carry_out(self, lease: Lease, action: MessageAction, body: Any) -> None:
        session = lease.session
        if action is MessageAction.CONTROL_EVENT:
            event = parsed(ControlEventBody, body)
            if self._finds(lease, event.target):
                lease.spawn(session.dispatch_event(event.target, event.name, event.data))
        elif action is MessageAction.UPDATE_CONTROL_PROPS:
            update = parsed(UpdateControlPropsBody, body)
            if self._finds(lease, update.id):
                session.apply_patch(update.id, public(update.props))
        elif action is MessageAction.INVOKE_METHOD:
            answer = parsed(InvokeMethodResponseBody, body)
            if answer.control_id in session.index:
                session.handle_invoke_method_results(
                    answer.control_id, answer.call_id, answer.result, answer.error
                )
        else:
            raise BadPacket(f"{action.name} is not a message for a server.")

    def _finds(self, lease: Lease, number: int) -> bool:
        """Tell whether the browser means something that is on its page."""
        searches = self._sessions.searches_of(lease.identity)
        return live_control(lease.session, number, searches) is not None

    def _show_notice(self) -> None:
        if self._lease is None or self._lease.session.connection is not self:
            return
        page = self._lease.session.page
        try:
            _context_page.set(page)
            page.show_dialog(SnackBar(NOTICE))
        except Exception:
            log.exception("The notice of a failure could not be shown")
