"""The colours a program may ask for and change: 256 numbered ones and three by role.

Views paint with their own theme; only what a program set itself overrides it.
Source: xterm's default resources.
"""

Rgb = tuple[int, int, int]

_NAMED: tuple[Rgb, ...] = (
    (0, 0, 0),
    (205, 0, 0),
    (0, 205, 0),
    (205, 205, 0),
    (0, 0, 238),
    (205, 0, 205),
    (0, 205, 205),
    (229, 229, 229),
    (127, 127, 127),
    (255, 0, 0),
    (0, 255, 0),
    (255, 255, 0),
    (92, 92, 255),
    (255, 0, 255),
    (0, 255, 255),
    (255, 255, 255),
)
_LEVELS = (0, 95, 135, 175, 215, 255)
_ROLES: dict[int, Rgb] = {10: (229, 229, 229), 11: (0, 0, 0), 12: (229, 229, 229)}
"""Foreground, background and cursor, by the number of the OSC that asks for them."""


def standard_colour(number: int) -> Rgb:
    """Return colour `number` (0 to 255): 16 named, a cube of 216, 24 greys."""
    if number < 16:
        return _NAMED[number]
    if number < 232:
        place = number - 16
        return (_LEVELS[place // 36], _LEVELS[place // 6 % 6], _LEVELS[place % 6])
    grey = 8 + 10 * (number - 232)
    return (grey, grey, grey)


class Palette:
    """Standard colours, and those that the program set instead."""

    def __init__(self) -> None:
        self._numbered: dict[int, Rgb] = {}
        self._roles: dict[int, Rgb] = {}

    def colour(self, number: int) -> Rgb:
        return self._numbered.get(number) or standard_colour(number)

    def set_colour(self, number: int, colour: Rgb | None) -> None:
        """Override a numbered colour; None changes nothing."""
        if colour is not None:
            self._numbered[number] = colour

    def forget_numbered(self, numbers: str = "") -> None:
        """Give numbered colours, or all, their standard values back (OSC 104)."""
        for number in numbers.split(";") if numbers else [str(n) for n in list(self._numbered)]:
            if number.isdecimal():
                self._numbered.pop(int(number[:4]), None)

    def role(self, number: int) -> Rgb:
        """Return the colour that OSC `number` (10, 11 or 12) names."""
        return self._roles.get(number) or _ROLES[number]

    def set_role(self, number: int, colour: Rgb | None) -> None:
        """Override a colour by role; None changes nothing."""
        if colour is not None:
            self._roles[number] = colour

    def forget_role(self, number: int) -> None:
        """Give a colour by role its standard value back (OSC 110 to 112)."""
        self._roles.pop(number, None)


def parse_colour(spec: str) -> Rgb | None:
    """Read `rgb:r/g/b` with 1 to 4 hexadecimal digits each, or `#rrggbb`; None for others.

    Source: XParseColor.
    """
    if spec.startswith("#") and len(spec) == 7:
        parts = [spec[1:3], spec[3:5], spec[5:7]]
    elif spec.startswith("rgb:"):
        parts = spec[4:].split("/")
    else:
        return None
    if len(parts) != 3 or not all(1 <= len(part) <= 4 for part in parts):
        return None
    try:
        red, green, blue = (int(part, 16) * 255 // (16 ** len(part) - 1) for part in parts)
    except ValueError:
        return None
    return (red, green, blue) if min(red, green, blue) >= 0 else None
