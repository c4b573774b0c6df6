"""The heads of the audit's chain in a file of their own, which only grows.

Whoever cuts lines off the database, or writes all of it anew, must also find and change this file.
Blocking.
"""

import os
from pathlib import Path

_HASH_CHARS = 64


class Heads:
    """Number and hash of every line of the audit, in a file that only the owner may read."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, number: int, head: str) -> None:
        """Add one head; lines of several processes do not mix."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(file, f"{number} {head}\n".encode())
        finally:
            os.close(file)

    def all(self) -> dict[int, str]:
        """Return the hash that was first kept for each number.

        Lines that are missing here mean nothing: we may have died before adding them.
        """
        try:
            lines = self.path.read_bytes().splitlines()
        except FileNotFoundError:
            return {}
        heads: dict[int, str] = {}
        for line in lines:
            if (head := _read(line)) is not None:
                heads.setdefault(*head)
        return heads

    def set_aside(self, mark: str) -> str:
        """Keep the file under another name, so that a new one begins; return that name."""
        aside = self.path.with_name(f"{self.path.name}-{mark}")
        self.path.rename(aside)
        return aside.name


def _read(line: bytes) -> tuple[int, str] | None:
    """Return number and hash; None for a line that a crash cut short."""
    number, _, head = line.partition(b" ")
    if not number.isdigit() or len(head) != _HASH_CHARS:
        return None
    return int(number), head.decode("ascii", "replace")
