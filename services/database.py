"""The cockpit's own database: SQLite in a thread of its own; the only module that knows the driver.

Every piece of work is one transaction. No secret is ever in it.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from services.errors import Invalid, Refused
from services.schema import MIGRATIONS

log = logging.getLogger(__name__)

T = TypeVar("T")
Row = dict[str, Any]

BUSY_S = 10.0
"""How long a transaction waits for one of another process."""
_ENDING = "The cockpit is ending; nothing more is written."


def utc_text(moment: datetime) -> str:
    """Return a time as the tables hold it, so that texts sort as times do.

    Raises Invalid for one that is before the year 1 or after 9999 in UTC.
    """
    try:
        return moment.astimezone(UTC).isoformat()
    except OverflowError as error:
        raise Invalid(
            f"{moment.isoformat()} is no time that can be used: in UTC it is before the year 1 or "
            "after 9999."
        ) from error


class Transaction:
    """One piece of work on the database; all of it happens, or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, sql: str, *values: Any) -> list[Row]:
        """Return the rows that a question finds, as dicts by column."""
        return [dict(row) for row in self._do(sql, values)]

    def one(self, sql: str, *values: Any) -> Row | None:
        """Return the first row, or None."""
        row = self._do(sql, values).fetchone()
        return None if row is None else dict(row)

    def change(self, sql: str, *values: Any) -> int:
        """Change rows and return how many."""
        return self._do(sql, values).rowcount

    def add(self, sql: str, *values: Any) -> int:
        """Insert one row and return its number."""
        return int(self._do(sql, values).lastrowid or 0)

    def change_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Change or insert many rows."""
        for row in rows:
            self._do(sql, row)

    def _do(self, sql: str, values: Sequence[Any]) -> sqlite3.Cursor:
        try:
            return self._connection.execute(sql, values)
        except (OverflowError, UnicodeEncodeError) as error:
            raise Invalid(
                "A number is too great or a text is no Unicode; correct what was given."
            ) from error


class Database:
    """An open database; whoever opens it closes it."""

    def __init__(self, path: Path, *, problem: str = "") -> None:
        self.path = path
        self.problem = problem
        """What was wrong with the file that was found, for a person; empty normally."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None
        self._ended = False

    @classmethod
    async def open(cls, path: Path) -> Self:
        """Open the database at `path`, made or brought up to date if need be.

        A file that is no database is kept beside it under another name. Raises Refused.
        """
        database = cls(path)
        try:
            await database._in_thread(database._prepare)
        except BaseException:
            await database.close()
            raise
        return database

    async def run(self, work: Callable[[Transaction], T]) -> T:
        """Carry `work` out as one transaction, in the database's thread.

        It comes to its end even when the caller is cancelled meanwhile. Raises Refused when the
        file cannot be read or written, Invalid for values that no table can hold.
        """
        return await self._in_thread(lambda: self._transact(work))

    async def close(self) -> None:
        """Close the file after all that was asked for before; what comes later is refused."""
        if not self._ended:
            self._ended = True
            try:
                await self._in_thread(self._disconnect)
            finally:
                self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, work)
            return await asyncio.shield(running)
        except RuntimeError as error:
            if self._ended:
                raise Refused(_ENDING) from error
            raise
        except (sqlite3.Error, OSError) as error:
            raise Refused(_sentence(self.path, error), detail=str(error)) from error

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        if self._connection is None:
            raise Refused(_ENDING)
        with self._connection:
            self._connection.execute("BEGIN IMMEDIATE")
            return work(Transaction(self._connection))

    def _prepare(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            self._connection = _connect(self.path)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            self.problem = _set_aside(self.path)
            log.error("%s (%s)", self.problem, error)
            self._connection = _connect(self.path)

    def _disconnect(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()


def _connect(path: Path) -> sqlite3.Connection:
    """Return an open connection to a database that is up to date."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = sqlite3.connect(
        path, timeout=BUSY_S, isolation_level=None, check_same_thread=False
    )
    try:
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA foreign_keys=ON")
        _migrate(connection)
        _look_through(connection)
    except BaseException:
        connection.close()
        raise
    return connection


def _migrate(connection: sqlite3.Connection) -> None:
    with connection:
        connection.execute("BEGIN IMMEDIATE")
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise Refused(
                "The cockpit's database was written by a newer version. Install that version again."
            )
        for migration in MIGRATIONS[version:]:
            for statement in migration:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")


def _look_through(connection: sqlite3.Connection) -> None:
    """Raise DatabaseError when a page is damaged; a file of 50 MB takes about 0.1 s."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if found != "ok":
        raise sqlite3.DatabaseError(found)


def _set_aside(path: Path) -> str:
    """Move a damaged file out of the way; return what happened, for a person."""
    aside = path.with_name(f"{path.name}.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S%f}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        with suppress(FileNotFoundError):
            path.with_name(path.name + suffix).rename(aside.with_name(aside.name + suffix))
    return (
        f"The cockpit's database was damaged and is begun anew; the old one is {aside.name}. "
        "Shares still end when they should; who opened them, the audit and the jobs are only in "
        "the old one."
    )


def _sentence(path: Path, error: Exception) -> str:
    words = str(error).lower()
    if "full" in words:
        return "The disk is full, so nothing was written. Free some space and try again."
    if "locked" in words:
        return f"{path.name} is in use by another process. Try again."
    if "readonly" in words or "read-only" in words or isinstance(error, PermissionError):
        return f"{path} cannot be written. Check who owns it."
    if "malformed" in words or "not a database" in words:
        return f"{path.name} is damaged. Restart the cockpit: it keeps the file and begins anew."
    return f"The cockpit's database {path} failed ({error}). The log says more."
