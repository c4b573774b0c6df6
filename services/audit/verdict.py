"""What a check of the audit's chain found, and how it is said. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from services.audit.chain import misfit
from services.contract.audit import AuditVerdict
from services.database import Row

BEGUN_ANEW: Final = "cockpit.begin_audit"
"""Operation of the first line of a chain that replaces one that is gone."""


@dataclass(slots=True)
class Check:
    """A check under way: batches of lines in, the oldest first, and a verdict out."""

    heads: dict[int, str]
    """Hashes kept beside the database that were not yet found in the chain."""
    number: int = 0
    head: str = ""
    first: Row | None = None
    first_kept: int = 0
    """Number of the first line whose hash is kept beside; 0 without any."""

    def __post_init__(self) -> None:
        self.first_kept = min(self.heads, default=0)

    def take(self, batch: Sequence[Row]) -> int | None:
        """Go on with the next lines; return the first number that does not follow."""
        for line in batch:
            number = self.number + 1
            if misfit(line, number=number, former=self.head):
                return number
            if self.heads.pop(number, line["hash"]) != line["hash"]:
                return number
            self.first = self.first or line
            self.number, self.head = number, line["hash"]
        return None

    def whole(self) -> AuditVerdict:
        """Return the verdict on a chain of which every line follows."""
        if self.heads:
            return self.broken(min(self.heads), lines=self.number)
        return AuditVerdict(
            whole=self.number == 0 or self.first_kept > 0,
            lines=self.number,
            head=self.head,
            sentence=self._sentence(),
        )

    def broken(self, number: int, *, lines: int) -> AuditVerdict:
        """Return the verdict on an audit of which line `number` does not follow."""
        return AuditVerdict(
            whole=False,
            lines=lines,
            first_bad=number,
            head=self.head,
            sentence=f"Line {number} is not as it was written, or is missing: from there on the "
            "audit proves nothing. Compare it with an export, which holds a copy.",
        )

    def _sentence(self) -> str:
        if self.first is None:
            return "The audit is empty."
        anew = self.first["operation"] == BEGUN_ANEW
        begun = f"{_begun_anew(self.first)} Since then all" if anew else "All"
        return f"{begun} {self.number} lines follow from one another{self._doubt()}"

    def _doubt(self) -> str:
        """Return what the hashes kept beside prove, or leave open, as the end of a sentence."""
        if self.first_kept > 1:
            return (
                f"; the hashes kept beside begin with line {self.first_kept}, so that no line was "
                "taken off before it is not certain."
            )
        if not self.first_kept:
            return (
                ", but the hashes kept beside are missing: whether lines were taken off the end "
                "cannot be told. Compare it with an export, which holds a copy."
            )
        return "; nothing was changed or taken out."


def _begun_anew(line: Row) -> str:
    at = datetime.fromisoformat(line["at"])
    return f"The audit was begun anew at {at:%Y-%m-%d %H:%M} UTC: {line['reason']}"
