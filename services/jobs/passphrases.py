"""Passphrases of jobs under way: in memory only, so a job that outlives us has lost its own."""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

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

    @contextmanager
    def lent(self, mark: str) -> Iterator[SecretStr | None]:
        """Lend the passphrase of a mark, None for an empty one, and forget it when the job is over.

        A job that is cancelled goes on later. Raises Refused when we ended since it was given.
        """
        passphrase = self._of(mark)
        over = True
        try:
            yield passphrase
        except asyncio.CancelledError:
            over = False
            raise
        finally:
            if over:
                self.forget(mark)

    def forget(self, mark: str) -> None:
        """Forget a passphrase."""
        self._kept.pop(mark, None)

    def _of(self, mark: str) -> SecretStr | None:
        if not mark:
            return None
        if mark not in self._kept:
            raise Refused(
                "The cockpit ended meanwhile, and a passphrase is kept nowhere. Start it again."
            )
        return self._kept[mark]
