"""Whatever is in a manifest, an edit changes what it is about, and not one other byte."""

import os
import re
import tomllib
from collections.abc import Sequence

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.contract.manifest import Profile
from services.errors import Refused
from services.manifest.edit import with_app, with_profile
from services.manifest.text import read_text

CASES = int(os.environ.get("HERO_CASES", "2000")) // 8
APPS = ("hero_books", "hero_db", "hero_osis", "hero_voice", "my-app", "O'Neil x")
comments = st.sampled_from(["", " # kept", "# [enabled] not a table", '  # "hero_books", ], é 名'])
gaps = st.sampled_from(["", " ", "  ", "\t"])
lines = st.sampled_from(["", "# alone", "    # deep", '# services = ["hero_x"]', "\t"])
unwritable = st.sampled_from(
    ["{ d = 2026-11-20 }", "[1979-05-27 , 1]", "{ d = 2026-11-20 , e = 1 }"]
)
quoted = {app: f'"{app}"' for app in APPS} | {"O'Neil x": "'''O'Neil x'''"}


@st.composite
def lists(draw: st.DrawFn) -> str:
    """An array of apps in one of the layouts that people write."""
    apps = draw(st.lists(st.sampled_from(APPS), unique=True, max_size=4))
    trailing = draw(st.booleans())
    layout = draw(st.sampled_from(["inline", "lines", "leading", "mixed"]))
    parts = [f"[{draw(gaps)}"]
    if layout != "inline":
        parts.append(f"{draw(comments)}\n")
    for number, app in enumerate(apps):
        last = number == len(apps) - 1
        comma = "," if trailing or not last else ""
        match layout:
            case "inline":
                parts.append(f"{draw(gaps)}{quoted[app]}{draw(gaps)}{comma}")
            case "lines":
                extra = draw(lines)
                parts.append(f"{extra}\n" if extra else "")
                parts.append(f"{draw(gaps)}{quoted[app]}{draw(gaps)}{comma}{draw(comments)}\n")
            case "leading":
                parts.append(f"  {',' if number else ''} {quoted[app]}{draw(comments)}\n")
            case _:
                end = draw(st.sampled_from([" ", f"{draw(comments)}\n"]))
                parts.append(f"{quoted[app]}{comma}{end}")
    if layout == "mixed":
        parts.append("\n")
    return "".join([*parts, draw(gaps) if layout == "inline" else "", "]"])


@st.composite
def tables(draw: st.DrawFn) -> str:
    """Lines of a table of booleans."""
    apps = draw(st.lists(st.sampled_from(APPS[:5]), unique=True, max_size=4))
    words = [draw(st.sampled_from(["true", "false"])) for _ in apps]
    return "".join(
        f"{draw(gaps)}{a}{draw(gaps)}={draw(gaps)}{w}{draw(comments)}\n"
        for a, w in zip(apps, words, strict=True)
    )


@st.composite
def manifests(draw: st.DrawFn) -> bytes:
    """A manifest with comments, unknown keys, and its choice in one of the known forms."""
    listed, table = draw(lists()), draw(tables())
    form = draw(st.sampled_from(["none", "top", "enabled", "services", "table", "nested", "dots"]))
    top = {"top": f"enabled = {listed}{draw(comments)}\n", "dots": "enabled.hero_db = true\n"}
    rest = {
        "enabled": f"[enabled]{draw(comments)}\nservices = {listed}{draw(comments)}\n",
        "services": f"[services]\nother = 1\nenabled = {listed}{draw(comments)}\nlast = 2\n",
        "table": f"[enabled]\n{table}",
        "nested": f"[services.enabled]\n{table}",
    }
    profile = draw(st.sampled_from(["", "profile = 'demo'", 'profile="custom"', "profile = 'new'"]))
    text = "".join(
        [
            f"{draw(lines)}\n",
            f"{profile}{draw(comments) if profile else ''}\n",
            f"future = {{ a = [1, 2], when = '2026' }}{draw(comments)}\nday = 2026-11-20\n",
            top.get(form, ""),
            f"{draw(lines)}\n[owner]\nname = 'alice'{draw(comments)}\nnan = nan\n",
            rest.get(form, ""),
            draw(
                st.sampled_from(["", "\n# the end\n", "\n[more]\nenabled = 3\n[[more.x]]\ny = 1\n"])
            ),
        ]
    )
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    return (b"\xef\xbb\xbf" if draw(st.booleans()) else b"") + text.encode()


