"""Where keys come in: the byte channel of the key script, and the plain text field without it.

The channel belongs to one connection; after a reconnect it has to be opened again.
"""

from collections.abc import Callable

import flet as ft
from flet.data_channel import DataChannel
from flet.messaging.connection import Connection

CHANNEL = 0x6B657973
"""The number that `assets/console_keys.js` uses too; Flutter counts its own channels from 1."""


class Keyboard:
    """Receives what is typed into one terminal."""

    def __init__(
        self,
        page: ft.Page,
        field: ft.TextField,
        *,
        on_frame: Callable[[bytes], None],
        on_text: Callable[[str, str], None],
    ) -> None:
        self._page = page
        self._field = field
        self._on_frame = on_frame
        self._on_text = on_text
        self._connection: Connection | None = None
        self._channel: DataChannel | None = None
        self._text = ""
        field.on_change = self._field_changed

    def connect(self) -> bool:
        """Listen on the page's connection of now; returns whether it is another than before."""
        connection: Connection | None = self._page.session.connection
        if connection is self._connection:
            return False
        self._connection = connection
        self._channel = connection.data_channel_for(CHANNEL) if connection is not None else None
        if self._channel is not None:
            self._channel.on_bytes(self._on_frame)
        return True

    def close(self) -> None:
        """Stop listening."""
        channel, self._channel = self._channel, None
        self._connection = None
        if channel is not None:
            channel.on_bytes(None)

    def _field_changed(self, event: ft.Event[ft.TextField]) -> None:
        before, self._text = self._text, event.control.value or ""
        self._on_text(before, self._text)
