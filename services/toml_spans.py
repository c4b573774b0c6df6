"""Finds where each value of a TOML text stands, so that one can be changed and the rest kept.

Pure. It is given texts that `tomllib` has read, and tells places, not values. tomlkit is not used
because it does not write every text back as it was: `{ day = 2026-11-20 }` loses a space, and an
entry appended behind `"b", # a comment` becomes part of the comment.
Source: TOML 1.0.0.
"""

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_GAP = re.compile(r"[ \t]*")
_TEXT = re.compile(
    r"'''.*?'{3,5}|\"\"\"(?:[^\\]|\\.)*?\"{3,5}|'[^'\n]*'|\"(?:[^\"\\\n]|\\.)*\"", re.DOTALL
)
_KEY = re.compile(r"[A-Za-z0-9_-]+|'[^'\n]*'|\"(?:[^\"\\\n]|\\.)*\"")
_SCALAR = re.compile(r"[^,\]}#\r\n]*[^,\]}#\r\n \t]")
_HEADER = re.compile(r"\[\[?")
_HEADER_END = re.compile(r"\]\]?")
_EQUALS = re.compile(r"=[ \t]*")


@dataclass(frozen=True, slots=True)
class Span:
    """Where one key and its value stand, or the header of one table."""

    place: tuple[str, ...]
    """The keys that lead to it, from the top."""
    key_at: int
    key: str
    """The key as it is written; empty for a header."""
    begin: int
    end: int
    """The value is `text[begin:end]`; of a header, both are its end."""
    braced: bool = False
    """Whether it stands between the braces of an inline table."""


def spans_of(text: str) -> tuple[Span, ...]:
    """Return the spans of all headers and values, the outer before the inner ones.

    Raises ValueError for what is no TOML.
    """
    return tuple(_Scan(text).all())


class _Scan:
    """One pass over a text."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def all(self) -> Iterator[Span]:
        prefix: tuple[str, ...] = ()
        self._take(_BLANK)
        while self._at < len(self._text):
            if self._sees("["):
                begin = self._at
                self._take(_HEADER)
                prefix = self._keys()
                self._take(_HEADER_END)
                yield Span(prefix, begin, "", self._at, self._at)
            else:
                yield from self._pair(prefix, braced=False)
            self._take(_BLANK)

    def _pair(self, prefix: tuple[str, ...], *, braced: bool) -> list[Span]:
        key_at = self._at
        place = (*prefix, *self._keys())
        key = self._text[key_at : self._at].rstrip()
        self._take(_EQUALS)
        begin = self._at
        inner = self._value(place)
        return [Span(place, key_at, key, begin, self._at, braced), *inner]

    def _keys(self) -> tuple[str, ...]:
        keys: list[str] = []
        while True:
            self._take(_GAP)
            keys.append(_plain(self._take(_KEY)))
            self._take(_GAP)
            if not self._sees("."):
                return tuple(keys)
            self._at += 1

    def _value(self, place: tuple[str, ...]) -> list[Span]:
        """Pass over a value; return the spans inside it if it is an inline table."""
        if self._sees("{"):
            return self._inside("}", place)
        if self._sees("["):
            self._inside("]", None)
        else:
            self._take(_TEXT if self._sees("'", '"') else _SCALAR)
        return []

    def _inside(self, end: str, place: tuple[str, ...] | None) -> list[Span]:
        """Pass over what is between brackets: pairs below `place`, values when it is None."""
        found: list[Span] = []
        self._at += 1
        self._take(_BLANK)
        while not self._sees(end):
            if place is None:
                self._value(())
            else:
                found += self._pair(place, braced=True)
            self._take(_BLANK)
            if self._sees(","):
                self._at += 1
                self._take(_BLANK)
        self._at += 1
        return found

    def _sees(self, *signs: str) -> bool:
        return self._text.startswith(signs, self._at)

    def _take(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        if found is None:
            raise ValueError(f"not TOML at character {self._at}")
        self._at = found.end()
        return found.group()


def _plain(key: str) -> str:
    return str(tomllib.loads(f"it = {key}")["it"]) if key[0] in "'\"" else key
