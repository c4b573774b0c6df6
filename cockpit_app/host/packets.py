"""Flet's packets: what they look like, and what of them is taken from a browser.

A packet is `0x00` and msgpack `[action, body]` (flet 1.0.5, messaging/protocol.py).
"""

from typing import Any

import msgpack
from flet.controls.base_control import BaseControl
from flet.messaging.protocol import (
    Message,
    MessageAction,
    configure_encode_object_for_msgpack,
    decode_ext_from_msgpack,
)

_encode = configure_encode_object_for_msgpack(BaseControl)


class BadPacket(Exception):
    """The browser sent what the protocol does not know; the connection must end."""


def pack(message: Message) -> bytes:
    """Return the packet for a message; Flet also notes here what its differ compares with."""
    return b"\x00" + bytes(msgpack.packb([message.action, message.body], default=_encode))


def unpack(packet: bytes) -> tuple[MessageAction, Any]:
    """Return the action and the body of a packet; raises BadPacket."""
    if packet[:1] != b"\x00":
        raise BadPacket("The packet is of an unknown kind.")
    try:
        action, body = msgpack.unpackb(packet[1:], ext_hook=decode_ext_from_msgpack)
        return MessageAction(action), body
    except (ValueError, TypeError, msgpack.UnpackException) as error:
        raise BadPacket("The message cannot be read.") from error


def parsed(shape: type[Any], body: Any) -> Any:
    """Return the body as one of Flet's message classes; raises BadPacket when it does not fit."""
    try:
        return shape(**body)
    except TypeError as error:
        raise BadPacket(f"{shape.__name__} does not fit.") from error


_NESTED = frozenset(
    {
        "media",
        "window",
        "locale_configuration",
        "selection",
        "padding",
        "view_padding",
        "view_insets",
    }
)
"""Values of several parts that a browser reports; each control has its own of these."""


def public(patch: Any) -> Any:
    """Return of `patch` what a browser may set.

    Not handlers and not what Flet keeps in underscored names; and no parts of other values: styles
    and themes are shared by all sessions, and Flet would change them in place.
    """
    if not isinstance(patch, dict):
        return patch
    return {name: public(value) for name, value in patch.items() if _is_reported(name, value)}


def _is_reported(name: object, value: object) -> bool:
    if not isinstance(name, str) or name.startswith(("_", "on_")):
        return False
    return name in _NESTED or not isinstance(value, dict)
