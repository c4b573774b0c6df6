"""Bytes into screen operations: one regular expression finds text and whole sequences.

The common case costs one match for a piece of text and the sequence after it; odd, broken and
unfinished sequences take the slow way of `_unravel`. Any bytes are accepted, and any split of the
same bytes has the same effect.
Sources: ECMA-35, ECMA-48 section 5, Paul Williams' state machine of DEC's ANSI parser.
"""

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import ClassVar

import pyte

from terminal.emulator import Emulator
from terminal.flood import pour
from terminal.sgr import styled

SLICE_CHARACTERS = 8192
STRING_LIMIT = 4096
"""A longer OSC or DCS string is swallowed without effect."""
SEQUENCE_LIMIT = 256
NUMBER_LIMIT = 65_535

_TOKENS = re.compile(
    r"([^\x00-\x1f\x7f]*)(?:"
    r"\x1b\[([0-9:;]*)([@-~])"
    r"|((?:\r\n)+|\n+|[\x00-\x09\x0b-\x1a\x1c-\x1f\x7f])"
    r"|\x1b\[([<-?]?[0-9:;]*[ -/]*[@-~])"
    r"|\x1b([ -/]+[0-~]|[0-OQ-WYZ\\`-~])"
    r"|\x1b(\][^\x07\x18\x1a\x1b]*(?:[\x07\x18\x1a]|(?=\x1b))"
    r"|[PX^_][^\x18\x1a\x1b]*(?:[\x18\x1a]|(?=\x1b)))"
    r"|(\x1b[\s\S]*)"
    r")?"
).findall
_CONTROL_STRING_ENDS = re.compile(r"[\x18\x1a\x1b]")
_OSC_ENDS = re.compile(r"[\x07\x18\x1a\x1b]")
_C1 = re.compile("[\x80-\x9f]")
_C1_AS_ESCAPES = {code: f"\x1b{chr(code - 0x40)}" for code in range(0x80, 0xA0)}
_MARKED = re.compile(r"([<-?]?)([0-9:;]*)([ -/]*[@-~])")
_STRING_STARTS = "]PX^_"
_IGNORED = "\x1b[<!"
"""Stands for any control sequence that is wrong already but has not ended."""
_CSI_SO_FAR = re.compile(r"\x1b\[[<-?]?[0-9:;]*[ -/]*")
_ESCAPE_SO_FAR = re.compile(r"\x1b[ -/]*")

Handler = Callable[..., None]


@lru_cache(maxsize=4096)
def _numbers(parameters: str) -> tuple[int, ...] | None:
    """Read `1;2`; an empty one is 0; None for colon forms, which only SGR knows."""
    if ":" in parameters:
        return None
    if not parameters:
        return ()
    return tuple(min(int(part[:12] or 0), NUMBER_LIMIT) for part in parameters.split(";"))


@lru_cache(maxsize=1024)
def _marked(body: str) -> tuple[str, tuple[int, ...] | None]:
    """Take `?25h` apart into the key `?h` and its numbers."""
    match = _MARKED.fullmatch(body)
    if match is None:
        return ("", None)
    marker, parameters, final = match.groups()
    return (marker + final, _numbers(parameters))


