"""What the key script sends: typed frames, so that a paste can never pose as keys.

The first byte says what follows: `t` typed text, `p` pasted text (both UTF-8), `k` a key as a
hexadecimal digit of modifiers (1 shift, 2 alt, 4 control, 8 meta) and its name, `f` the focus as
`1` or `0`, `c` a wish to copy, `b` that a paste was too big to be sent. Whoever holds the WebSocket
can send anything here; nothing else than these values comes out.
"""

import re
from dataclasses import dataclass

from terminal.cells import Modes
from terminal.keys import Key, encode_key, encode_paste, encode_text

MAX_TEXT_BYTES = 64 * 1024
MAX_PASTE_BYTES = 1024 * 1024
_KEY = re.compile(r"([0-9a-f])([A-Z][A-Za-z0-9]{1,15}|.)")


@dataclass(frozen=True, slots=True)
class Typed:
    """Text as the keyboard's layout or an input method made it."""

    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    """A key that is not text, or one with Control, Alt or Meta."""

    key: Key


@dataclass(frozen=True, slots=True)
class Pasted:
    """Text from the clipboard."""

    text: str


@dataclass(frozen=True, slots=True)
class Focused:
    """The console got or lost the keyboard."""

    on: bool


@dataclass(frozen=True, slots=True)
class CopyWanted:
    """The person asked to copy what is marked."""


@dataclass(frozen=True, slots=True)
class PasteTooBig:
    """A paste was longer than `MAX_PASTE_BYTES`."""


Input = Typed | Pressed | Pasted | Focused | CopyWanted | PasteTooBig


def read_frame(frame: bytes) -> Input | None:
    """Return what a frame says; None for one that no script of ours sends. Never raises."""
    kind, body = frame[:1], frame[1:]
    if len(body) > (MAX_PASTE_BYTES if kind == b"p" else MAX_TEXT_BYTES):
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    match kind:
        case b"t":
            return Typed(text) if text else None
        case b"p":
            return Pasted(text) if text else None
        case b"k":
            return _pressed(text)
        case b"f":
            return Focused(text == "1") if text in ("0", "1") else None
        case b"c":
            return CopyWanted()
        case b"b":
            return PasteTooBig()
    return None


def _pressed(text: str) -> Pressed | None:
    match = _KEY.fullmatch(text)
    if match is None or not match[2].isprintable():
        return None
    bits, name = int(match[1], 16), match[2]
    return Pressed(
        Key(
            name, shift=bool(bits & 1), alt=bool(bits & 2), ctrl=bool(bits & 4), meta=bool(bits & 8)
        )
    )


def to_bytes(given: Typed | Pressed | Pasted, modes: Modes) -> bytes:
    """Return what the program in the console gets for it."""
    match given:
        case Typed(text):
            return encode_text(text.replace("\n", "\r"))
        case Pressed(key):
            return encode_key(key, modes)
        case Pasted(text):
            return encode_paste(text, modes)


def field_change(before: str, after: str) -> bytes:
    """Return what a plain text field's change means when no key script runs: text, or rubbing out.

    Source: terminal reference 2.2, the text-field fall-back.
    """
    common = 0
    while common < min(len(before), len(after)) and before[common] == after[common]:
        common += 1
    rubbed = b"\x7f" * (len(before) - common)
    return rubbed + encode_text(after[common:].replace("\n", "\r"))
