"""What can be had of each app: the newest release per channel, as `lab` and the Forge tell it.

A table in the home, so that a rehearsal can change what the next build is worth.
Source: hero_platform reference, 2.4 (channels).
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.records import read_json, write_private

STABLE, DEVELOPMENT = "latest", "latest-dev"
CHANNELS = (STABLE, DEVELOPMENT)


class Flaw(StrEnum):
    """How a build goes wrong."""

    NONE = "none"
    BUILD_FAILS = "build_fails"
    SLOW = "slow"
    """Nothing is wrong with it, but it takes long."""
    DISK_FULL = "disk_full"
    DOES_NOT_START = "does_not_start"
    DIES_LATER = "dies_later"
    DOES_NOT_ANSWER = "does_not_answer"
    WRONG_VERSION = "wrong_version"
    """It runs, and says that it is another version than was released."""


@dataclass(frozen=True, slots=True)
class Release:
    """One release of an app."""

    app: str
    channel: str
    version: str
    notes: tuple[str, ...]
    built_at: str
    """When, as ISO 8601 in UTC."""
    flaw: Flaw = Flaw.NONE
    """Known to the preview alone."""

    @property
    def build(self) -> int:
        """The build number: 50 for 0.5.0, 51 for 0.5.1."""
        numbers = [int(part) for part in self.version.partition("-")[0].split(".")]
        return numbers[0] * 1000 + numbers[1] * 10 + numbers[2]

    @property
    def commit(self) -> str:
        """What stands for the commit; nobody has the sources of a stand-in."""
        text = f"{self.app} {self.version}"
        return hashlib.sha256(text.encode()).hexdigest()[:40]


def release_now(app: str, channel: str, version: str, notes: Iterable[str]) -> Release:
    """Return a flawless release that was built at this moment."""
    built_at = datetime.now(UTC).isoformat(timespec="seconds")
    return Release(app, channel, version, tuple(notes), built_at)


class Releases:
    """The table of one home, read anew by every instance."""

    def __init__(self, home: Home) -> None:
        self._path = home.state / "releases.json"
        rows: list[dict[str, Any]] = read_json(self._path, [])
        self._releases = {(row["app"], row["channel"]): _read(row) for row in rows}

    def find(self, app: str, channel: str = STABLE) -> Release | None:
        """Return the newest release of a channel."""
        return self._releases.get((app, channel))

    def of(self, app: str) -> list[Release]:
        """Return the releases of an app in all channels, the stable one first."""
        found = (self.find(app, channel) for channel in CHANNELS)
        return [release for release in found if release]

    def put(self, releases: Iterable[Release]) -> None:
        """Add releases, each in place of the one of its channel."""
        self._releases |= {(release.app, release.channel): release for release in releases}
        rows = [asdict(release) for release in self._releases.values()]
        write_private(self._path, json.dumps(rows, indent=1).encode())

    def rehearse(self, app: str, flaw: Flaw) -> None:
        """Have all builds of an app go wrong in one way until told otherwise."""
        self.put(replace(release, flaw=flaw) for release in self.of(app))


def _read(row: dict[str, Any]) -> Release:
    return Release(**{**row, "notes": tuple(row["notes"]), "flaw": Flaw(row["flaw"])})
