"""What the cockpit remembers of shares: the table `share`.

A record is written before the name is opened, so that an expiry is never lost with the process.
"""

import asyncio
import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from services.contract.share import Audience, Share, ShareState, Witness
from services.database import Database, Row, Transaction, utc_text
from services.errors import CockpitError
from services.shares.expiries import Expiries

log = logging.getLogger(__name__)

KEPT_CLOSED: Final = 500
"""So many shares that are closed are remembered, and the newest ones of other machines."""
KEPT_RESTORED: Final = 1000


@dataclass(frozen=True, slots=True)
class Record:
    """One share that was opened, by us or by others."""

    domain: str
    """The whole public name; at most one open record has it."""
    share: Share
    number: int = 0
    """Ours, never used again; 0 until it is kept, below 0 when it came with an export."""
    end_asked_at: datetime | None = None
    """When somebody wanted it closed; it is retried until it is."""

    @property
    def is_restored(self) -> bool:
        """Whether it was another machine's, or this one's former self's: it was never open here."""
        return self.number < 0

    def is_due(self, now: datetime) -> bool:
        """Tell whether it should be closed by now."""
        expires_at = self.share.expires_at
        return self.end_asked_at is not None or (expires_at is not None and expires_at <= now)


class ShareRecords:
    """The records of one database.

    What a full disk does not take is logged and not raised: it must never keep a share open.
    """

    def __init__(self, database: Database, expiries: Expiries) -> None:
        """Keep records in `database`, and when shares end in `expiries` too."""
        self._database = database
        self._expiries = expiries
        self._asked: dict[int, datetime] = {}
        """Which were to end, where the database did not take it."""

    async def open(self) -> Sequence[Record]:
        """Return the records of shares that are not closed, the oldest first."""
        return await self._read("WHERE closed_at IS NULL ORDER BY number")

    async def closed(self, limit: int = 200) -> Sequence[Record]:
        """Return the last ones that were closed, the newest first."""
        return await self._read("WHERE closed_at IS NOT NULL ORDER BY number DESC LIMIT ?", limit)

    async def numbered(self, number: int) -> Record | None:
        """Return the record with that number, open or closed."""
        return next(iter(await self._read("WHERE number = ?", number)), None)

    async def keep(self, record: Record) -> Record:
        """Add a record and return it with its number; the oldest closed ones may go for it.

        Raises Refused when it cannot be written.
        """
        at = record.share.expires_at
        if at is not None and record.share.closed_at is None:
            await asyncio.to_thread(self._expiries.note, record.domain, at)

        def work(t: Transaction) -> int:
            number = add_row(t, row_of(record))
            prune(t)
            return number

        return Record(record.domain, record.share, await self._database.run(work))

    async def opened(self, record: Record, domain_id: str) -> None:
        """Note the id that hero_proxy gave: from now on the share is whole."""
        await self._change(record, "domain_id = ?", domain_id)

    async def looked(self, record: Record, share: Share) -> None:
        """Note what the witness saw, and what follows from it, if the disk takes it."""
        witness = share.witness.model_dump_json() if share.witness else None
        noted = await self._noted(
            record,
            "state = ?, sentence = ?, witness = ?, closed_at = ?",
            share.state,
            share.sentence,
            witness,
            _written(share.closed_at),
        )
        if noted and share.closed_at is not None and not record.is_restored:
            await self.forget_expiry(record.domain)

    async def complain(self, record: Record, sentence: str) -> None:
        """Note why it could not be closed yet, if the disk takes it."""
        await self._noted(record, "state = ?, sentence = ?", ShareState.UNCLEAR, sentence)

    async def ask_end(self, record: Record, now: datetime) -> None:
        """Note that it is to be closed, before it is: that must not be forgotten.

        Where the database does not take it, we remember it until we end.
        """
        assignment = "end_asked_at = coalesce(end_asked_at, ?)"
        if not await self._noted(record, assignment, _written(now)):
            self._asked[record.number] = now

    async def ask_end_of_unfinished(self, now: datetime) -> int:
        """Have closed what was being opened when the cockpit died: nobody was told of it."""

        def work(transaction: Transaction) -> int:
            return transaction.change(
                "UPDATE share SET end_asked_at = ? "
                "WHERE closed_at IS NULL AND domain_id = '' AND end_asked_at IS NULL",
                _written(now),
            )

        return await self._database.run(work)

    async def lost(self) -> Mapping[str, datetime]:
        """Return the names that are to end, and when, of which the database knows nothing."""
        times = await asyncio.to_thread(self._expiries.all)
        known = {record.domain for record in await self.open()} if times else set()
        return {domain: at for domain, at in times.items() if domain not in known}

    async def forget_expiry(self, domain: str) -> None:
        """Take a name that is over out of the file beside, if the disk takes it."""
        try:
            await asyncio.to_thread(self._expiries.forget, domain)
        except CockpitError as error:
            log.error("that %s is over is not in the file of expiries: %s", domain, error.message)

    async def _noted(self, record: Record, assignments: str, *values: Any) -> bool:
        """Change a record and tell whether that could be written."""
        try:
            await self._change(record, assignments, *values)
        except CockpitError as error:
            log.error("the share %s is not noted: %s", record.domain, error.message)
            return False
        return True

    async def _change(self, record: Record, assignments: str, *values: Any) -> None:
        sql = f"UPDATE share SET {assignments} WHERE number = ?"  # noqa: S608 # only our own words
        await self._database.run(lambda t: t.change(sql, *values, record.number))

    async def _read(self, which: str, *values: Any) -> Sequence[Record]:
        sql = f"SELECT * FROM share {which}"  # noqa: S608 # only our own words
        rows = await self._database.run(lambda t: t.all(sql, *values))
        records = [read_row(row) for row in rows]
        return [
            replace(r, end_asked_at=r.end_asked_at or self._asked.get(r.number)) for r in records
        ]


