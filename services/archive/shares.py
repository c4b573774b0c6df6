"""The shares in an export: which rows go into it, and how those of a file are put back, closed.

What a file says of shares is foreign: each row is read as the table's own would be, its address is
made anew from its name, and nothing here ever opens or looks at one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from services.archive.format import MAX_MEMBER_BYTES
from services.archive.texts import written
from services.contract.share import ShareState
from services.database import Database, Row, Transaction
from services.errors import Invalid
from services.shares.names import PublicDomain, is_host_name
from services.shares.records import Record, add_row, prune, read_row, row_of
from services.wire.reply import one_line

MOST_SHARES: Final = 1000
"""So many shares are in an export at most, the newest ones."""
PASSING: Final = frozenset(
    {"number", "address", "closed_at", "state", "witness", "sentence", "end_asked_at"}
)
"""Columns of a share that follow from others, change by themselves, or when it is closed."""

_LONGEST: Final[Mapping[str, int]] = {"people": 20_000, "witness": 10_000}
_LONGEST_TEXT: Final = 1000


async def share_rows(database: Database) -> list[Row]:
    """Return the shares that an export holds, as the table has them, the oldest first.

    They are the newest that fit into one; a name that is no host name cannot be put back.
    """

    def read(t: Transaction) -> list[Row]:
        rows = t.all("SELECT * FROM share ORDER BY number DESC LIMIT ?", MOST_SHARES)
        return _fitting([row for row in rows if _is_usable(row)])[::-1]

    return await database.run(read)


def steady_shares(rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Return what of the shares stays the same when time passes or they are closed."""
    return written([_steady(row) for row in rows])


def add_closed(t: Transaction, rows: Sequence[Row], now: datetime) -> int:
    """Add the shares of an export that are not here yet, closed; return how many.

    Raises Invalid, and adds none, when one of them could not be read again.
    """
    if len(rows) > MOST_SHARES:
        raise Invalid(f"The export holds {len(rows)} shares, and {MOST_SHARES} are the most.")
    here = {written(_steady(row)) for row in t.all("SELECT * FROM share")}
    closed = [row_of(_closed(read_share(row), now)) for row in rows]
    fresh = [row for row in closed if written(_steady(row)) not in here]
    lowest = t.one("SELECT coalesce(min(number), 0) AS number FROM share") or {"number": 0}
    first = min(0, lowest["number"]) - len(fresh)
    for number, row in enumerate(fresh, start=first):
        add_row(t, {"number": number, **row})
    prune(t)
    return len(fresh)


def read_share(row: Mapping[str, Any]) -> Record:
    """Return the share in a row of an export, with an address made anew; raises Invalid."""
    if any(isinstance(v, str) and len(v) > _LONGEST.get(n, _LONGEST_TEXT) for n, v in row.items()):
        raise Invalid("A share in the export is longer than any that a cockpit keeps.")
    try:
        record = read_row({**row, "number": 0})
        _check(record)
    except (KeyError, TypeError, ValueError, OverflowError, RecursionError) as error:
        raise Invalid("A share in the export cannot be read.") from error
    made = {
        "address": PublicDomain.parse(record.domain).address(record.domain),
        "sentence": one_line(record.share.sentence),
    }
    return replace(record, share=record.share.model_copy(update=made))


def _closed(record: Record, now: datetime) -> Record:
    closed = {"state": ShareState.CLOSED, "closed_at": record.share.closed_at or now}
    return replace(record, share=record.share.model_copy(update=closed))


def _check(record: Record) -> None:
    """Raise ValueError or OverflowError for what no record of a share holds."""
    share, domain = record.share, record.domain
    if not (isinstance(domain, str) and is_host_name(domain)):
        raise ValueError("the name is no host name")
    texts = (share.domain_id, share.service, share.subdomain, share.created_by, *share.people)
    if not all(text.isprintable() for text in texts):
        raise ValueError("a text holds characters that cannot be shown")
    seen_at = share.witness.at if share.witness else None
    for time in (share.created_at, share.expires_at, share.closed_at, record.end_asked_at, seen_at):
        _check_time(time)


def _check_time(time: datetime | None) -> None:
    """Raise ValueError or OverflowError for a time without a zone, or none that UTC can say."""
    if time is not None:
        if time.tzinfo is None:
            raise ValueError("a time without its zone")
        time.astimezone(UTC)


def _steady(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in PASSING}


def _is_usable(row: Row) -> bool:
    try:
        read_share(row)
    except Invalid:
        return False
    return True


def _fitting(rows: Sequence[Row]) -> list[Row]:
    """Return the first of `rows` that fit into one member together."""
    size = 0
    for count, row in enumerate(rows):
        size += len(written([row]))
        if size > MAX_MEMBER_BYTES:
            return list(rows[:count])
    return list(rows)
