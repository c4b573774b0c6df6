"""Modes: set, reset, saved, and shown as one value; the alternate screen and the resets.

Sources: ECMA-48 section 7 (IRM, LNM), VT420 Programmer Reference (DECSTR, DECRQM), xterm ctlseqs
(private modes), the synchronized output specification (2026).
"""

from terminal.cells import CursorShape, Modes, MouseFormat, MouseTracking
from terminal.page import SavedPen
from terminal.writing import Writing

_MOUSE = {
    9: MouseTracking.PRESS,
    1000: MouseTracking.CLICK,
    1002: MouseTracking.DRAG,
    1003: MouseTracking.MOVE,
}
_MOUSE_FORMATS = {1005: MouseFormat.UTF8, 1006: MouseFormat.SGR, 1015: MouseFormat.URXVT}
_INSERT, _NEWLINE = 4, 20
_INITIAL = frozenset({7, 12, 25, 1007})
"""Private modes that are on after a reset: auto wrap, blinking, visible cursor, wheel keys."""
KNOWN_PRIVATE = frozenset(
    {1, 5, 6, 7, 9, 12, 25, 45, 47, 66, 67, 69, 1000, 1002, 1003, 1004, 1005, 1006, 1007}
    | {1015, 1047, 1048, 1049, 2004, 2026, 2027}
)
_SHAPES = (CursorShape.BLOCK, CursorShape.UNDERLINE, CursorShape.BAR)


class Switches(Writing):
    """A page with modes; private ones are kept by their DEC number."""

    def reset(self) -> None:
        super().reset()
        self.private = set(_INITIAL)
        self.saved_private: dict[int, bool] = {}
        self._modes: Modes | None = None

    @property
    def modes(self) -> Modes:
        """All switches that views and key encoders need, as one value."""
        if self._modes is None:
            self._modes = self._collect_modes()
        return self._modes

    def _collect_modes(self) -> Modes:
        on = self.private
        return Modes(
            application_cursor=1 in on,
            application_keypad=66 in on,
            backspace_is_bs=67 in on,
            newline=self.newline,
            bracketed_paste=2004 in on,
            focus_events=1004 in on,
            mouse=next((_MOUSE[n] for n in (1003, 1002, 1000, 9) if n in on), MouseTracking.NONE),
            mouse_format=next(
                (_MOUSE_FORMATS[n] for n in (1006, 1015, 1005) if n in on), MouseFormat.X10
            ),
            alternate_screen=self.alternate,
            alternate_scroll=1007 in on,
            synchronized=2026 in on,
            reverse_screen=5 in on,
            insert=self.insert,
            origin=self.origin,
            auto_wrap=self.auto_wrap,
        )

    def set_mode(self, *modes: int, private: bool = False, **_: bool) -> None:
        """Switch modes on (SM, DECSET)."""
        for mode in modes:
            if private:
                self._switch_private(mode, True)
            else:
                self._switch(mode, True)

    def reset_mode(self, *modes: int, private: bool = False, **_: bool) -> None:
        """Switch modes off (RM, DECRST)."""
        for mode in modes:
            if private:
                self._switch_private(mode, False)
            else:
                self._switch(mode, False)

    def set_private_mode(self, *modes: int) -> None:
        self.set_mode(*modes, private=True)

    def reset_private_mode(self, *modes: int) -> None:
        self.reset_mode(*modes, private=True)

    def save_private_mode(self, *modes: int) -> None:
        """Remember whether modes are on (XTSAVE)."""
        self.saved_private.update({n: n in self.private for n in modes if n in KNOWN_PRIVATE})

    def restore_private_mode(self, *modes: int) -> None:
        """Bring remembered modes back (XTRESTORE)."""
        for mode in modes:
            if mode in self.saved_private:
                self._switch_private(mode, self.saved_private[mode])

    def _switch(self, mode: int, on: bool) -> None:
        if mode == _INSERT:
            self.insert = on
        elif mode == _NEWLINE:
            self.newline = on
        self._modes = None

    def _switch_private(self, mode: int, on: bool) -> None:
        if mode not in KNOWN_PRIVATE:
            return
        self._modes = None
        if on and mode in _MOUSE:
            self.private -= _MOUSE.keys()
        if on:
            self.private.add(mode)
        else:
            self.private.discard(mode)
        self._act_on(mode, on)

    def _act_on(self, mode: int, on: bool) -> None:
        """Carry out what switching a mode does at once."""
        if mode == 6:
            self.origin = on
            self.cursor_position()
        elif mode == 7:
            self.auto_wrap = on
            self.cursor.wrap_due = self.cursor.wrap_due and on
        elif mode == 12:
            self.cursor.blinking = on
        elif mode == 25:
            self.cursor.hidden = not on
        elif mode == 69:
            self.margins_enabled = on
            if not on:
                self.left, self.right = 0, self.columns - 1
                self.unbounded = (self.top, self.bottom) == (0, self.lines - 1)
        elif mode == 2027:
            self.clusters = on
        elif mode in (47, 1047, 1048, 1049):
            self._switch_screen(mode, on)

    def _switch_screen(self, mode: int, on: bool) -> None:
        """Show the alternate or the main screen, each mode with its own care for the cursor."""
        if mode in (1048, 1049) and on:
            self.save_cursor()
        if mode != 1048:
            if not on and mode == 1047 and self.alternate:
                self._clear_rows()
            self.show_alternate(on)
            if on and mode == 1049:
                self._clear_rows()
        if mode in (1048, 1049) and not on:
            self.restore_cursor()

    def _clear_rows(self) -> None:
        self.rows[:] = self._blank_rows(self.lines, self.cursor.attr.blank)
        self.cursor.wrap_due = False

    def show_alternate(self, on: bool) -> None:
        """Swap the rows shown; the cursor stays where it is, each screen keeps its saved one."""
        if on == self.alternate:
            return
        self.rows, self.other_rows = self.other_rows, self.rows
        self.saved, self.other_saved = self.other_saved, self.saved
        self.alternate = on
        self._modes = None

    def set_keypad(self, application: bool) -> None:
        """Choose what the keypad sends (DECKPAM, DECKPNM)."""
        self._switch_private(66, application)

    def keypad_application(self) -> None:
        self.set_keypad(True)

    def keypad_numeric(self) -> None:
        self.set_keypad(False)

    def set_cursor_shape(self, style: int = 0, *_: int) -> None:
        """Choose block, underline or bar, blinking or steady (DECSCUSR); 0 is the default."""
        if style <= 6:
            self.cursor.shape = _SHAPES[(max(style, 1) - 1) // 2]
            self.cursor.blinking = style == 0 or style % 2 == 1

    def restore_cursor(self, *_: int) -> None:
        super().restore_cursor()
        self._modes = None
        if self.origin:
            self.private.add(6)
        else:
            self.private.discard(6)

    def soft_reset(self, *_: int) -> None:
        """Put modes, margins, look and character sets back, leaving the text alone (DECSTR)."""
        self.insert = self.origin = False
        self.private -= {1, 6, 66, 69}
        self.private |= {7, 25}
        self.auto_wrap = True
        self.margins_enabled = False
        self.open_margins()
        x, y = self.cursor.x, self.cursor.y
        self.saved = SavedPen()
        self.restore_cursor()
        self.cursor.x, self.cursor.y, self.cursor.hidden = x, y, False
        self._modes = None

    def full_reset(self) -> None:
        """Start afresh with a blank screen (RIS); what the user scrolled past stays."""
        self.reset()
