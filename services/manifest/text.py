"""Reads the manifest's text in the variants that deployers are likely to write; changes nothing.

Pure: bytes in, what they say out, or the problem with its line.
Source: hero_platform reference 2.5 (profiles and lists are certain; the key names are a guess).
"""

import re
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from services.contract.manifest import ManifestProblem, Profile
from services.wire.reply import one_line

BOM: Final = "\ufeff"
LONGEST_BYTES: Final = 1024 * 1024
PLACES: Final = ((), ("services",), ("apps",), ("manifest",), ("cockpit",))
"""Tables in which a key may stand; the top level first."""
_LIST_KEYS: Final = ("services", "apps", "list", "names")
"""What the list inside of `[enabled]` may be called."""
TEXT_KEYS: Final = ("name", "user")
"""What the value inside of `[profile]` or `[owner]` may be called."""
_POSITION: Final = re.compile(r"\s*\(at (?:line (\d+), column (\d+)|end of document)\)$")


class Unreadable(Exception):
    """The text cannot be used; `problem` says why and where."""

    def __init__(self, problem: ManifestProblem) -> None:
        super().__init__(problem.sentence)
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Choice:
    """Apps that the text lists, and how."""

    place: tuple[str, ...]
    """The keys that lead to it."""
    on: tuple[str, ...]
    off: tuple[str, ...] = ()
    whole: bool = True
    """True for a list, which leaves nothing open; False for a table of booleans."""

    def over(self, usual: Sequence[str]) -> tuple[str, ...]:
        """Return the apps that are on when `usual` are wherever nothing is said."""
        open_ones = () if self.whole else [app for app in usual if app not in self.off]
        return tuple(dict.fromkeys((*open_ones, *self.on)))


@dataclass(frozen=True, slots=True)
class Said:
    """What the text says; None where it says nothing."""

    profile: Profile | None = None
    owner: str = ""
    always_on: Choice | None = None
    enabled: Choice | None = None


def read_text(content: bytes) -> Said:
    """Return what the text says; raises Unreadable.

    A profile that is not known here counts as `custom`: newer deployers may have more.
    """
    values = read_values(content)
    word = _text_at(values, "profile", content)
    known = word.lower() in set(Profile)
    return Said(
        profile=(Profile(word.lower()) if known else Profile.CUSTOM) if word else None,
        owner=_text_at(values, "owner", content),
        always_on=_choice_at(values, ("always_on", "always-on"), content),
        enabled=_choice_at(values, ("enabled",), content),
    )


def read_values(content: bytes) -> dict[str, Any]:
    """Return everything that the text says, by key; raises Unreadable."""
    if len(content) > LONGEST_BYTES:
        raise Unreadable(ManifestProblem(sentence="It is larger than 1 MiB."))
    text = read_unicode(content)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise Unreadable(_problem(text, str(error))) from error


def read_unicode(content: bytes) -> str:
    """Return the text without its byte-order mark; raises Unreadable when it is not UTF-8."""
    try:
        return content.decode("utf-8").removeprefix(BOM)
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        sentence = f"It is not UTF-8 at line {line}."
        raise Unreadable(ManifestProblem(sentence=sentence, line=line)) from error


def _problem(text: str, words: str) -> ManifestProblem:
    lines = text.split("\n")
    found = _POSITION.search(words)
    what = one_line(_POSITION.sub("", words)) or "it is nested too deeply"
    if found is None:
        return ManifestProblem(sentence=f"It is not valid TOML: {what}.")
    line = int(found[1]) if found[1] else max(1, len(text.rstrip().split("\n")))
    column = int(found[2]) if found[2] else None
    sentence = f"It is not valid TOML at line {line}: {what[:1].lower()}{what[1:]}."
    excerpt = one_line(lines[line - 1]) if line <= len(lines) else ""
    return ManifestProblem(sentence=sentence, line=line, column=column, excerpt=excerpt)


def _wrong(content: bytes, key: str, what: str) -> Unreadable:
    """Return the problem of a key whose value cannot be used, with the line that it stands in."""
    lines = read_unicode(content).splitlines()
    named = re.compile(rf"\s*\[*\s*([\w\"'-]+\s*\.\s*)*[\"']?{re.escape(key)}\b")
    line = next((n for n, text in enumerate(lines, start=1) if named.match(text)), None)
    excerpt = one_line(lines[line - 1]) if line else ""
    return Unreadable(ManifestProblem(sentence=f"`{key}` {what}.", line=line, excerpt=excerpt))


def value_at(values: Mapping[str, Any], place: Iterable[str]) -> Any:
    """Return the value that the keys of `place` lead to, or None."""
    found: Any = values
    for key in place:
        found = found.get(key) if isinstance(found, dict) else None
    return found


def _text_at(values: Mapping[str, Any], key: str, content: bytes) -> str:
    found = [value for place in PLACES if (value := value_at(values, (*place, key))) is not None]
    value = found[0] if found else ""
    if isinstance(value, dict):
        value = next((value[inner] for inner in TEXT_KEYS if inner in value), "")
    if not isinstance(value, str):
        raise _wrong(content, key, "must be a text")
    return one_line(value)


def _choice_at(values: Mapping[str, Any], keys: Sequence[str], content: bytes) -> Choice | None:
    for place in PLACES:
        for key in keys:
            if (value := value_at(values, (*place, key))) is not None:
                return _choice(value, (*place, key), content)
    return None


def _choice(value: Any, place: tuple[str, ...], content: bytes) -> Choice:
    if isinstance(value, list) and all(isinstance(name, str) and name for name in value):
        return Choice(place, on=tuple(dict.fromkeys(value)))
    if isinstance(value, dict):
        if all(isinstance(kept, bool) for kept in value.values()):
            on = tuple(name for name, kept in value.items() if kept)
            return Choice(place, on, tuple(n for n, kept in value.items() if not kept), whole=False)
        for key in _LIST_KEYS:
            if isinstance(value.get(key), list | dict):
                return _choice(value[key], (*place, key), content)
    raise _wrong(content, place[-1], "must be a list of names, or a table of true and false")
