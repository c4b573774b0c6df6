"""Writing text: wrapping, inserting, character sets, wide and combining characters, repetition.

Sources: ECMA-48 (REP, IRM), VT100 User Guide (DECAWM, SCS), Unicode UAX 11 and UAX 29 by way of
the wcwidth package. Widths are what programs expect (wcwidth); whole grapheme clusters share one
cell only in mode 2027 (Contour's terminal Unicode core).
"""

from itertools import groupby

from wcwidth import wcwidth
from wcwidth.table_vs16 import VS16_NARROW_TO_WIDE

from terminal.attrs import DEFAULT_ATTR
from terminal.page import ASCII, BRITISH, DRAWING
from terminal.rectangles import Rectangles
from terminal.rows import Row

WIDTHS_LIMIT = 16_384
CLUSTER_LIMIT = 32
"""Characters one cell can hold; further marks on it are dropped."""

_DRAWING_FROM = "_`abcdefghijklmnopqrstuvwxyz{|}~"
_DRAWING_TO = "\u00a0◆▒␉␌␍␊°±␤␋┘┐┌└┼⎺⎻─⎼⎽├┤┴┬│≤≥π≠£·"
_CHARSETS = {
    ASCII: None,
    DRAWING: str.maketrans(_DRAWING_FROM, _DRAWING_TO),
    BRITISH: str.maketrans("#", "£"),
}
_ZERO_WIDTH_JOINER = "\u200d"
_EMOJI_SELECTOR = "\ufe0f"
_WIDENED = frozenset(
    code
    for first, last in next(iter(VS16_NARROW_TO_WIDE.values()))
    for code in range(first, last + 1)
)


class _Widths(dict[str, int]):
    """Columns of a character, looked up once: 0 joins the cell before, 1, or 2."""

    def __missing__(self, char: str) -> int:
        if len(self) >= WIDTHS_LIMIT:
            self.clear()
        width = max(wcwidth(char), 0)
        self[char] = width
        return width


_width_of = _Widths()


