"""The audit as those see it who leave lines there, and in which words a change ended."""

from typing import Final, Protocol

from services.claims import Identity

DONE: Final = "done"
FAILED: Final = "failed"
"""It failed inside; a refusal is noted by the error's kind instead."""
UNCLEAR: Final = "unclear"
"""Nobody saw how it ended."""


class Journal(Protocol):
    """Whoever keeps the audit."""

    async def note(
        self, identity: Identity, *, operation: str, target: str, outcome: str, reason: str
    ) -> None:
        """Keep one line about one change."""


class ChangeJournal(Journal, Protocol):
    """Whoever keeps the audit, and what is under way meanwhile."""

    async def begin(self, identity: Identity, *, operation: str, target: str) -> int:
        """Keep that a change is under way; return the number to give to `note` at its end."""

    async def note(
        self,
        identity: Identity,
        *,
        operation: str,
        target: str,
        outcome: str,
        reason: str,
        begun: int | None = None,
    ) -> None:
        """Keep one line about one change, in place of what was kept when it was begun."""
