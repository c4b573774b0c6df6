"""Keys, text, paste, mouse and focus as the bytes that a program expects, by its modes.

Pure. Key presses are private: nothing here logs or keeps them.
Sources: xterm ctlseqs "PC-Style Function Keys", "VT220-Style Function Keys", "Mouse Tracking",
VT420 Programmer Reference (keypad), terminfo xterm-256color.
"""

from dataclasses import dataclass

from terminal.cells import Modes


@dataclass(frozen=True, slots=True)
class Key:
    """A key with its modifiers.

    `name` is one character, or a name as browsers say it: `ArrowUp`, `Home`, `PageDown`, `Enter`,
    `Tab`, `Backspace`, `Escape`, `Delete`, `Insert`, `F1` to `F24`, `Keypad0` to `Keypad9`,
    `KeypadEnter`, `KeypadAdd` and so on.
    """

    name: str
    shift: bool = False
    alt: bool = False
    ctrl: bool = False
    meta: bool = False

    @property
    def modifier(self) -> int:
        """Xterm's modifier parameter: 1 plus 1 for shift, 2 alt, 4 control, 8 meta."""
        return 1 + self.shift + 2 * self.alt + 4 * self.ctrl + 8 * self.meta


_CURSOR = {
    "ArrowUp": "A",
    "ArrowDown": "B",
    "ArrowRight": "C",
    "ArrowLeft": "D",
    "Clear": "E",
    "End": "F",
    "Home": "H",
}
_FUNCTION_SS3 = {"F1": "P", "F2": "Q", "F3": "R", "F4": "S"}
_TILDE = {
    "Insert": 2,
    "Delete": 3,
    "PageUp": 5,
    "PageDown": 6,
    **dict(zip([f"F{n}" for n in range(5, 13)], (15, 17, 18, 19, 20, 21, 23, 24), strict=True)),
    **dict(zip([f"F{n}" for n in range(13, 21)], (25, 26, 28, 29, 31, 32, 33, 34), strict=True)),
}
_SHIFTED_FUNCTION = {f"F{n}": f"F{n - 12}" for n in range(21, 25)}
"""VT220 numbers end at F20; xterm reaches the rest as shifted F9 to F12."""
_KEYPAD = {
    "KeypadMultiply": ("*", "j"),
    "KeypadAdd": ("+", "k"),
    "KeypadComma": (",", "l"),
    "KeypadSubtract": ("-", "m"),
    "KeypadDecimal": (".", "n"),
    "KeypadDivide": ("/", "o"),
    "KeypadEqual": ("=", "X"),
    "KeypadEnter": ("\r", "M"),
    **{f"Keypad{n}": (str(n), chr(ord("p") + n)) for n in range(10)},
}
_CONTROL = {
    " ": "\x00",
    "2": "\x00",
    "3": "\x1b",
    "4": "\x1c",
    "5": "\x1d",
    "6": "\x1e",
    "7": "\x1f",
    "8": "\x7f",
    "/": "\x1f",
    "?": "\x7f",
}
_PASTE_START, _PASTE_END = b"\x1b[200~", b"\x1b[201~"
_UNPASTABLE = dict.fromkeys([*range(9), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)])


def encode_text(text: str) -> bytes:
    """Return typed text as it is, in UTF-8; lone surrogates, which no layout types, are dropped."""
    return text.encode("utf-8", "ignore")


def encode_key(key: Key, modes: Modes) -> bytes:
    """Return what `key` sends; empty for a name that no terminal knows."""
    if len(key.name) == 1:
        return _character(key)
    for encode in (_editing_key, _cursor_key, _function_key, _keypad_key):
        sequence = encode(key, modes)
        if sequence is not None:
            return sequence.encode()
    return b""


def _character(key: Key) -> bytes:
    char = key.name
    if key.ctrl:
        char = _controlled(char)
    return _with_alt(key, char).encode("utf-8", "ignore")


def _controlled(char: str) -> str:
    """Return the control character; a character without one stays itself."""
    upper = char.upper()
    if len(upper) == 1 and "@" <= upper <= "_":
        return chr(ord(upper) - 0x40)
    return _CONTROL.get(char, char)


def _with_alt(key: Key, text: str) -> str:
    """Put the escape prefix before what is typed with Alt or Meta."""
    return "\x1b" + text if key.alt or key.meta else text


def _editing_key(key: Key, modes: Modes) -> str | None:
    match key.name:
        case "Enter":
            return _with_alt(key, "\r\n" if modes.newline else "\r")
        case "Tab":
            return "\x1b[Z" if key.shift else _with_alt(key, "\t")
        case "Escape":
            return _with_alt(key, "\x1b")
        case "Backspace":
            erases = "\x08" if key.ctrl != modes.backspace_is_bs else "\x7f"
            return _with_alt(key, erases)
        case "Space":
            return _with_alt(key, "\x00" if key.ctrl else " ")
    return None


def _cursor_key(key: Key, modes: Modes) -> str | None:
    final = _CURSOR.get(key.name)
    if final is None:
        return None
    if key.modifier > 1:
        return f"\x1b[1;{key.modifier}{final}"
    return f"\x1bO{final}" if modes.application_cursor else f"\x1b[{final}"


def _function_key(key: Key, _modes: Modes) -> str | None:
    modifier = key.modifier
    name = key.name
    if name in _SHIFTED_FUNCTION:
        name = _SHIFTED_FUNCTION[name]
        modifier = key.modifier if key.shift else key.modifier + 1
    if name in _FUNCTION_SS3:
        final = _FUNCTION_SS3[name]
        return f"\x1b[1;{modifier}{final}" if modifier > 1 else f"\x1bO{final}"
    number = _TILDE.get(name)
    if number is None:
        return None
    return f"\x1b[{number};{modifier}~" if modifier > 1 else f"\x1b[{number}~"


def _keypad_key(key: Key, modes: Modes) -> str | None:
    plain_and_final = _KEYPAD.get(key.name)
    if plain_and_final is None:
        return None
    plain, final = plain_and_final
    if not modes.application_keypad:
        return _with_alt(key, plain)
    return f"\x1bO{key.modifier}{final}" if key.modifier > 1 else f"\x1bO{final}"


def encode_paste(text: str, modes: Modes) -> bytes:
    """Return pasted text with line ends as Enter, in brackets if the program asked for them.

    Control characters other than tab and line ends are taken out, ESC with them: a paste can
    neither press keys nor end its own bracket.
    """
    lines = text.replace("\r\n", "\r").replace("\n", "\r").translate(_UNPASTABLE)
    body = encode_text(lines)
    return _PASTE_START + body + _PASTE_END if modes.bracketed_paste else body


def encode_focus(focused: bool, modes: Modes) -> bytes:
    """Return the report that the console got or lost the focus; empty unless asked for (1004)."""
    if not modes.focus_events:
        return b""
    return b"\x1b[I" if focused else b"\x1b[O"