class Parser(pyte.ByteStream):
    """Feeds one emulator; keeps what is unfinished between feeds."""

    basic = pyte.ByteStream.basic
    escape = pyte.ByteStream.escape | {
        "E": "next_line",
        "6": "back_index",
        "9": "forward_index",
        "=": "keypad_application",
        ">": "keypad_numeric",
        "c": "full_reset",
        "#8": "alignment_display",
    }
    csi = pyte.ByteStream.csi | {
        "I": "tab",
        "J": "clear_display",
        "K": "clear_line",
        "S": "scroll_up",
        "T": "scroll_down",
        "Z": "back_tab",
        "`": "cursor_to_column",
        "a": "move_columns",
        "b": "repeat",
        "e": "move_rows",
        "s": "set_side_margins",
        "t": "window_operation",
        "u": "restore_cursor",
    }
    marked: ClassVar[Mapping[str, str]] = {
        "?h": "set_private_mode",
        "?l": "reset_private_mode",
        "?s": "save_private_mode",
        "?r": "restore_private_mode",
        "?J": "selective_clear_display",
        "?K": "selective_clear_line",
        "?n": "report_private_status",
        "?$p": "report_private_mode",
        "$p": "report_mode",
        ">c": "report_secondary_attributes",
        "=c": "report_tertiary_attributes",
        ">q": "report_version",
        "!p": "soft_reset",
        " q": "set_cursor_shape",
        " @": "shift_columns_left",
        " A": "shift_columns_right",
        '"q': "set_protection",
        "'}": "insert_columns",
        "'~": "delete_columns",
        "$z": "erase_rectangle",
        "${": "selective_erase_rectangle",
        "$x": "fill_rectangle",
        "$v": "copy_rectangle",
        "$r": "change_rectangle",
        "$t": "reverse_rectangle",
    }

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        super().__init__(emulator, strict=False)
        self._basic = self._bound(self.basic)
        self._escape = self._bound(self.escape)
        self._csi = self._bound({k: v for k, v in self.csi.items() if k != "m"})
        self._marked = self._bound(self.marked)
        self._tail = ""
        """An unfinished escape or control sequence, its embedded controls already carried out."""
        self._string: list[str] | None = None
        """The parts of an unfinished control string, its introducer first."""
        self._string_length = 0

    def _bound(self, names: Mapping[str, str]) -> dict[str, Handler]:
        return {key: getattr(self.emulator, name) for key, name in names.items()}

    def _initialize_parser(self) -> None:
        """Have no generator: pyte's parser of single characters is not used."""

    def feed(self, data: bytes) -> None:  # type: ignore[override]  # pyte ignores the same here
        """Carry out `data`; never raises."""
        text = self.utf8_decoder.decode(data)
        if not text.isascii() and _C1.search(text):
            text = text.translate(_C1_AS_ESCAPES)
        for start in range(0, len(text), SLICE_CHARACTERS):
            self._take(text[start : start + SLICE_CHARACTERS])

    @property
    def unfinished(self) -> bytes:
        """The beginning of a sequence, string or character whose end was not fed yet."""
        begun = self._tail if self._string is None else "\x1b" + "".join(self._string)
        return begun.encode() + self.utf8_decoder.getstate()[0]

    def _take(self, text: str) -> None:
        if self._string is not None:
            text = self._resume_string(text)
        elif self._tail:
            text, self._tail = self._tail + text, ""
        elif pour(self.emulator, text):
            return
        while text:
            text = self._run(text)

    def _run(self, text: str) -> str:
        """Carry out whole sequences; return what the slow way left over to run again."""
        emulator, csi = self.emulator, self._csi
        draw, next_line = emulator.draw, emulator.next_line
        for plain, parameters, final, control, marked, escape, string, rest in _TOKENS(text):
            if plain:
                draw(plain)
            if final == "m":
                pen = emulator.cursor
                pen.attr = styled(pen.attr, parameters)
            elif final:
                numbers = _numbers(parameters)
                if numbers is not None and final in csi:
                    csi[final](*numbers)
            elif control == "\r\n":
                next_line()
            elif control:
                self._control(control)
            elif rest:
                return self._unravel(rest)
            else:
                self._dispatch(marked, escape, string)
        return ""

    def _dispatch(self, marked: str, escape: str, string: str) -> None:
        """Carry out the one of these that is not empty, if any."""
        if marked:
            self._dispatch_marked(marked)
        elif escape:
            self._dispatch_escape(escape)
        elif string:
            self._dispatch_string(string)

    def _control(self, control: str) -> None:
        if control[-1] == "\n":
            if control[0] == "\r":
                self.emulator.next_line(len(control) // 2)
            else:
                self.emulator.linefeed(len(control))
        elif control in self._basic:
            self._basic[control]()

    def _dispatch_marked(self, body: str) -> None:
        key, numbers = _marked(body)
        if numbers is not None and key in self._marked:
            self._marked[key](*numbers)

    def _dispatch_escape(self, body: str) -> None:
        if body in self._escape:
            self._escape[body]()
        elif len(body) == 2 and body[0] in "()*+":
            self.emulator.define_charset(body[1], body[0])
        elif body in ("n", "o"):
            self.emulator.shift_to(2 if body == "n" else 3)

    def _dispatch_string(self, string: str) -> None:
        if string[-1] in "\x18\x1a" or len(string) > STRING_LIMIT:
            return
        if string[0] == "]":
            self.emulator.operating_system_command(string[1:].rstrip("\x07"))
        elif string[0] == "P":
            self.emulator.device_control(string[1:])

    def _unravel(self, rest: str) -> str:
        """Take the first sequence of `rest` as far as it goes; return what to run next.

        Controls inside a sequence are carried out at once, CAN and SUB end it, ESC begins another.
        """
        if rest[1:2] and rest[1] in _STRING_STARTS:
            self._string, self._string_length = [], 0
            return self._resume_string(rest[1:])
        sequence = "\x1b"
        for place, char in enumerate(rest[1:], 1):
            if char == "\x1b":
                return rest[place:]
            if char in "\x18\x1a":
                return rest[place + 1 :]
            if char < " ":
                self._control(char)
            elif char > "~":
                if char != "\x7f":
                    return rest[place:]
            elif _ends(sequence, char):
                return sequence + rest[place:]
            else:
                sequence = _extended(sequence, char)
        self._tail = sequence
        return ""

    def _resume_string(self, text: str) -> str:
        """Collect a control string up to its end; return what follows it."""
        assert self._string is not None
        kind = self._string[0][0] if self._string else text[0]
        match = (_OSC_ENDS if kind == "]" else _CONTROL_STRING_ENDS).search(text)
        part = text if match is None else text[: match.start()]
        if self._string_length <= STRING_LIMIT:
            self._string.append(part)
            self._string_length += len(part)
        if match is None:
            return ""
        whole, self._string = "".join(self._string), None
        if match.group() in "\x18\x1a":
            return text[match.end() :]
        self._dispatch_string(whole)
        return text[match.start() :] if match.group() == "\x1b" else text[match.end() :]


def _ends(sequence: str, char: str) -> bool:
    """Tell whether `char` is the last of `sequence`; string introducers count."""
    if sequence.startswith("\x1b["):
        return char >= "@"
    return char >= "0" and not (sequence == "\x1b" and char == "[")


def _extended(sequence: str, char: str) -> str:
    """Return `sequence` with one more character, or the mark of a wrong one."""
    longer = sequence + char
    if not longer.startswith("\x1b["):
        return longer if len(longer) < SEQUENCE_LIMIT else sequence
    valid = _CSI_SO_FAR.fullmatch(longer) and len(longer) < SEQUENCE_LIMIT
    return longer if valid else _IGNORED