class Writing(Rectangles):
    """A page that text can be written on."""

    def reset(self) -> None:
        super().reset()
        self.clusters = False
        self.last_char = ""
        self.translation: dict[int, int] | None = None

    def draw(self, data: str) -> None:
        """Write printable text at the cursor; anything else must have been taken out before."""
        if self.translation is not None:
            self._note_last(data)
            data = data.translate(self.translation)
        elif data.isascii():
            self.last_char = data[-1]
            self._write_narrow(data)
            return
        else:
            self._note_last(data)
        widths = list(map(_width_of.__getitem__, data))
        if min(widths) == max(widths) == 1:
            self._write_narrow(data)
        elif not self._write_mixed(data, widths):
            self._write_in_runs(data)

    def _write_mixed(self, text: str, widths: list[int]) -> bool:
        """Write narrow and wide characters at once if nothing stands in the way; tell whether."""
        cursor = self.cursor
        x, end = cursor.x, cursor.x + sum(widths)
        if 0 in widths or end > self.right or cursor.wrap_due:
            return False
        if self.insert or self.clusters or not self.auto_wrap:
            return False
        row = self.rows[cursor.y]
        row.fill(x, end, cursor.attr)
        row.text[x:end] = [
            cell
            for char, width in zip(text, widths, strict=True)
            for cell in ((char,) if width == 1 else (char, ""))
        ]
        row.wide = True
        cursor.x = end
        return True

    def _write_in_runs(self, text: str) -> None:
        """Write narrow characters, wide ones and marks, run by run."""
        for width, chars in groupby(text, _width_of.__getitem__):
            if width == 1:
                self._write_narrow("".join(chars))
            elif width == 2 and not self.clusters:
                self._write_wide("".join(chars))
            else:
                for char in chars:
                    self._write_odd(char, width)

    def _note_last(self, data: str) -> None:
        """Keep the last character that is more than a mark, for repetition."""
        self.last_char = next((char for char in reversed(data) if _width_of[char]), self.last_char)

    def repeat(self, count: int = 0, *_: int) -> None:
        """Write the last character again (REP), at most as often as the screen has cells."""
        if self.last_char:
            self.draw(self.last_char * min(count or 1, self.lines * self.columns))

    def _write_narrow(self, text: str) -> None:
        """Write characters of one column each, filling rows as far as they go."""
        cursor = self.cursor
        if self.insert or not self.auto_wrap:
            for char in text:
                self._write_carefully(char)
            return
        row, x = self.rows[cursor.y], cursor.x
        end = x + len(text)
        if end <= self.right and not (cursor.wrap_due or row.wide):
            row.text[x:end] = text
            row.attrs[x:end] = [cursor.attr] * (end - x)
            row.styled = row.styled or cursor.attr is not DEFAULT_ATTR
            row.version += 1
            cursor.x = end
            return
        self._write_wrapping(text)

    def _write_wrapping(self, text: str) -> None:
        """Write over the right edge, on or under wide characters, or after a due wrap."""
        cursor = self.cursor
        while text:
            if cursor.wrap_due:
                self._wrap()
            x = cursor.x
            stop = self.right + 1 if x <= self.right else self.columns
            end = min(x + len(text), stop)
            self._put(x, end, text[: end - x])
            text = text[end - x :]
            cursor.x = min(end, stop - 1)
            cursor.wrap_due = end == stop

    def _put(self, x: int, end: int, text: str) -> None:
        row, attr = self.rows[self.cursor.y], self.cursor.attr
        if row.wide:
            row.part_at(x)
            row.part_at(end)
        row.text[x:end] = text
        row.attrs[x:end] = [attr] * (end - x)
        row.styled = row.styled or attr is not DEFAULT_ATTR
        row.version += 1

    def _write_carefully(self, char: str) -> None:
        """Write one narrow character in insert mode or without automatic wrapping."""
        cursor = self.cursor
        if cursor.wrap_due and self.auto_wrap:
            self._wrap()
        x = cursor.x
        stop = self.right + 1 if x <= self.right else self.columns
        if self.insert:
            self.rows[cursor.y].insert(x, 1, stop, cursor.attr)
        self._put(x, x + 1, char)
        cursor.x = min(x + 1, stop - 1)
        cursor.wrap_due = x + 1 == stop

    def _wrap(self) -> None:
        """Go on in the next row, noting that this one runs on."""
        cursor = self.cursor
        if self.full_width:
            self.rows[cursor.y].wrapped = True
        cursor.wrap_due = False
        self.index()
        cursor.x = self.left if cursor.x >= self.left else 0

    def _write_odd(self, char: str, width: int) -> None:
        """Write a character that is wide, or that joins the cell before it."""
        if width == 0 or (self.clusters and self._joins(char)):
            self._join(char)
        else:
            self._write_wide(char)

    def _write_wide(self, text: str) -> None:
        """Write characters of two columns each; none of them lies across the right edge."""
        cursor = self.cursor
        while text:
            if cursor.wrap_due and self.auto_wrap:
                self._wrap()
            x = cursor.x
            stop = self.right + 1 if x <= self.right else self.columns
            count = min((stop - x) // 2, len(text))
            if not count:
                if not self.auto_wrap or stop - self.left < 2:
                    return
                self.rows[cursor.y].fill(x, stop, cursor.attr.blank)
                self._wrap()
                continue
            self._put_wide(x, text[:count], stop)
            text = text[count:]
            cursor.x = min(x + 2 * count, stop - 1)
            cursor.wrap_due = x + 2 * count == stop

    def _put_wide(self, x: int, text: str, stop: int) -> None:
        row, attr, columns = self.rows[self.cursor.y], self.cursor.attr, 2 * len(text)
        if self.insert:
            row.insert(x, columns, stop, attr)
        row.fill(x, x + columns, attr)
        row.text[x : x + columns : 2] = text
        row.text[x + 1 : x + columns : 2] = [""] * len(text)
        row.wide = True

    def _base(self) -> tuple[Row, int] | None:
        """Return row and column of the character left of the cursor."""
        cursor = self.cursor
        x = cursor.x if cursor.wrap_due else cursor.x - 1
        row = self.rows[cursor.y]
        if x > 0 and not row.text[x]:
            x -= 1
        return (row, x) if x >= 0 else None

    def _join(self, char: str) -> None:
        """Add a mark to the character left of the cursor."""
        base = self._base()
        if base is None:
            return
        row, x = base
        text = row.text[x]
        if len(text) >= CLUSTER_LIMIT:
            return
        row.text[x] = text + char
        row.wide = True
        row.version += 1
        if self.clusters and char == _EMOJI_SELECTOR and ord(text[0]) in _WIDENED:
            self._widen(row, x)

    def _widen(self, row: Row, x: int) -> None:
        """Give the narrow character at `x` a second column, if there is room."""
        cursor = self.cursor
        if len(row.text[x]) == 2 and not cursor.wrap_due and cursor.x == x + 1:
            cluster, attr = row.text[x], row.attrs[x]
            stop = self.right + 1 if x <= self.right else self.columns
            row.fill(x, x + 2, attr)
            row.text[x : x + 2] = (cluster, "")
            cursor.x = min(x + 2, stop - 1)
            cursor.wrap_due = x + 2 == stop

    def _joins(self, char: str) -> bool:
        """Tell whether a wide character belongs to the cluster before it (UAX 29 GB11 to GB13)."""
        base = self._base()
        if base is None:
            return False
        text = base[0].text[base[1]]
        code = ord(char)
        if text.endswith(_ZERO_WIDTH_JOINER) or 0x1F3FB <= code <= 0x1F3FF:
            return _width_of[text[0]] == 2 or ord(text[0]) in _WIDENED
        return _is_regional(code) and len(text) == 1 and _is_regional(ord(text))

    def define_charset(self, code: str, mode: str) -> None:
        """Put a character set into G0 to G3, `mode` being ( ) * or + (SCS)."""
        self.cursor.charsets["()*+".index(mode)] = code
        self._choose_charset()

    def shift_to(self, number: int) -> None:
        """Use G0 to G3 from now on (SI, SO, LS2, LS3)."""
        self.cursor.shift = number
        self._choose_charset()

    def shift_in(self) -> None:
        self.shift_to(0)

    def shift_out(self) -> None:
        self.shift_to(1)

    def restore_cursor(self, *_: int) -> None:
        super().restore_cursor()
        self._choose_charset()

    def _choose_charset(self) -> None:
        self.translation = _CHARSETS.get(self.cursor.charsets[self.cursor.shift])


def _is_regional(code: int) -> bool:
    return 0x1F1E6 <= code <= 0x1F1FF
