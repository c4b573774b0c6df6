"""When shares end, once more beside the database: a lost database must not leave them open.

It holds names and times only. Blocking: call it in a thread.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from services.database import utc_text
from services.errors import Refused
from services.files.file_swap import content_of, only_writer, swap, unwritten

FILE_MODE = 0o600
_WAIT_S = 5.0


class Expiries:
    """The public names that are to end, each with its time, in a file of the owner's alone."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def all(self) -> Mapping[str, datetime]:
        """Return the time of each name; what is no such file holds none. Raises Refused."""
        return _read(self._content())

    def note(self, domain: str, expires_at: datetime) -> None:
        """Keep when a name ends, before it is opened; raises Refused."""
        self._change(domain, expires_at)

    def forget(self, domain: str) -> None:
        """Take a name out that is over; raises Refused."""
        if domain in self.all():
            self._change(domain, None)

    def _change(self, domain: str, expires_at: datetime | None) -> None:
        with only_writer(self._path, wait_s=_WAIT_S):
            former = self._content()
            times = dict(_read(former))
            times.pop(domain, None)
            if expires_at is not None:
                times[domain] = expires_at
            rows = {name: utc_text(at) for name, at in times.items()}
            content = json.dumps(rows, indent=0).encode() + b"\n"
            if not swap(self._path, content, expected=former, mode=FILE_MODE):
                raise Refused(f"{self._path.name} was changed by another program. Try again.")

    def _content(self) -> bytes | None:
        try:
            return content_of(self._path)
        except OSError as error:
            raise unwritten(self._path, error) from error


def _read(content: bytes | None) -> dict[str, datetime]:
    try:
        rows = json.loads(content or b"{}")
        times = {str(name): datetime.fromisoformat(at) for name, at in rows.items()}
    except (ValueError, TypeError, AttributeError, RecursionError):
        return {}
    return {name: at for name, at in times.items() if at.tzinfo is not None}
