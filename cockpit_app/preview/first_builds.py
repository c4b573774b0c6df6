"""Brings the builds of a home up to date at a start: what is not known there yet is installed.

What is known there stays as it is: it may have been upgraded, taken away or left broken on purpose.
"""

from collections.abc import Iterable, Iterator

from cockpit_app.preview.apps import by_app
from cockpit_app.preview.builds import COCKPIT, install, write_lab
from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import Program
from cockpit_app.preview.releases import DEVELOPMENT, STABLE, Release, Releases, release_now

NOTHING_NEW = frozenset({"hero_biz", "hero_db", "hero_embedder", "hero_os", "hero_router"})
"""Apps whose newest release is what a new home has installed."""


def furnish(home: Home, programs: Iterable[Program]) -> None:
    """Install `lab` and the apps among `programs` that this home does not know yet.

    A home of an older preview knows none, as one that has just been made. The cockpit is put back
    when its file is lost: without it nobody gets in.
    """
    home.bin.mkdir(exist_ok=True, mode=0o700)
    for draft in home.bin.glob(".*"):  # of an installation that was killed
        draft.unlink()
    write_lab(home)
    known = Releases(home)
    for app, parts in by_app(list(programs)).items():
        way_in_lost = app == COCKPIT and not parts[0].is_installed(home)
        if known.find(app) and not way_in_lost:
            continue
        if parts[0].installed:
            first = release_now(app, STABLE, parts[0].version, ["What a new preview starts with."])
            install(home, parts, first)
        known.put(_waiting(app, parts[0].version))


def _waiting(app: str, version: str) -> Iterator[Release]:
    """Return what is on offer of an app of which `version` is, or would be, installed."""
    major, minor, _ = version.split(".")
    newer, newest = (f"{major}.{int(minor) + step}.0" for step in (1, 2))
    title = app.removeprefix("hero_").capitalize()
    if app in NOTHING_NEW:
        yield release_now(app, STABLE, version, ["What a new preview starts with."])
    else:
        notes = [
            f"{title} tells version {newer} in its health and on its page.",
            "Nothing else changes: a stand-in does nothing but answer.",
        ]
        yield release_now(app, STABLE, newer, notes)
    unfinished = ["The state of the development branch, with a version of its own.", "Untested."]
    yield release_now(app, DEVELOPMENT, f"{newest}-dev", unfinished)
