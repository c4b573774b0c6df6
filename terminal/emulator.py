"""The whole emulator, and the control strings it understands (OSC and DCS).

Sources: xterm ctlseqs "Operating System Commands", "Device-Control functions"; the hyperlink
specification for OSC 8. Reading the clipboard (OSC 52) is refused by not being there.
"""

import re

from terminal.attrs import attr_of
from terminal.replies import Replies

TITLE_LIMIT = 256
LINK_LIMIT = 2083
TITLE_STACK_LIMIT = 16
_CONTROLS = dict.fromkeys([*range(0x20), *range(0x7F, 0xA0)])
_DEVICE_CONTROL = re.compile(r"[0-?]*([ -/]*[@-~])(.*)", re.DOTALL)


class Emulator(Replies):
    """A VT420-level terminal as xterm understands it; fed by `terminal.parser`."""

    def reset(self) -> None:
        super().reset()
        self.titles: list[str] = []
        self.bells = 0

    def bell(self, *_: int) -> None:
        """Count a bell; what it looks or sounds like is the view's affair."""
        self.bells += 1

    def operating_system_command(self, body: str) -> None:
        """Carry out `number;text`; unknown numbers do nothing."""
        number, _, text = body.partition(";")
        if number in ("0", "2"):
            self.set_title(text)
        elif number == "4":
            self.palette_colours(text)
        elif number == "8":
            self.set_link(text)
        elif number in ("10", "11", "12"):
            self.role_colour(int(number), text)
        elif number == "104":
            self.palette.forget_numbered(text)
        elif number in ("110", "111", "112"):
            self.palette.forget_role(int(number) - 100)

    def device_control(self, body: str) -> None:
        """Carry out a DCS: status and capability requests; others do nothing."""
        match = _DEVICE_CONTROL.fullmatch(body)
        if match is None:
            return
        if match.group(1) == "$q":
            self.report_setting(match.group(2))
        elif match.group(1) == "+q":
            self.report_capabilities(match.group(2))

    def set_title(self, param: str) -> None:
        """Name the window; control characters and what is too long are cut off."""
        self.title = param.translate(_CONTROLS)[:TITLE_LIMIT]

    def set_link(self, text: str) -> None:
        """Put an address behind what is written next; an empty one ends it (OSC 8)."""
        _parameters, _, address = text.partition(";")
        address = address.translate(_CONTROLS)
        attr = self.cursor.attr
        self.cursor.attr = attr_of(
            attr.foreground,
            attr.background,
            attr.style,
            attr.underline,
            attr.underline_colour,
            address if len(address) <= LINK_LIMIT else "",
        )

    def window_operation(self, operation: int = 0, *rest: int) -> None:
        """Report sizes, and keep titles on a stack (22, 23); moving windows is not for programs."""
        if operation == 22:
            self.titles = [*self.titles, self.title][-TITLE_STACK_LIMIT:]
        elif operation == 23 and self.titles:
            self.title = self.titles.pop()
        else:
            super().window_operation(operation, *rest)
