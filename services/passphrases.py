"""Passphrases of jobs under way: in memory only, so a job that outlives us has lost its own."""

import secrets

from pydantic import SecretStr

from services.errors import Refused


class Passphrases:
    """Keeps each passphrase under a mark that a job's plan may hold."""

    def __init__(self) -> None:
        self._kept: dict[str, SecretStr] = {}

    def keep(self, passphrase: SecretStr | None) -> str:
        """Keep a passphrase and return its mark; an empty mark for none."""
        if passphrase is None:
            return ""
        mark = secrets.token_hex(8)
        self._kept[mark] = passphrase
        return mark

    def of(self, mark: str) -> SecretStr | None:
        """Return the passphrase of a mark; raises Refused when we ended since it was given."""
        if not mark:
            return None
        if mark not in self._kept:
            raise Refused(
                "The cockpit ended meanwhile, and a passphrase is kept nowhere. Start it again."
            )
        return self._kept[mark]

    def forget(self, mark: str) -> None:
        """Forget a passphrase."""
        self._kept.pop(mark, None)