edits = st.lists(
    st.tuples(st.sampled_from(APPS), st.booleans()) | st.sampled_from(Profile),
    min_size=1,
    max_size=6,
)


BLANKS_AT_THE_END = re.compile(rb"#[^\n]*\n[ \t]*[\"'][^\n,]*[\"'][ \t]+\r?\n\]")
"""A last entry that tomlkit cannot take out: its blanks would go to the comment above it."""


def edited(content: bytes, change: tuple[str, bool] | Profile, kept: Sequence[str]) -> bytes:
    if isinstance(change, Profile):
        return with_profile(content, change, apps=kept)
    return with_app(content, change[0], kept=change[1], present=kept)


def others(content: bytes) -> Sequence[bytes]:
    """The lines that no edit is about: not the list, not an app, not the profile."""
    whole = content.split(b"\n")
    return [line for line in whole if line.strip() and not about_apps(line)]


def about_apps(line: bytes) -> bool:
    code = line.lstrip(b"\xef\xbb\xbf \t")
    if code.startswith(b"#"):
        return False
    named = any(app.encode() in code for app in APPS)
    keys = (b"profile", b"enabled", b"services", b"[enabled]", b"]", b",")
    return named or code.startswith(keys) or not code.strip()


@settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=manifests(), changes=edits)
def test_any_sequence_of_edits_keeps_every_other_line_byte_for_byte(
    content: bytes, changes: Sequence[tuple[str, bool] | Profile]
) -> None:
    usual = ("hero_books", "hero_db")
    kept = list(choice.over(usual) if (choice := read_text(content).enabled) else usual)
    before = others(content)
    for change in changes:
        try:
            content = edited(content, change, kept)
        except Refused:
            if not BLANKS_AT_THE_END.search(content):
                raise
            break
        if isinstance(change, Profile):
            assert read_text(content).profile is change
        else:
            app, keep = change
            kept = [a for a in kept if a != app] + [app] * keep
        choice = read_text(content).enabled
        assert set(choice.over(usual) if choice else usual) == set(kept)
    after = list(others(content))
    for line in before:
        assert line in after, (line, content)
        after.remove(line)
    assert [line for line in after if not line.startswith((b"profile", b"[enabled]"))] == []
    tomllib.loads(content.decode("utf-8-sig"))


@settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=manifests(), app=st.sampled_from(APPS))
def test_adding_and_taking_away_again_leaves_no_trace_but_a_comma(content: bytes, app: str) -> None:
    choice = read_text(content).enabled
    if choice is None or not choice.whole or app in choice.on:
        return
    there = with_app(content, app, kept=True, present=choice.on)
    if BLANKS_AT_THE_END.search(there):
        return
    back = with_app(there, app, kept=False, present=choice.on)
    assert back.translate(None, b", \t\r\n") == content.translate(None, b", \t\r\n")


@settings(max_examples=CASES // 4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(content=manifests(), value=unwritable, app=st.sampled_from(APPS))
def test_what_tomlkit_cannot_write_back_is_refused_with_its_line(
    content: bytes, value: str, app: str
) -> None:
    if (choice := read_text(content).enabled) is None:
        return
    text = content.replace(b"day = 2026-11-20", b"day = " + value.encode())
    line = text[: text.index(b"day = ")].count(b"\n") + 1
    with pytest.raises(Refused, match=rf"\(near line {line}\)"):
        with_app(text, app, kept=app not in choice.on, present=choice.on)
