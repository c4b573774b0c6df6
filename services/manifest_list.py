"""Edits the source text of a TOML array of texts in its own layout: every other line stays.

Pure, and knows the grammar of such an array only.
"""

import re
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass

_TOKEN = re.compile(
    r"(?P<gap>[ \t]+)|(?P<line>\r?\n)|(?P<comment>#[^\n\r]*)|(?P<comma>,)|(?P<end>\])"
    r"|(?P<text>'''.*?'{3,5}|\"\"\"(?:[^\\]|\\.)*?\"{3,5}|'[^'\n]*'|\"(?:[^\"\\\n]|\\.)*\")",
    re.DOTALL,
)
INDENT = "    "


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    source: str


def with_entry(source: str, entry: str) -> str:
    """Return the array `source` with the text `entry`, already in quotes, behind its last one."""
    tokens = _tokens(source)
    texts = [at for at, token in enumerate(tokens) if token.kind == "text"]
    if not texts:
        return _with_first(tokens, entry)
    last = texts[-1]
    if _begins_line(tokens, last):
        return _with_line(tokens, last, entry)
    return _joined([*tokens[: last + 1], _Token("text", f", {entry}"), *tokens[last + 1 :]])


def without_entry(source: str, name: str) -> str:
    """Return the array `source` without the texts that mean `name`, each with its own line."""
    tokens = _tokens(source)
    at = 0
    while at < len(tokens):
        if tokens[at].kind == "text" and _meaning(tokens[at]) == name:
            at = _drop(tokens, at)
        else:
            at += 1
    return _joined(tokens)


def new_list(entries: Iterable[str], newline: str) -> str:
    """Return the source of an array with one line for each of `entries`, already in quotes."""
    return "".join(["[", newline, *(f"{INDENT}{entry},{newline}" for entry in entries), "]"])


def _tokens(source: str) -> list[_Token]:
    """Return the parts of the array; raises ValueError for what is no array of texts."""
    tokens = [_Token("begin", source[:1])]
    at = 1
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None or found.lastgroup is None:
            raise ValueError("not an array of texts")
        tokens.append(_Token(found.lastgroup, found.group()))
        at = found.end()
    return tokens


def _meaning(token: _Token) -> object:
    return tomllib.loads(f"it = {token.source}")["it"]


def _joined(tokens: Iterable[_Token]) -> str:
    return "".join(token.source for token in tokens)


def _begins_line(tokens: list[_Token], at: int) -> bool:
    before = at - 1
    while tokens[before].kind == "gap":
        before -= 1
    return tokens[before].kind == "line"


def _skip(tokens: list[_Token], at: int, *kinds: str) -> int:
    """Return the first place from `at` on whose token is of none of `kinds`."""
    while at < len(tokens) and tokens[at].kind in kinds:
        at += 1
    return at


def _with_first(tokens: list[_Token], entry: str) -> str:
    """Put the first entry on a line of its own, above the bracket's; without lines, between."""
    lines = [at for at, token in enumerate(tokens) if token.kind == "line"]
    if not lines:
        return f"[{entry}]"
    newline = tokens[lines[-1]].source
    new = _Token("text", f"{newline}{_indent(tokens)}{entry},")
    return _joined([*tokens[: lines[-1]], new, *tokens[lines[-1] :]])


def _indent(tokens: list[_Token]) -> str:
    """Return the white space before the first comment that has a line of its own."""
    for line, gap, comment in zip(tokens, tokens[1:], tokens[2:], strict=False):
        if (line.kind, gap.kind, comment.kind) == ("line", "gap", "comment"):
            return gap.source
    return INDENT


def _with_line(tokens: list[_Token], last: int, entry: str) -> str:
    """Put the entry on the line below the last one, which is alone on its line."""
    indent = tokens[last - 1].source if tokens[last - 1].kind == "gap" else ""
    newline = next(token.source for token in tokens if token.kind == "line")
    comma = _skip(tokens, last + 1, "gap", "line", "comment")
    if tokens[comma].kind == "comma":
        begin = _skip(tokens, comma + 1, "gap", "comment")
        if tokens[begin].kind != "line":
            begin = comma + 1
        new = [_Token("text", f"{newline}{indent}{entry},")]
        return _joined([*tokens[:begin], *new, *tokens[begin:]])
    begin = _skip(tokens, last + 1, "gap", "comment")
    if tokens[begin].kind != "line":
        begin = last + 1
    kept = [_Token("comma", ","), *tokens[last + 1 : begin]]
    new = [_Token("text", f"{newline}{indent}{entry}")]
    return _joined([*tokens[: last + 1], *kept, *new, *tokens[begin:]])


def _drop(tokens: list[_Token], at: int) -> int:
    """Take out the entry at `at` with one comma, and its line if it was alone on it.

    Returns where what stood behind it stands now.
    """
    comma = _skip(tokens, at + 1, "gap")
    lead = at - 2 if tokens[at - 1].kind == "gap" else at - 1
    followed = tokens[comma].kind == "comma"
    begin, end = at, comma + 1 if followed else at + 1
    if not followed and tokens[lead].kind == "comma":
        begin = lead
    elif not followed:
        far = _skip(tokens, at + 1, "gap", "line", "comment")
        if tokens[far].kind == "comma":
            del tokens[far]
    begin, end = _whole_line(tokens, begin, end) or (begin, end)
    if followed and tokens[end - 1].kind == "comma":
        end = _skip(tokens, end, "gap")
    del tokens[begin:end]
    return begin


def _whole_line(tokens: list[_Token], begin: int, end: int) -> tuple[int, int] | None:
    """Return the extent of the line when nothing but a comment stands beside these tokens."""
    first = begin - 1 if tokens[begin - 1].kind == "gap" else begin
    last = _skip(tokens, end, "gap", "comment")
    if tokens[first - 1].kind == "line" and tokens[last].kind == "line":
        return first, last + 1
    return None
