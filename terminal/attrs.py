"""How a cell looks: colours, underline, style; equal looks are interned to one object.

Knows no colour theme: a named colour is a number until a view paints it.
"""

from enum import IntFlag, StrEnum
from typing import Literal

Colour = (
    tuple[Literal["default"]]
    | tuple[Literal["named"], int]
    | tuple[Literal["indexed"], int]
    | tuple[Literal["rgb"], int, int, int]
)
"""`("default",)`, `("named", 0..15)`, `("indexed", 16..255)` or `("rgb", r, g, b)` with 0..255."""

DEFAULT_COLOUR: Colour = ("default",)


class Underline(StrEnum):
    """How a cell is underlined; false when it is not."""

    NONE = "none"
    SINGLE = "single"
    DOUBLE = "double"
    CURLY = "curly"
    DOTTED = "dotted"
    DASHED = "dashed"

    def __bool__(self) -> bool:
        return self is not Underline.NONE


class Style(IntFlag):
    """The yes-or-no parts of an attribute."""

    BOLD = 1
    DIM = 2
    ITALIC = 4
    BLINK = 8
    INVERSE = 16
    HIDDEN = 32
    STRIKE = 64
    OVERLINE = 128
    PROTECTED = 256
    """Selective erase leaves the cell alone (DECSCA)."""


class Attr:
    """How a cell looks; equal looks are, as a rule, one object, so compare by identity first.

    Immutable by agreement. Made by `attr_of`, never directly.
    """

    __slots__ = (
        "background",
        "blank",
        "following",
        "foreground",
        "link",
        "style",
        "underline",
        "underline_colour",
    )

    def __init__(
        self,
        foreground: Colour,
        background: Colour,
        style: int,
        underline: Underline,
        underline_colour: Colour,
        link: str,
    ) -> None:
        self.foreground = foreground
        self.background = background
        self.style = style
        self.underline = underline
        self.underline_colour = underline_colour
        self.link = link
        self.blank: Attr = self
        self.following: dict[str, Attr] = {}

    @property
    def key(self) -> tuple[Colour, Colour, int, Underline, Colour, str]:
        """Everything that makes up the look, for comparing by value."""
        return (
            self.foreground,
            self.background,
            self.style,
            self.underline,
            self.underline_colour,
            self.link,
        )

    @property
    def bold(self) -> bool:
        return bool(self.style & Style.BOLD)

    @property
    def dim(self) -> bool:
        return bool(self.style & Style.DIM)

    @property
    def italic(self) -> bool:
        return bool(self.style & Style.ITALIC)

    @property
    def blink(self) -> bool:
        return bool(self.style & Style.BLINK)

    @property
    def inverse(self) -> bool:
        return bool(self.style & Style.INVERSE)

    @property
    def hidden(self) -> bool:
        return bool(self.style & Style.HIDDEN)

    @property
    def strike(self) -> bool:
        return bool(self.style & Style.STRIKE)

    @property
    def overline(self) -> bool:
        return bool(self.style & Style.OVERLINE)


DEFAULT_ATTR = Attr(DEFAULT_COLOUR, DEFAULT_COLOUR, 0, Underline.NONE, DEFAULT_COLOUR, "")
"""The look of everything after a reset."""

LOOKS_LIMIT = 4096
TRANSITIONS_LIMIT = 16_384
"""Both collections start afresh when full, so that random true colours cannot fill the memory."""

_interned = {DEFAULT_ATTR.key: DEFAULT_ATTR}
_sources: list[Attr] = []


def attr_of(
    foreground: Colour = DEFAULT_COLOUR,
    background: Colour = DEFAULT_COLOUR,
    style: int = 0,
    underline: Underline = Underline.NONE,
    underline_colour: Colour = DEFAULT_COLOUR,
    link: str = "",
) -> Attr:
    """Return the one object for this look, making it when it is new."""
    key = (foreground, background, style, underline, underline_colour, link)
    found = _interned.get(key)
    if found is not None:
        return found
    if len(_interned) >= LOOKS_LIMIT:
        _interned.clear()
        _interned[DEFAULT_ATTR.key] = DEFAULT_ATTR
    made = Attr(*key)
    if (style, underline, underline_colour, link) != (0, Underline.NONE, DEFAULT_COLOUR, "") or (
        foreground != DEFAULT_COLOUR
    ):
        made.blank = attr_of(background=background)
    _interned[key] = made
    return made


def remember_transition(attr: Attr, change: str, result: Attr) -> None:
    """Note that `change` (the text of an SGR) turns `attr` into `result`."""
    if len(_sources) >= TRANSITIONS_LIMIT:
        for source in _sources:
            source.following.clear()
        _sources.clear()
    attr.following[change] = result
    _sources.append(attr)
