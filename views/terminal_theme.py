"""The colours of a terminal in light and dark, and what an attribute looks like in them.

A program chooses colours by name without knowing the background; where a theme's colour takes
part, the text is kept readable (contrast of at least 4.5 to 1). Colours given as numbers on both
sides are painted as they are.
"""

from dataclasses import dataclass
from functools import lru_cache

from terminal.cells import Colour
from terminal.palette import Rgb, standard_colour

READABLE = 4.5
"""Least contrast of text (WCAG 2.2, 1.4.3)."""


@dataclass(frozen=True, slots=True)
class TerminalTheme:
    """What the named colours are; all as `#rrggbb`."""

    foreground: str
    background: str
    cursor: str
    selection: str
    named: tuple[str, ...]
    """The eight colours and their eight bright variants."""

    def css(self, colour: Colour, default: str) -> str:
        """Return `colour` as `#rrggbb`; `default` where the program set none."""
        match colour:
            case ("named", number):
                return self.named[number]
            case ("indexed", number):
                return to_css(standard_colour(number))
            case ("rgb", red, green, blue):
                return to_css((red, green, blue))
        return default


DARK = TerminalTheme(
    foreground="#dfe5ec",
    background="#0b1016",
    cursor="#ffb77c",
    selection="#2c4a63",
    named=(
        *("#1d252e", "#ff7b72", "#6fd698", "#e3b341", "#79b8ff", "#d2a8ff", "#7fd6df", "#c3cad3"),
        *("#6e7b8a", "#ffa198", "#9beab9", "#f5d27a", "#a8d1ff", "#e2c5ff", "#b3eef2", "#ffffff"),
    ),
)
LIGHT = TerminalTheme(
    foreground="#1b222b",
    background="#fdfdfc",
    cursor="#0b5c66",
    selection="#bcdcf5",
    named=(
        *("#1b222b", "#b3261e", "#1a7f42", "#8a6100", "#1559b3", "#7c3aad", "#0b6f7a", "#c9d0d8"),
        *("#5b6672", "#d2453b", "#2b9a58", "#a97a06", "#2f74d0", "#9a58cc", "#1d8d99", "#e9edf1"),
    ),
)


def to_css(colour: Rgb) -> str:
    """Return red, green and blue (0 to 255) as `#rrggbb`."""
    red, green, blue = colour
    return f"#{red:02x}{green:02x}{blue:02x}"


def mixed(colour: str, other: str, share: float) -> str:
    """Return `colour` with `share` (0 to 1) of `other` in it."""
    pairs = zip(_channels(colour), _channels(other), strict=True)
    red, green, blue = (round(a + (b - a) * share) for a, b in pairs)
    return to_css((red, green, blue))


@lru_cache(maxsize=4096)
def readable(text: str, background: str) -> str:
    """Return `text`, moved towards black or white until it can be read on `background`."""
    if contrast(text, background) >= READABLE:
        return text
    goal = max("#000000", "#ffffff", key=lambda end: contrast(end, background))
    for step in range(1, 10):
        better = mixed(text, goal, step / 10)
        if contrast(better, background) >= READABLE:
            return better
    return goal


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours, 1 to 21 (WCAG 2.2, "contrast ratio")."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(channel / 255) for channel in _channels(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _channels(colour: str) -> Rgb:
    return (int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16))
