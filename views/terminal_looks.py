"""How cells of one attribute are painted: a text style and a background, made once and kept.

Styles are plain dictionaries as Flet's client reads them: a tuple of dictionaries costs the server
a twelfth of the same spans as objects (terminal reference 1.1).
"""

from dataclasses import dataclass
from enum import IntFlag
from typing import Any

import flet as ft

from terminal.cells import Attr, Underline
from views.terminal_theme import TerminalTheme, mixed, readable

_KEPT_LOOKS = 8192
_LINES = {
    Underline.SINGLE: ft.TextDecorationStyle.SOLID.value,
    Underline.DOUBLE: ft.TextDecorationStyle.DOUBLE.value,
    Underline.CURLY: ft.TextDecorationStyle.WAVY.value,
    Underline.DOTTED: ft.TextDecorationStyle.DOTTED.value,
    Underline.DASHED: ft.TextDecorationStyle.DASHED.value,
}
_FROM_PROGRAM = frozenset({"indexed", "rgb"})


class Mark(IntFlag):
    """What the view adds to a cell, beside what the program wrote."""

    NONE = 0
    SELECTED = 1
    CURSOR = 2
    REVERSED = 4
    """The whole screen is shown with text and background swapped (DECSCNM)."""


@dataclass(frozen=True, slots=True)
class Look:
    """One way that cells look; equal looks are one object."""

    style: dict[str, Any] | None
    """A TextStyle as the client reads it; None for plain text."""
    background: str | None
    """None where the terminal's own background shows."""
    decorated: bool
    """True when blanks are visible too, since a line runs through or under them."""
    hidden: bool


class Looks:
    """The looks of one theme."""

    def __init__(self, theme: TerminalTheme) -> None:
        self.theme = theme
        self._known: dict[tuple[Attr, int], Look] = {}

    def of(self, attr: Attr, mark: int = Mark.NONE) -> Look:
        """Return how `attr` looks with `mark`."""
        look = self._known.get((attr, mark))
        if look is None:
            if len(self._known) >= _KEPT_LOOKS:
                self._known.clear()
            look = self._known[attr, mark] = self._make(attr, mark)
        return look

    def _make(self, attr: Attr, mark: int) -> Look:
        text, background = self._colours(attr, mark)
        style: dict[str, Any] = {"color": text} if text != self.theme.foreground else {}
        decoration = self._decoration(attr)
        style |= decoration
        if attr.bold:
            style["weight"] = ft.FontWeight.BOLD.value
        if attr.italic:
            style["italic"] = True
        return Look(
            style=style or None,
            background=None if background == self.theme.background else background,
            decorated=bool(decoration),
            hidden=attr.hidden,
        )

    def _colours(self, attr: Attr, mark: int) -> tuple[str, str]:
        theme = self.theme
        text = theme.css(attr.foreground, theme.foreground)
        background = theme.css(attr.background, theme.background)
        if attr.inverse != bool(mark & Mark.REVERSED):
            text, background = background, text
        if attr.dim:
            text = mixed(text, background, 0.4)
        if mark & Mark.SELECTED:
            background = theme.selection
        if mark & Mark.CURSOR:
            return readable(theme.background, theme.cursor), theme.cursor
        chosen = {attr.foreground[0], attr.background[0]} <= _FROM_PROGRAM
        return (text if chosen and not mark else readable(text, background)), background

    def _decoration(self, attr: Attr) -> dict[str, Any]:
        lines = ft.TextDecoration.NONE
        if attr.underline:
            lines |= ft.TextDecoration.UNDERLINE
        if attr.overline:
            lines |= ft.TextDecoration.OVERLINE
        if attr.strike:
            lines |= ft.TextDecoration.LINE_THROUGH
        if not lines:
            return {}
        style: dict[str, Any] = {"decoration": lines.value}
        if attr.underline:
            style["decoration_style"] = _LINES[attr.underline]
        if attr.underline_colour[0] != "default":
            style["decoration_color"] = self.theme.css(attr.underline_colour, "")
        return style
