"""Select Graphic Rendition: from the parameters of `CSI … m` to an attribute, and back.

Sources: ECMA-48 8.3.117, ITU-T T.416 (colon forms), xterm ctlseqs, kitty (underline styles).
"""

from itertools import takewhile

from terminal.attrs import (
    DEFAULT_ATTR,
    DEFAULT_COLOUR,
    Attr,
    Colour,
    Style,
    Underline,
    attr_of,
    remember_transition,
)

_SET = {
    1: Style.BOLD,
    2: Style.DIM,
    3: Style.ITALIC,
    5: Style.BLINK,
    6: Style.BLINK,
    7: Style.INVERSE,
    8: Style.HIDDEN,
    9: Style.STRIKE,
    53: Style.OVERLINE,
}
_CODES = {code: flag for code, flag in _SET.items() if code != 6}
_CLEARED = {
    22: Style.BOLD | Style.DIM,
    23: Style.ITALIC,
    25: Style.BLINK,
    27: Style.INVERSE,
    28: Style.HIDDEN,
    29: Style.STRIKE,
    55: Style.OVERLINE,
}
_UNDERLINES = tuple(Underline)
_CUBE_START = 16
PARAMETERS_LIMIT = 64
"""Parameters after these are ignored; real programs send fewer than twenty."""


def styled(attr: Attr, change: str) -> Attr:
    """Return the look that `CSI change m` makes of `attr`; unknown parameters change nothing."""
    found = attr.following.get(change)
    if found is None:
        found = _true_coloured(attr, change) or _Change(attr).apply(change)
        remember_transition(attr, change, found)
    return found


def indexed(number: int) -> Colour:
    """Return colour `number` (0 to 255) of the palette; the first 16 have names."""
    return ("named", number) if number < _CUBE_START else ("indexed", number)


def rendition(attr: Attr) -> str:
    """Return the SGR parameters that make `attr` out of any other look."""
    parts = ["0", *(str(code) for code, flag in _CODES.items() if attr.style & flag)]
    if attr.underline is Underline.SINGLE:
        parts.append("4")
    elif attr.underline:
        parts.append(f"4:{_UNDERLINES.index(attr.underline)}")
    parts += _colour_codes(attr.foreground, 30) + _colour_codes(attr.background, 40)
    parts += [code.replace(";", ":") for code in _colour_codes(attr.underline_colour, 50)]
    return ";".join(parts)


def _colour_codes(colour: Colour, base: int) -> list[str]:
    match colour:
        case ("named", number) if base < 50:
            return [str(base + number if number < 8 else base + 52 + number)]
        case ("named" | "indexed", number):
            return [f"{base + 8};5;{number}"]
        case ("rgb", red, green, blue):
            return [f"{base + 8};2;{red};{green};{blue}"]
    return []


def _true_coloured(attr: Attr, change: str) -> Attr | None:
    """Apply the one change that never repeats, a colour for each cell, without detours."""
    parts = change.split(";")
    if len(parts) != 5 or parts[1] != "2" or parts[0] not in ("38", "48") or ":" in change:
        return None
    colour = _colour([_number(part) for part in parts[1:]])
    if colour is None:
        return None
    fore, back = (colour, attr.background) if parts[0] == "38" else (attr.foreground, colour)
    return attr_of(fore, back, attr.style, attr.underline, attr.underline_colour, attr.link)


class _Change:
    """One SGR under way: the parts of a look, unpacked for changing."""

    def __init__(self, attr: Attr) -> None:
        self.link = attr.link
        self.style = int(attr.style)
        self.underline = attr.underline
        self.colours = {
            38: attr.foreground,
            48: attr.background,
            58: attr.underline_colour,
        }

    def apply(self, change: str) -> Attr:
        parameters = change.split(";")[:PARAMETERS_LIMIT]
        place = 0
        while place < len(parameters):
            place += self._take(parameters, place)
        return attr_of(
            self.colours[38],
            self.colours[48],
            self.style,
            self.underline,
            self.colours[58],
            self.link,
        )

    def _take(self, parameters: list[str], place: int) -> int:
        """Apply the parameter at `place`; return how many were used up."""
        head, *parts = parameters[place].split(":")
        code = _number(head)
        if code in self.colours:
            if parts:
                self._set_colour(code, _colour_of_parts([_number(part) for part in parts]))
                return 1
            following = takewhile(lambda part: ":" not in part, parameters[place + 1 : place + 5])
            values = [_number(value) for value in following]
            self._set_colour(code, _colour(values))
            return 1 + _length(values)
        if parts:
            if code == 4:
                self._set_underline(_number(parts[0]))
        else:
            self._set_simple(code)
        return 1

    def _set_colour(self, code: int, colour: Colour | None) -> None:
        if colour is not None:
            self.colours[code] = colour

    def _set_underline(self, number: int) -> None:
        if number < len(_UNDERLINES):
            self.underline = _UNDERLINES[number]

    def _set_simple(self, code: int) -> None:
        if code == 0:
            self._reset()
        elif code in _SET:
            self.style |= _SET[code]
        elif code in _CLEARED:
            self.style &= ~_CLEARED[code]
        elif code in (4, 21, 24):
            self.underline = {4: Underline.SINGLE, 21: Underline.DOUBLE, 24: Underline.NONE}[code]
        elif code in (39, 49, 59):
            self.colours[code - 1] = DEFAULT_COLOUR
        else:
            self._set_named(code)

    def _set_named(self, code: int) -> None:
        for first, target, named in ((30, 38, 0), (40, 48, 0), (90, 38, 8), (100, 48, 8)):
            if first <= code < first + 8:
                self.colours[target] = ("named", code - first + named)

    def _reset(self) -> None:
        """SGR 0 leaves hyperlinks and the protection of DECSCA alone."""
        self.style &= Style.PROTECTED
        self.underline = DEFAULT_ATTR.underline
        self.colours = dict.fromkeys(self.colours, DEFAULT_COLOUR)


def _number(text: str) -> int:
    return int(text[:6]) if text else 0


def _colour(values: list[int]) -> Colour | None:
    """Read `5;n` or `2;r;g;b`; None when something is missing or out of range."""
    if values[:1] == [5] and len(values) > 1 and values[1] < 256:
        return indexed(values[1])
    if values[:1] == [2] and len(values) == 4 and max(values) < 256:
        return ("rgb", values[1], values[2], values[3])
    return None


def _colour_of_parts(parts: list[int]) -> Colour | None:
    """Read the colon form, in which a colour space may stand before red: `2:[space]:r:g:b`."""
    if parts[0] == 2 and len(parts) > 4:
        parts = [2, *parts[2:5]]
    return _colour(parts[:4])


def _length(values: list[int]) -> int:
    """Return how many parameters a semicolon colour uses up after its 38, 48 or 58."""
    return min(len(values), {5: 2, 2: 4}.get(values[0], 1) if values else 0)
