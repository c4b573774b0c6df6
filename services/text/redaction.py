"""Takes secrets out of text: the live ones of this machine in any guise, and what looks like one.

A live value is found raw, in Base64, URL-encoded or reversed, whole or any eight characters of it
in a row. Every place gets a mark such as [removed 2]; the same text gets the same number.
"""

import base64
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote

PIECE = 8
"""So many characters of a secret in a row give it away."""
SHORTEST = 6
"""A live value below this length is an everyday word, such as the name of a theme."""

_SCHEME = re.compile(r"^[a-z]+://")
"""No secret, even where the store of secrets keeps an address."""
_MARK = re.compile(r"\[removed (\d+)\]")

Span = tuple[int, int]

_KEYS = (
    re.compile(
        r"-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(?:-----END [A-Z ]*PRIVATE KEY-----|\Z)", re.DOTALL
    ),
    re.compile(
        r"(?<![A-Za-z0-9])(?:(?:sk|gsk|pk|rk|xai|hf|r8|csk|nvapi|glpat|gh[pousr]|github_pat|"
        r"xox[abeprs])[-_]|AKIA|AIza)[A-Za-z0-9_\-]{8,}"
    ),
    re.compile(r"eyJ[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*){1,4}"),
    re.compile(r"(?i)(?<=bearer )\s*[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"(?i)(?<=basic )\s*[A-Za-z0-9+/=]{8,}"),
)
"""Forms that only keys have."""
_LIKELY = (
    re.compile(
        r"(?i)(?:api[_-]?key|token|secret|passw(?:or)?d|passphrase|authorization|cookie|ticket|"
        r"signature|credential)s?[\"']?\s*[:=]\s*[\"']?(?:(?:bearer|basic|token)\s+)?"
        r"([^\s\"'&,;]{4,})"
    ),
    re.compile(r"(?i)[?&;](?:key|sig|code|state|auth|access|t)=([^\s\"'&;]{4,})"),
    re.compile(r"(?<=://)[^\s/@]{1,200}(?=@)"),
    re.compile(r"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63})+"),
    re.compile(r"(?<![0-9A-Za-z])(?:[0-9a-f]{32,}|[0-9A-F]{32,})(?![0-9A-Za-z])"),
    re.compile(
        r"(?=[A-Za-z0-9+_-]{0,200}[0-9])(?=[A-Za-z0-9+_-]{0,200}[a-z])"
        r"(?=[A-Za-z0-9+_-]{0,200}[A-Z])[A-Za-z0-9+_-]{32,}={0,2}"
    ),
)
"""Forms that secrets and personal addresses often have; a group is the part to take out."""


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text without secrets."""

    text: str
    removed: int
    """How many different texts were taken out."""


class Redactor:
    """Knows the live secrets of this machine; its `repr` shows none."""

    __slots__ = ("_pieces", "_words")

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        """Look for each of `secrets` besides what looks like one."""
        bare = (_SCHEME.sub("", secret) for secret in secrets)
        values = sorted({secret for secret in bare if len(secret) >= SHORTEST})
        forms = [form for value in values for form in _guises(value)]
        self._pieces = frozenset(piece for form in forms for piece in _pieces_of(form))
        short = [re.escape(form) for form in forms if SHORTEST <= len(form) < PIECE]
        self._words = re.compile(rf"(?<!\w)(?:{'|'.join(short)})(?!\w)") if short else None

    def redact(self, text: str, *, likely: bool = True) -> Redacted:
        """Return `text` without secrets; without `likely` only live ones and plain keys go."""
        patterns = (*_KEYS, *_LIKELY) if likely else _KEYS
        spans = [*self._live(text), *_found(text, patterns)]
        kept = [match.span() for match in _MARK.finditer(text)]
        first = max((int(match[1]) for match in _MARK.finditer(text)), default=0)
        return _marked(text, _merged(spans, kept), first=first)

    def hide(self, text: str) -> str:
        """Return `text` without the live secrets."""
        return _marked(text, _merged(list(self._live(text)), []), first=0).text

    def _live(self, text: str) -> Iterator[Span]:
        for start in range(len(text) - PIECE + 1):
            if text[start : start + PIECE] in self._pieces:
                yield start, start + PIECE
        if self._words is not None:
            yield from (match.span() for match in self._words.finditer(text))


def _guises(value: str) -> Iterator[str]:
    """Yield the forms in which a value may turn up."""
    yield value
    yield value[::-1]
    encoded = quote(value, safe="")
    yield encoded
    yield re.sub(r"%[0-9A-F]{2}", lambda match: match[0].lower(), encoded)
    for shift in range(3):
        code = base64.b64encode(b"\0" * shift + value.encode("utf-8", "surrogatepass")).decode()
        own = code.rstrip("=")[-(-shift * 8 // 6) :]
        yield own
        yield own.replace("+", "-").replace("/", "_")


def _pieces_of(form: str) -> Iterator[str]:
    return (form[start : start + PIECE] for start in range(len(form) - PIECE + 1))


def _found(text: str, patterns: Iterable[re.Pattern[str]]) -> Iterator[Span]:
    for pattern in patterns:
        group = 1 if pattern.groups else 0
        yield from (match.span(group) for match in pattern.finditer(text))


def _merged(spans: list[Span], kept: list[Span]) -> list[Span]:
    """Return spans that do not touch, in order, outside of the marks that are there already."""
    merged: list[Span] = []
    for start, end in sorted(part for span in spans for part in _without(span, kept)):
        if merged and start <= merged[-1][1]:
            merged[-1] = merged[-1][0], max(end, merged[-1][1])
        else:
            merged.append((start, end))
    return merged


def _without(span: Span, kept: list[Span]) -> Iterator[Span]:
    start, end = span
    for begin, stop in kept:
        if begin < end and start < stop:
            if start < begin:
                yield start, begin
            start = stop
    if start < end:
        yield start, end


def _marked(text: str, spans: list[Span], *, first: int) -> Redacted:
    numbers: dict[str, int] = {}
    parts: list[str] = []
    at = 0
    for start, end in spans:
        number = numbers.setdefault(text[start:end], first + len(numbers) + 1)
        parts += [text[at:start], f"[removed {number}]"]
        at = end
    return Redacted("".join([*parts, text[at:]]), len(numbers))
