"""What one viewer types: from the script's frames to the console's input, in order.

Key presses are private: nothing of them is logged or kept.
"""

from typing import Protocol

from terminal.console import Console, ConsoleState
from terminal.keys import Key, encode_focus
from views.terminal_input import (
    MAX_PASTE_BYTES,
    CopyWanted,
    Focused,
    Pasted,
    PasteTooBig,
    Pressed,
    Typed,
    field_change,
    read_frame,
    to_bytes,
)
from views.terminal_scroll import Scroll

_SCROLL_KEYS = {
    Key("PageUp", shift=True): -1,
    Key("PageDown", shift=True): 1,
}
_END_KEYS = {Key("Home", shift=True): -1, Key("End", shift=True): 1}
_FARTHEST = 1 << 30


class Owner(Protocol):
    """The viewer, as far as typing goes."""

    def touched(self) -> None: ...
    def typed(self) -> None: ...
    def focused(self, on: bool) -> None: ...
    def copy(self) -> None: ...
    def refuse_paste(self) -> None: ...
    def refuse_input(self) -> None: ...


class Typing:
    """Takes what comes from one keyboard to one console."""

    def __init__(self, owner: Owner, console: Console, scroll: Scroll) -> None:
        self._owner = owner
        self._console = console
        self._scroll = scroll
        self._refused = False

    def frame(self, data: bytes) -> None:
        """Carry out one frame of the key script; what no script sends does nothing."""
        match read_frame(data):
            case Typed() | Pasted() as given:
                self._type(to_bytes(given, self._console.screen.modes))
            case Pressed(key) as given:
                if not self._look_back(key):
                    self._type(to_bytes(given, self._console.screen.modes))
            case Focused(on):
                self.send(encode_focus(on, self._console.screen.modes))
                self._owner.focused(on)
            case CopyWanted():
                self._owner.copy()
            case PasteTooBig():
                self._owner.refuse_paste()

    def paste(self, text: str) -> None:
        """Type text from the clipboard, unless it is longer than the script may paste."""
        data = to_bytes(Pasted(text), self._console.screen.modes)
        if len(data) > MAX_PASTE_BYTES:
            self._owner.refuse_paste()
        else:
            self._type(data)

    def field(self, before: str, after: str) -> None:
        """Carry out a change of the plain text field, which only happens without the script."""
        self._type(field_change(before, after))

    def send(self, data: bytes) -> None:
        """Put bytes into the console's input, behind what waits; dropped while it is not open.

        What an open console does not take is refused in words, once until it takes input again.
        """
        # Of a console that is not open the page says so already.
        if not data or self._console.state is not ConsoleState.OPEN:
            return
        refused = not self._console.offer(data)
        if refused and not self._refused:
            self._owner.refuse_input()
        self._refused = refused

    def _type(self, data: bytes) -> None:
        self.send(data)
        self._owner.typed()

    def _look_back(self, key: Key) -> bool:
        """Scroll for the keys that scroll; in the alternate screen the program gets them."""
        screen = self._console.screen
        if screen.modes.alternate_screen:
            return False
        rows = _SCROLL_KEYS.get(key, 0) * (screen.rows - 1) + _END_KEYS.get(key, 0) * _FARTHEST
        if rows and self._scroll.by(screen, rows):
            self._owner.touched()
        return bool(rows)
