"""Changes one choice in the manifest's text with tomlkit; every other line stays byte for byte.

Pure: bytes in, bytes out. What tomlkit would not write back as it was is refused, not changed, and
`tomllib`, which reads the manifest everywhere else, has the last word on what the new text means.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError
from tomlkit.items import Array, InlineTable, Table

from services.contract.manifest import Profile
from services.errors import Refused
from services.manifest.text import (
    BOM,
    PLACES,
    TEXT_KEYS,
    Choice,
    Unreadable,
    read_text,
    read_unicode,
    read_values,
    value_at,
)

Value = bool | str | list[str]

_INDENT = "    "
_LINE_START = re.compile(r"\r?\n(?:[ \t]*(?=[\"'])|[ \t]+(?=#))")
"""The end of a line and the white space before an entry, or before a comment, on the next."""
_LAST_COMMA = re.compile(r",\s*(?:#[^\n]*\n\s*)*\]\Z")
_LONE_COMMA = re.compile(rf"\n[ \t]*{_LAST_COMMA.pattern}")
"""A comma behind the last entry, and one with a line of its own."""


def with_app(content: bytes, app: str, *, kept: bool, present: Sequence[str]) -> bytes:
    """Return the text that keeps `app`, or does not; `present` are the apps kept until now."""
    choice = read_text(content).enabled
    if choice is None:
        left = [name for name in present if name != app]
        return _with_new_list(content, [*left, app] if kept else left)
    return _with_choice(content, choice, {app: kept})


def with_profile(
    content: bytes, profile: Profile, *, apps: Sequence[str], listed: bool = False
) -> bytes:
    """Return the text with `profile`; its list, if it has one, becomes `apps`.

    With `listed` it gets a list if it has none.
    """
    choice = read_text(content).enabled
    if choice is None:
        changed = _with_profile_word(content, profile)
        return _with_new_list(changed, apps) if listed else changed
    wanted = {app: app in apps for app in (*choice.on, *choice.off, *apps)}
    return _with_profile_word(_with_choice(content, choice, wanted), profile)


def _with_choice(content: bytes, choice: Choice, wanted: Mapping[str, bool]) -> bytes:
    """Return the text in which each of `wanted` is on or off, in the form that it uses."""
    if choice.whole:
        left = [name for name in choice.on if wanted.get(name, True)]
        names = dict.fromkeys([*left, *(app for app, kept in wanted.items() if kept)])
        return _with_value(content, choice.place, list(names))
    for app, kept in wanted.items():
        if app not in (choice.on if kept else choice.off):
            content = _with_value(content, (*choice.place, app), kept)
    return content


def _with_value(content: bytes, place: tuple[str, ...], value: Value) -> bytes:
    """Return the text that says `value` at `place`, whose table or list is already there."""
    text = read_unicode(content)
    ending = "" if text.endswith("\n") else _newline(text)
    try:
        document = _parsed(f"{text}{ending}")
        holder, key = value_at(document, place[:-1]), place[-1]
        old = tomlkit.item(holder[key]).as_string() if key in holder else ""
        if isinstance(value, list):
            _fit(holder[key], value, _newline(text))
        elif key in holder:
            holder[key] = value
        else:
            _add(holder, key, value, _newline(text))
        changed = tomlkit.dumps(document).removesuffix(ending)
    except (TOMLKitError, ValueError, LookupError) as error:
        raise _touching(getattr(error, "line", None), str(error)) from error
    return _checked(content, changed, place, value, old=old)


def _parsed(text: str) -> tomlkit.TOMLDocument:
    """Return the document; raises Refused for one that tomlkit would write in another way."""
    document = tomlkit.parse(text)
    if (again := tomlkit.dumps(document)) != text:
        raise _touching(_first_change(text, again), "tomlkit writes it in another way")
    return document


def _fit(array: Array, names: Sequence[str], newline: str) -> None:
    """Take out the entries that are not in `names`, and add what is missing."""
    wanted, there = set(names), set(array)
    for at in reversed(range(len(array))):
        if array[at] not in wanted:
            del array[at]
    for name in names:
        if name not in there:
            _add_entry(array, name, newline)


def _add_entry(array: Array, name: str, newline: str) -> None:
    """Add an entry, in a list of several lines on its own one: no comment can swallow it there."""
    source = array.as_string()
    if _LONE_COMMA.search(source):
        array.insert(0, name)
        return
    start, comma = " " if array else "", bool(_LAST_COMMA.search(source))
    if "\n" in source:
        start = (_LINE_START.findall(source) or [f"{newline}{_INDENT}"])[-1]
        comma = comma or not array
    array.add_line(name, indent=start, newline=False, add_comma=comma)


def _add(table: Any, key: str, value: bool | str, newline: str) -> None:
    """Add a key behind the last one; tomlkit would put it below comments on what comes next."""
    item = tomlkit.item(value)
    item.trivia.trail = newline
    if not isinstance(table, InlineTable) and (
        not isinstance(table, Table) or table.is_super_table()
    ):
        table[key] = item  # the keys are dotted, and tomlkit knows the whole path
        return
    pair = f"{tomlkit.key(key).as_string()} = {item.as_string()}"
    there = [value for known, value in table.value.body if known is not None]
    if not isinstance(table, InlineTable):
        line = there[-1].trivia if there else table.trivia
        line.trail += f"{line.indent if there else ''}{pair}{newline}"
    elif there:
        there[-1].trivia.trail += f", {pair}"
    else:
        table.add(tomlkit.ws(f" {pair} "))


def _with_profile_word(content: bytes, profile: Profile) -> bytes:
    values = read_values(content)
    place = _place_of_profile(values)
    if value_at(values, place) is not None:
        return _with_value(content, place, profile.value)
    if place != ("profile",):
        raise _not_editable("a table of the profile without its name")
    text = read_unicode(content)
    opening = _opening(text)
    gap = "" if not opening or opening.endswith("\n") else _newline(text)
    line = f'{gap}profile = "{profile.value}"{_newline(text)}'
    return _checked(content, f"{opening}{line}{text[len(opening) :]}", place, profile.value)


def _opening(text: str) -> str:
    """Return the blank lines and comments above the first key or table."""
    found = re.match(r"(?:[ \t]*(?:#[^\n]*)?(?:\n|\r\n|\Z))*", text)
    return found.group() if found else ""


def _place_of_profile(values: Mapping[str, object]) -> tuple[str, ...]:
    """Return the keys that lead to the profile, or would when it were written."""
    for place in PLACES:
        if isinstance(value := value_at(values, (*place, "profile")), dict):
            inner = next((key for key in TEXT_KEYS if key in value), "name")
            return (*place, "profile", inner)
        if value is not None:
            return (*place, "profile")
    return ("profile",)


def _with_new_list(content: bytes, apps: Iterable[str]) -> bytes:
    text = read_unicode(content)
    newline = _newline(text)
    gap = "" if not text or text.endswith("\n") else newline
    names = list(dict.fromkeys(apps))
    lines = "".join(f"{_INDENT}{_quoted(name)},{newline}" for name in names)
    table = f"[enabled]{newline}services = [{newline}{lines}]{newline}"
    return _checked(content, f"{text}{gap}{newline}{table}", ("enabled",), {"services": names})


def _checked(
    before: bytes, changed: str, place: tuple[str, ...], value: object, *, old: str = ""
) -> bytes:
    """Return the text `changed` in bytes; raises Refused unless `place` alone changed, to `value`.

    Of the text only parts of `old` may be gone, and no comment that has a line of its own.
    """
    text, mark = read_unicode(before), BOM if before.startswith(BOM.encode()) else ""
    made = f"{mark}{changed}".encode()
    begin = _alike(text, changed)
    end = _alike(text[begin:][::-1], changed[begin:][::-1])
    kept = text[begin : len(text) - end] in old and _remarks(text) == _remarks(changed)
    try:
        if kept and _is_only_change(read_values(before), read_values(made), place, value):
            return made
        detail = "something else would change"
    except Unreadable as error:
        detail = str(error)
    raise _touching(_first_change(text, changed), detail)


def _is_only_change(
    old: dict[str, Any], new: dict[str, Any], place: tuple[str, ...], value: object
) -> bool:
    said = value_at(new, place)
    for values in (old, new):
        holder = value_at(values, place[:-1])
        if isinstance(holder, dict):
            holder.pop(place[-1], None)
    is_said = set(said) == set(value) if isinstance(value, list) else said == value
    return is_said and repr(old) == repr(new)


def _remarks(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.lstrip().startswith("#")]


def _first_change(before: str, after: str) -> int:
    """Return the number of the first line that differs."""
    return before.count("\n", 0, _alike(before, after)) + 1


def _alike(one: str, other: str) -> int:
    """Return how many characters both begin with."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _touching(line: int | None, detail: str) -> Refused:
    near = f" (near line {line})" if line else ""
    return Refused(
        "The manifest cannot be changed without touching other parts of the file"
        f"{near}. Edit it by hand.",
        detail,
    )


def _not_editable(detail: str) -> Refused:
    return Refused(
        "The manifest is written in a form that cannot be changed from here. Edit the file.",
        detail,
    )


def _newline(text: str) -> str:
    """Return how the text ends its lines: CRLF only when all of them do."""
    return "\r\n" if "\n" in text and text.count("\n") == text.count("\r\n") else "\n"


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False).replace("\x7f", "\\u007f")