def called(records: Iterable[Record], name: str) -> Record | None:
    """Return the record meant by `name`: its id before its whole name before its short one."""
    known = list(records)
    for key in ("domain_id", "subdomain"):
        found = next((r for r in known if getattr(r.share, key) == name), None)
        if found is not None:
            return found
    return next((r for r in known if r.domain == name.lower()), None)


def add_row(t: Transaction, row: Mapping[str, Any]) -> int:
    """Insert a row and return its number."""
    names, marks = ", ".join(row), ", ".join("?" * len(row))
    sql = f"INSERT INTO share ({names}) VALUES ({marks})"  # noqa: S608 # only our own words
    return t.add(sql, *row.values())


def prune(t: Transaction) -> None:
    """Forget the oldest of those that are closed; those of exports never push ours out."""
    t.change(
        "DELETE FROM share WHERE number IN (SELECT number FROM share WHERE closed_at IS NOT NULL "
        "AND number > 0 ORDER BY closed_at DESC, number DESC LIMIT -1 OFFSET ?)",
        KEPT_CLOSED,
    )
    t.change(
        "DELETE FROM share WHERE number IN (SELECT number FROM share WHERE number < 0 "
        "ORDER BY number LIMIT -1 OFFSET ?)",  # each export's are numbered below those before
        KEPT_RESTORED,
    )


def row_of(record: Record) -> Row:
    """Return a record as the table holds it, without its number."""
    share = record.share
    return {
        "domain_id": share.domain_id,
        "domain": record.domain,
        "service": share.service,
        "subdomain": share.subdomain,
        "address": share.address,
        "audience": share.audience,
        "people": json.dumps(share.people),
        "created_at": _written(share.created_at),
        "created_by": share.created_by,
        "expires_at": _written(share.expires_at),
        "end_asked_at": _written(record.end_asked_at),
        "closed_at": _written(share.closed_at),
        "state": share.state,
        "sentence": share.sentence,
        "witness": share.witness.model_dump_json() if share.witness else None,
    }


def read_row(row: Mapping[str, Any]) -> Record:
    """Return the record in a row; raises KeyError, TypeError and ValueError for one not ours."""
    share = Share(
        domain_id=row["domain_id"],
        service=row["service"],
        subdomain=row["subdomain"],
        address=row["address"],
        audience=Audience(row["audience"]),
        people=tuple(json.loads(row["people"])),
        state=ShareState(row["state"]),
        created_at=_read_time(row["created_at"]),
        created_by=row["created_by"],
        expires_at=_read_time(row["expires_at"]),
        closed_at=_read_time(row["closed_at"]),
        witness=Witness.model_validate_json(row["witness"]) if row["witness"] else None,
        sentence=row["sentence"],
    )
    return Record(row["domain"], share, row["number"], _read_time(row["end_asked_at"]))


def _written(at: datetime | None) -> str | None:
    return None if at is None else utc_text(at)


def _read_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)
