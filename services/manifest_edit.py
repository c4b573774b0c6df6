"""Changes one choice in the manifest's text; every other line stays byte for byte.

Pure: bytes in, bytes out, and nothing else in them may mean anything new afterwards.
"""

import json
import re
from collections.abc import Iterable, Mapping, Sequence

from services.contract.manifest import Profile
from services.errors import Refused
from services.manifest_list import new_list, with_entry, without_entry
from services.manifest_text import (
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
from services.toml_spans import Span, spans_of

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_BEHIND = re.compile(r"[ \t]*(#[^\r\n]*)?")
"""What may follow a value on its line."""


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
    changed = _with_profile_word(content, profile)
    choice = read_text(changed).enabled
    if choice is None:
        return _with_new_list(changed, apps) if listed else changed
    wanted = {app: app in apps for app in (*choice.on, *choice.off, *apps)}
    return _with_choice(changed, choice, wanted)


def _with_choice(content: bytes, choice: Choice, wanted: Mapping[str, bool]) -> bytes:
    """Return the text in which each of `wanted` is on or off, in the form that it uses."""
    text = read_unicode(content)
    try:
        if choice.whole:
            text = _with_list(text, choice, wanted)
        else:
            for app, kept in wanted.items():
                text = _with_switch(text, choice.place, app, kept=kept)
    except (ValueError, IndexError) as error:
        raise _not_editable(str(error)) from error
    return _checked(content, text, choice.place)


def _with_list(text: str, choice: Choice, wanted: Mapping[str, bool]) -> str:
    span = _span(text, choice.place)
    source = text[span.begin : span.end]
    for app, kept in wanted.items():
        if not kept:
            source = without_entry(source, app)
        elif app not in choice.on:
            source = with_entry(source, _quoted(app))
    return f"{text[: span.begin]}{source}{text[span.end :]}"


def _with_switch(text: str, place: tuple[str, ...], app: str, *, kept: bool) -> str:
    """Return the text whose table at `place` says `app = true` or `false`."""
    word = "true" if kept else "false"
    spans = spans_of(text)
    for span in spans:
        if span.place == (*place, app):
            return f"{text[: span.begin]}{word}{text[span.end :]}"
    key = app if _BARE.fullmatch(app) else _quoted(app)
    others = [span for span in spans if span.place[:-1] == place and span.key]
    if not others:
        return _with_first_switch(text, _span(text, place), f"{key} = {word}")
    last = others[-1]
    path = "" if "." not in last.key else last.key[: last.key.rindex(".") + 1]
    if last.braced:
        return f"{text[: last.end]}, {path}{key} = {word}{text[last.end :]}"
    indent = text[text.rfind("\n", 0, last.key_at) + 1 : last.key_at]
    return _with_line_behind(text, last.end, f"{indent}{path}{key} = {word}")


def _with_first_switch(text: str, table: Span, line: str) -> str:
    if table.key:
        return f"{text[: table.begin]}{{ {line} }}{text[table.end :]}"
    return _with_line_behind(text, table.end, line)


def _with_profile_word(content: bytes, profile: Profile) -> bytes:
    text, values = read_unicode(content), read_values(content)
    place = _place_of_profile(values)
    if value_at(values, place) is None and place != ("profile",):
        raise _not_editable("a table of the profile without its name")
    if value_at(values, place) is None:
        changed = _with_first_line(text, f'profile = "{profile.value}"')
    else:
        span = _span(text, place)
        changed = f'{text[: span.begin]}"{profile.value}"{text[span.end :]}'
    return _checked(content, changed, place)


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
    entries = new_list(map(_quoted, apps), newline)
    changed = f"{text}{gap}{newline}[enabled]{newline}services = {entries}{newline}"
    return _checked(content, changed, ("enabled",))


def _with_first_line(text: str, line: str) -> str:
    """Return the text with `line` above its first key or table."""
    spans = spans_of(text)
    if not spans:
        gap = "" if not text or text.endswith("\n") else _newline(text)
        return f"{text}{gap}{line}{_newline(text)}"
    at = text.rfind("\n", 0, spans[0].key_at) + 1
    return f"{text[:at]}{line}{_newline(text)}{text[at:]}"


def _with_line_behind(text: str, at: int, line: str) -> str:
    """Return the text with `line` below the one that `at` is in."""
    found = _BEHIND.match(text, at)
    end = found.end() if found else at
    return f"{text[:end]}{_newline(text)}{line}{text[end:]}"


def _span(text: str, place: tuple[str, ...]) -> Span:
    for span in spans_of(text):
        if span.place == place:
            return span
    raise _not_editable(f"{'.'.join(place)} is not written in one place")


def _checked(before: bytes, after: str, place: tuple[str, ...]) -> bytes:
    """Return the text `after` in bytes; raises Refused when more than `place` changed in it."""
    mark = BOM if before.startswith(BOM.encode()) else ""
    made = f"{mark}{after}".encode()
    try:
        old, new = read_values(before), read_values(made)
    except Unreadable as error:
        raise _not_editable(str(error)) from error
    for values in (old, new):
        holder = value_at(values, place[:-1])
        if isinstance(holder, dict):
            holder.pop(place[-1], None)
    if repr(old) != repr(new):
        raise _not_editable("other values would change")
    return made


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
