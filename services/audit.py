"""The audit: one line per change that somebody asked for, chained, never changed, never deleted.

It holds who, what, on what, when, how it ended and where from; never a parameter's value.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.audit_chain import (
    COLUMNS,
    MAX_REASON_CHARS,
    MAX_TARGET_CHARS,
    hash_of,
    misfit,
    visible,
)
from services.audit_heads import Heads
from services.claims import GUEST, Identity
from services.clock import Clock, SystemClock
from services.contract.audit import AuditLine, AuditPage, AuditVerdict, SearchAudit
from services.database import Database, Row, Transaction

log = logging.getLogger(__name__)

BEGUN_ANEW = "cockpit.begin_audit"
"""Operation of the first line of a chain that replaces one that is gone."""
_BATCH = 2000
"""Lines per transaction; a longer one would keep writers waiting."""
_INSERT = f"""INSERT INTO audit ({", ".join(COLUMNS)}, hash)
    VALUES ({", ".join("?" * (len(COLUMNS) + 1))})"""  # noqa: S608 - our own column names
_TEXT = " || ' ' || ".join(
    ("user", "impersonator", "via", "operation", "target", "outcome", "reason")
)


class AuditLog:
    """The audit of this machine; the journal of `services.cockpit`."""

    def __init__(self, database: Database, *, heads: Path, clock: Clock | None = None) -> None:
        """Keep lines in `database`, and the hash of each also in the file `heads`."""
        self._database = database
        self._heads = Heads(heads)
        self._clock = clock or SystemClock()

    async def start(self) -> None:
        """Say so in the chain's own first line when a former chain is gone with its database."""
        if await self._database.run(lambda t: t.one("SELECT 1 FROM audit")):
            return
        heads = await asyncio.to_thread(self._heads.all)
        if not heads:
            return
        last = max(heads)
        mark = f"{self._clock.now():%Y%m%dT%H%M%S%f}"
        aside = await asyncio.to_thread(self._heads.set_aside, mark)
        log.error("the audit's %d lines are gone; their hashes are in %s", last, aside)
        await self.note(
            GUEST,
            operation=BEGUN_ANEW,
            target=aside,
            outcome="done",
            reason=f"{last} former lines are gone with their database; the last hash was "
            f"{heads[last]}.",
        )

    async def note(
        self, identity: Identity, *, operation: str, target: str, outcome: str, reason: str
    ) -> None:
        """Add one line; raises Refused when it could not be written."""
        said = {
            "at": self._clock.now().isoformat(),
            "user": visible(identity.user, MAX_TARGET_CHARS),
            "impersonator": visible(identity.impersonator, MAX_TARGET_CHARS),
            "via": visible(identity.via, MAX_TARGET_CHARS),
            "operation": visible(operation, MAX_TARGET_CHARS),
            "target": visible(target, MAX_TARGET_CHARS),
            "outcome": visible(outcome, MAX_TARGET_CHARS),
            "reason": visible(reason, MAX_REASON_CHARS),
        }
        number, head = await self._database.run(lambda t: _add(t, said))
        try:
            await asyncio.to_thread(self._heads.add, number, head)
        except OSError as error:
            log.error("the head of audit line %d was not kept: %s", number, error)

    async def search(self, sought: SearchAudit) -> AuditPage:
        """Return the newest lines that fit, and where to go on."""
        where, values = _condition(sought)
        rows = await self._database.run(
            lambda t: t.all(
                f"SELECT * FROM audit WHERE {where} ORDER BY number DESC LIMIT ?",  # noqa: S608 - no value is in it
                *values,
                sought.limit + 1,
            )
        )
        lines = tuple(AuditLine(**row) for row in rows[: sought.limit])
        return AuditPage(lines=lines, next=lines[-1].number if len(rows) > len(lines) else None)

    async def verify(self) -> AuditVerdict:
        """Check every line against the one before, and against the hashes kept beside."""
        heads = await asyncio.to_thread(self._heads.all)
        number, former = 0, ""
        while batch := await audit_batch(self._database, after=number):
            bad = await asyncio.to_thread(_first_misfit, batch, number, former, heads)
            if bad is not None:
                return _broken(bad, lines=await self._count(), head=former)
            number, former = batch[-1]["number"], batch[-1]["hash"]
        if heads:
            return _broken(min(heads), lines=number, head=former)
        return AuditVerdict(whole=True, lines=number, head=former, sentence=_whole(number))

    async def _count(self) -> int:
        row = await self._database.run(lambda t: t.one("SELECT count(*) AS n FROM audit"))
        return int((row or {"n": 0})["n"])


async def audit_batch(database: Database, *, after: int) -> Sequence[Row]:
    """Return the next lines as they were hashed, the oldest first; none at the end."""
    return await database.run(
        lambda t: t.all(
            "SELECT * FROM audit WHERE number > ? ORDER BY number LIMIT ?", after, _BATCH
        )
    )


def _first_misfit(
    batch: Sequence[Row], number: int, former: str, heads: dict[int, str]
) -> int | None:
    """Return the first number that does not follow from line `number` with the hash `former`.

    Takes every head out of `heads` that is found in the chain.
    """
    for line in batch:
        number += 1
        if misfit(line, number=number, former=former):
            return number
        if heads.pop(number, line["hash"]) != line["hash"]:
            return number
        former = line["hash"]
    return None


def _add(transaction: Transaction, said: Row) -> tuple[int, str]:
    """Add a line to the chain; its number and hash are made while no other process can write."""
    last = transaction.one("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1")
    former = last or {"number": 0, "hash": ""}
    line = {"number": former["number"] + 1, **said}
    head = hash_of(line, former["hash"])
    transaction.change(_INSERT, *(line[column] for column in COLUMNS), head)
    return line["number"], head


def _condition(sought: SearchAudit) -> tuple[str, list[Any]]:
    """Return what a line must fulfil, as SQL and its values."""
    conditions: list[tuple[str, Any]] = [("1 = ?", 1)]
    if sought.user:
        conditions.append(("user = ?", sought.user))
    if sought.target:
        conditions.append(("instr(', ' || target || ', ', ?) > 0", f", {sought.target}, "))
    if sought.operation:
        conditions.append(("operation = ?", "cockpit." + sought.operation.removeprefix("cockpit.")))
    if sought.since is not None:
        conditions.append(("at >= ?", utc_text(sought.since)))
    if sought.until is not None:
        conditions.append(("at <= ?", utc_text(sought.until)))
    if sought.before is not None:
        conditions.append(("number < ?", sought.before))
    for word in sought.contains.split():
        conditions.append((f"({_TEXT}) LIKE ? ESCAPE '\\'", f"%{_literal(word)}%"))
    return " AND ".join(sql for sql, _ in conditions), [value for _, value in conditions]


def utc_text(moment: datetime) -> str:
    """Return a time as the tables hold it, so that texts sort as times do."""
    return moment.astimezone(UTC).isoformat()


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def _whole(lines: int) -> str:
    if lines == 0:
        return "The audit is empty."
    return f"All {lines} lines follow from one another; nothing was changed or taken out."


def _broken(number: int, *, lines: int, head: str) -> AuditVerdict:
    return AuditVerdict(
        whole=False,
        lines=lines,
        first_bad=number,
        head=head,
        sentence=f"Line {number} is not as it was written, or is missing: from there on the "
        "audit proves nothing. Compare it with an export, which holds a copy.",
    )
