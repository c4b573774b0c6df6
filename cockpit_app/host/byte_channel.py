"""Raw bytes beside Flet's messages: `0x01`, a channel number (u32, little endian), bytes."""

import logging
from collections.abc import Callable

from flet.data_channel import DataChannel
from flet.messaging.connection import Connection

log = logging.getLogger(__name__)


class ByteChannel(DataChannel):
    """Raw bytes between a control, or our own script, and the server."""

    def __init__(self, number: int, connection: Connection) -> None:
        self._number = number
        self._connection = connection
        self._handler: Callable[[bytes], None] | None = None

    def on_bytes(self, handler: Callable[[bytes], None] | None) -> None:
        self._handler = handler

    def send(self, payload: bytes) -> None:
        self._connection.send_data_channel_frame(self._number, payload)

    def close(self) -> None:
        self._handler = None
        self._connection.unregister_data_channel(self._number)

    def deliver(self, payload: bytes) -> None:
        """Hand over bytes that came from the browser."""
        if self._handler is not None:
            try:
                self._handler(payload)
            except Exception:
                log.exception("The handler of channel %d failed", self._number)
