"""Answers to the queries of programs; they go to the input of the stream, never to the screen.

Sources: VT420 Programmer Reference (DA, DSR, DECXCPR, DECRQM, DECRQSS), xterm ctlseqs
(XTVERSION, XTGETTCAP, OSC 4, 10, 11, 12, window reports).
The title is never reported: a program could make the terminal type what it chose.
"""

import re

from terminal.attrs import Style
from terminal.cells import CursorShape
from terminal.palette import Palette, parse_colour
from terminal.sgr import rendition
from terminal.switches import KNOWN_PRIVATE, Switches

NAME = "hero_cockpit"
REPLIES_LIMIT_BYTES = 65_536
"""Unread answers beyond these are dropped: the program asks faster than it reads."""
_TERMCAP = {
    "TN": "xterm-256color",
    "name": "xterm-256color",
    "Co": "256",
    "colors": "256",
    "RGB": "8",
}
_HEXADECIMAL = re.compile("[0-9A-Fa-f]+").fullmatch
_ROLES = (10, 11, 12)


class Replies(Switches):
    """A page that answers queries."""

    def reset(self) -> None:
        super().reset()
        self.palette = Palette()

    def write_process_input(self, data: str) -> None:
        """Queue an answer for the program."""
        if len(self.replies) < REPLIES_LIMIT_BYTES:
            self.replies += data.encode()

    def report_device_attributes(self, mode: int = 0, *_: int, **__: bool) -> None:
        """Say what this is: a VT420 with selective erase, colour and rectangles (DA1)."""
        if mode == 0:
            self.write_process_input("\x1b[?64;6;21;22;28c")

    def report_secondary_attributes(self, mode: int = 0, *_: int) -> None:
        """Say model and version as an xterm would, so that programs use SGR mouse (DA2)."""
        if mode == 0:
            self.write_process_input("\x1b[>41;300;0c")

    def report_tertiary_attributes(self, mode: int = 0, *_: int) -> None:
        """Say the unit number: none (DA3)."""
        if mode == 0:
            self.write_process_input("\x1bP!|00000000\x1b\\")

    def report_version(self, mode: int = 0, *_: int) -> None:
        """Say the name (XTVERSION)."""
        if mode == 0:
            self.write_process_input(f"\x1bP>|{NAME}\x1b\\")

    def report_device_status(self, mode: int = 0, *_: int) -> None:
        """Say "all well" (5) or where the cursor is (6) (DSR, CPR)."""
        if mode == 5:
            self.write_process_input("\x1b[0n")
        elif mode == 6:
            self.write_process_input(f"\x1b[{self._place()}R")

    def report_private_status(self, mode: int = 0, *_: int) -> None:
        """Say where the cursor is, with the page (DECXCPR)."""
        if mode == 6:
            self.write_process_input(f"\x1b[?{self._place()};1R")

    def _place(self) -> str:
        top, left = (self.top, self.left) if self.origin else (0, 0)
        return f"{self.cursor.y - top + 1};{self.cursor.x - left + 1}"

    def report_mode(self, mode: int = 0, *_: int) -> None:
        """Say whether an ANSI mode is on (DECRQM)."""
        state = {4: 1 if self.insert else 2, 20: 1 if self.newline else 2}.get(mode, 0)
        self.write_process_input(f"\x1b[{mode};{state}$y")

    def report_private_mode(self, mode: int = 0, *_: int) -> None:
        """Say whether a private mode is on (DECRQM)."""
        state = (1 if mode in self.private else 2) if mode in KNOWN_PRIVATE else 0
        self.write_process_input(f"\x1b[?{mode};{state}$y")

    def window_operation(self, operation: int = 0, *_: int) -> None:
        """Report the size in characters (18, 19); windows are not a program's to move."""
        if operation in (18, 19):
            self.write_process_input(f"\x1b[{operation - 10};{self.lines};{self.columns}t")

    def report_setting(self, name: str) -> None:
        """Say a setting as the parameters that make it (DECRQSS)."""
        answers = {
            "m": f"{rendition(self.cursor.attr)}m",
            "r": f"{self.top + 1};{self.bottom + 1}r",
            "s": f"{self.left + 1};{self.right + 1}s",
            " q": f"{self._shape_number()} q",
            '"q': f'{int(bool(self.cursor.attr.style & Style.PROTECTED))}"q',
            '"p': '64;1"p',
            "t": f"{self.lines}t",
            "$|": f"{self.columns}$|",
            "*|": f"{self.lines}*|",
        }
        answer = answers.get(name)
        known = answer is not None
        self.write_process_input(f"\x1bP{int(known)}$r{answer or ''}\x1b\\")

    def _shape_number(self) -> int:
        base = {CursorShape.BLOCK: 2, CursorShape.UNDERLINE: 4, CursorShape.BAR: 6}
        return base[self.cursor.shape] - int(self.cursor.blinking)

    def report_capabilities(self, names: str) -> None:
        """Answer requests for terminfo values, written in hexadecimal (XTGETTCAP)."""
        for encoded in names.split(";")[:16]:
            value = _TERMCAP.get(_unhex(encoded))
            if value is None:
                self.write_process_input("\x1bP0+r\x1b\\")
            else:
                self.write_process_input(f"\x1bP1+r{encoded}={value.encode().hex()}\x1b\\")

    def role_colour(self, number: int, spec: str) -> None:
        """Set or report foreground, background and cursor colour (OSC 10, 11, 12)."""
        for role, part in enumerate(spec.split(";")[:3], number):
            if role not in _ROLES:
                return
            if part == "?":
                self._report_colour(str(role), self.palette.role(role))
            else:
                self.palette.set_role(role, parse_colour(part))

    def palette_colours(self, spec: str) -> None:
        """Set or report numbered colours, given in pairs of number and colour (OSC 4)."""
        parts = spec.split(";")
        for number, part in zip(parts[::2], parts[1::2], strict=False):
            if not (number.isascii() and number.isdigit() and int(number[:4]) < 256):
                return
            if part == "?":
                self._report_colour(f"4;{number}", self.palette.colour(int(number)))
            else:
                self.palette.set_colour(int(number), parse_colour(part))

    def _report_colour(self, prefix: str, colour: tuple[int, int, int]) -> None:
        channels = "/".join(f"{channel * 257:04x}" for channel in colour)
        self.write_process_input(f"\x1b]{prefix};rgb:{channels}\x1b\\")


def _unhex(encoded: str) -> str:
    """Read hexadecimal digits and nothing else: the answer repeats them, so CR must not pass."""
    if len(encoded) % 2 or not _HEXADECIMAL(encoded):
        return ""
    return bytes.fromhex(encoded).decode("ascii", "replace")
