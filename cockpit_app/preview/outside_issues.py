"""The issues that were filed at the preview's Forge, kept in a file of the home."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.records import read_json, write_private

MAX_KEPT = 500


@dataclass(frozen=True, slots=True)
class Issue:
    """One issue."""

    repository: str
    """`owner/name`."""
    number: int
    title: str
    body: str
    author: str
    created_at: str
    """ISO 8601, in UTC."""


class Issues:
    """The issues of one home, of all repositories."""

    def __init__(self, home: Home) -> None:
        self._path = home.state / "issues.json"
        rows: list[dict[str, Any]] = read_json(self._path, [])
        self._issues = [Issue(**row) for row in rows]

    def of(self, repository: str) -> list[Issue]:
        """Return the issues of a repository, the newest first."""
        return [issue for issue in reversed(self._issues) if issue.repository == repository]

    def find(self, repository: str, number: int) -> Issue | None:
        """Return one issue."""
        return next((i for i in self.of(repository) if i.number == number), None)

    def add(self, repository: str, *, title: str, body: str, author: str) -> Issue:
        """File an issue; the oldest of all goes when there are too many."""
        number = max((issue.number for issue in self.of(repository)), default=0) + 1
        now = datetime.now(UTC).isoformat(timespec="seconds")
        issue = Issue(repository, number, title, body, author, now)
        self._issues = [*self._issues, issue][-MAX_KEPT:]
        rows = [asdict(kept) for kept in self._issues]
        write_private(self._path, json.dumps(rows, indent=1).encode())
        return issue
