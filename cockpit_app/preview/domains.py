"""The table of shared names: which service answers at `<label>.localhost`, and for whom.

Kept in the home. Source: hero_platform reference, 1.5 (modes) and 1.6 (fields).
"""

import json
from dataclasses import asdict, dataclass
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.records import read_json, write_private


@dataclass(frozen=True, slots=True)
class Domain:
    """One shared name."""

    id: int
    domain: str
    target: str
    """Absolute path of the service's socket."""
    target_type: str = "socket"
    auth_mode: str = "oauth"
    """`none`: everybody; `optional`: everybody, known if signed in; `oauth`: who signed in."""
    oauth_provider: str = ""
    allowed_pubkeys: tuple[str, ...] = ()
    """With any of these two, only they and the owner of the machine may enter."""
    allowed_emails: tuple[str, ...] = ()
    strip_prefix: bool = False
    https_redirect: bool = False


class Domains:
    """The shared names of one home."""

    def __init__(self, home: Home) -> None:
        self._path = home.state / "domains.json"
        rows = read_json(self._path, [])
        self._domains = {row["domain"]: _read(row) for row in rows}

    def all(self) -> list[Domain]:
        """Return all names in the order in which they were added."""
        return sorted(self._domains.values(), key=lambda domain: domain.id)

    def find(self, domain: str) -> Domain | None:
        return self._domains.get(domain)

    def next_id(self) -> int:
        """Return an id that no present name has."""
        return max((domain.id for domain in self._domains.values()), default=0) + 1

    def add(self, domain: Domain) -> None:
        """Add a name, or replace the one that is spelled the same."""
        self._domains[domain.domain] = domain
        self._save()

    def remove(self, domain: str) -> None:
        del self._domains[domain]
        self._save()

    def _save(self) -> None:
        write_private(self._path, json.dumps([asdict(d) for d in self.all()], indent=1).encode())


def _read(row: dict[str, Any]) -> Domain:
    fields: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in row.items()
    }
    return Domain(**fields)
