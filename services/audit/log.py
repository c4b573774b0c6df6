"""The audit: one line per change that somebody asked for, chained, never changed, never deleted.

It holds who, what, on what, when, how it ended and where from; never a parameter's value.
"""

import asyncio
import logging
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from services.audit.chain import (
    COLUMNS,
    MAX_REASON_CHARS,
    MAX_TARGET_CHARS,
    hash_of,
    visible,
)
from services.audit.heads import Heads
from services.audit.under_way import add_begun, all_begun, remove_begun
from services.audit.verdict import BEGUN_ANEW, Check
from services.claims import GUEST, Identity
from services.clock import Clock, SystemClock
from services.contract.audit import AuditLine, AuditPage, AuditVerdict, SearchAudit
from services.database import Database, Row, Transaction, utc_text
from services.errors import CockpitError, Refused
from services.journal import FAILED, UNCLEAR

log = logging.getLogger(__name__)

LOST_LINES = "cockpit.note_changes"
"""Operation of the line that tells how many lines before it could not be written."""
LEFT_UNCLEAR = (
    "The cockpit ended while it was being done, or before its end could be noted. Look at what "
    "was done of it."
)
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
        self._begun: set[int] = set()
        self._lost: list[int | None] = []
        self._trouble = ""

    @property
    def problem(self) -> str:
        """What is missing from the audit, and why, in a sentence; empty when nothing is."""
        if not self._lost:
            return ""
        what = "change" if len(self._lost) == 1 else "changes"
        return f"{len(self._lost)} {what} could not be noted in the audit. {self._trouble}"

    async def start(self) -> None:
        """Say so in the chain's own first line when a former chain is gone with its database."""
        if await self._database.run(lambda t: t.one("SELECT 1 FROM audit")):
            return
        mark = f"{self._clock.now():%Y%m%dT%H%M%S%f}"
        try:
            heads = await self._kept()
            if not heads:
                return
            aside = await asyncio.to_thread(self._heads.set_aside, mark)
        except (CockpitError, OSError) as error:
            log.error("whether a former audit is gone cannot be told: %s", error)
            return
        last = max(heads)
        log.error("the audit's %d lines are gone; their hashes are in %s", last, aside)
        await self.note(
            GUEST,
            operation=BEGUN_ANEW,
            target=aside,
            outcome="done",
            reason=f"{last} former lines are gone with their database; the last hash was "
            f"{heads[last]}.",
        )

    async def take_up(self) -> None:
        """Make a line of each change whose end another cockpit did not live to note.

        Only for the machine's only cockpit. What cannot be written now is left for the next start.
        """
        try:
            left = await self._database.run(all_begun)
            for row in left:
                if row["number"] in self._begun:
                    continue
                number = row.pop("number")
                log.warning("how %s of %r ended is not known", row["operation"], row["target"])
                line = {**row, "outcome": UNCLEAR, "reason": LEFT_UNCLEAR}
                await self._write([line], gone=[number])
        except CockpitError as error:
            log.error("what was left under way is not in the audit yet: %s", error.message)

    async def begin(self, identity: Identity, *, operation: str, target: str) -> int:
        """Note that a change is under way; raises Refused when that could not be written."""
        said = self._said(identity, operation=operation, target=target)
        number = await self._database.run(lambda t: add_begun(t, said))
        self._begun.add(number)
        return number

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
        """Add one line, in place of what `begin` noted as `begun`.

        Raises Refused when it could not be written; the next one that can be says so.
        """
        line = {
            **self._said(identity, operation=operation, target=target),
            "outcome": visible(outcome, MAX_TARGET_CHARS),
            "reason": visible(reason, MAX_REASON_CHARS),
        }
        lost, self._lost = self._lost, []
        gap = [self._gap(len(lost))] if lost else []
        try:
            await self._write([*gap, line], gone=[*lost, begun])
        except CockpitError as error:
            self._lost += [*lost, begun]
            self._trouble = error.message
            raise

    def _said(self, identity: Identity, *, operation: str, target: str) -> Row:
        """Return what is known of a change when it begins, at this moment."""
        return {
            "at": utc_text(self._clock.now()),
            "user": visible(identity.user, MAX_TARGET_CHARS),
            "impersonator": visible(identity.impersonator, MAX_TARGET_CHARS),
            "via": visible(identity.via, MAX_TARGET_CHARS),
            "operation": visible(operation, MAX_TARGET_CHARS),
            "target": visible(target, MAX_TARGET_CHARS),
        }

    def _gap(self, lost: int) -> Row:
        """Return the line that tells of lines that were lost."""
        were = "line was" if lost == 1 else "lines were"
        said = self._said(GUEST, operation=LOST_LINES, target="")
        reason = visible(f"{lost} {were} lost here. {self._trouble}", MAX_REASON_CHARS)
        return {**said, "outcome": FAILED, "reason": reason}

    async def _write(self, lines: Sequence[Row], *, gone: Sequence[int | None]) -> None:
        """Add lines to the chain and remove what was noted of their beginnings, all or nothing."""

        def write(t: Transaction) -> list[tuple[int, str]]:
            remove_begun(t, gone)
            return [_add(t, line) for line in lines]

        for number, head in await self._database.run(write):
            try:
                await asyncio.to_thread(self._heads.add, number, head)
            except OSError as error:
                log.error("the head of audit line %d was not kept: %s", number, error)
        self._begun.difference_update(number for number in gone if number is not None)

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
        check = Check(await self._kept())
        while batch := await audit_batch(self._database, after=check.number):
            bad = await asyncio.to_thread(check.take, batch)
            if bad is not None:
                return check.broken(bad, lines=await self._count())
        return check.whole()

    async def _kept(self) -> dict[int, str]:
        """Return the hashes kept beside; raises Refused."""
        try:
            return await asyncio.to_thread(self._heads.all)
        except OSError as error:
            raise Refused(
                f"The hashes kept beside the audit cannot be read ({error.strerror or error}), so "
                f"it cannot be checked. Look at {self._heads.path}.",
                str(error),
            ) from error

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


async def last_line(database: Database) -> int:
    """Return the number of the newest line, 0 without one."""
    row = await database.run(lambda t: t.one("SELECT max(number) AS last FROM audit"))
    return int(row["last"] or 0) if row else 0


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


def _literal(word: str) -> str:
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
