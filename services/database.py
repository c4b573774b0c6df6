"""The cockpit's own database: SQLite in a thread of its own; the only module that knows the driver.

Every piece of work is one transaction. No secret is ever in it.
"""

import asyncio
import logging
import os
import sqlite3
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self, TypeVar

from services.errors import Refused
from services.schema import MIGRATIONS

log = logging.getLogger(__name__)

T = TypeVar("T")
Row = dict[str, Any]

BUSY_S = 10.0
"""How long a transaction waits for one of another process."""


class Transaction:
    """One piece of work on the database; all of it happens, or nothing."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def all(self, sql: str, *values: Any) -> list[Row]:
        """Return the rows that a question finds, as dicts by column."""
        return [dict(row) for row in self._connection.execute(sql, values)]

    def one(self, sql: str, *values: Any) -> Row | None:
        """Return the first row, or None."""
        row = self._connection.execute(sql, values).fetchone()
        return None if row is None else dict(row)

    def change(self, sql: str, *values: Any) -> int:
        """Change rows and return how many."""
        return self._connection.execute(sql, values).rowcount

    def add(self, sql: str, *values: Any) -> int:
        """Insert one row and return its number."""
        return int(self._connection.execute(sql, values).lastrowid or 0)

    def change_many(self, sql: str, rows: Sequence[Sequence[Any]]) -> None:
        """Change or insert many rows."""
        self._connection.executemany(sql, rows)


class Database:
    """An open database; whoever opens it closes it."""

    def __init__(self, path: Path, *, problem: str = "") -> None:
        self.path = path
        self.problem = problem
        """What was wrong with the file that was found, for a person; empty normally."""
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="database")
        self._connection: sqlite3.Connection | None = None

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
        """Carry `work` out as one transaction, in the database's thread; raises Refused.

        It comes to its end even when the caller is cancelled meanwhile.
        """
        return await asyncio.shield(self._in_thread(lambda: self._transact(work)))

    async def close(self) -> None:
        """Close the file; work that was begun comes to its end."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await self._in_thread(connection.close)
        self._thread.shutdown(wait=False)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        try:
            return await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except (sqlite3.Error, OSError) as error:
            raise Refused(_sentence(self.path, error), detail=str(error)) from error

    def _transact(self, work: Callable[[Transaction], T]) -> T:
        if self._connection is None:
            raise Refused("The cockpit is ending; nothing more is written.")
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


def _set_aside(path: Path) -> str:
    """Move a file that is no database out of the way; return what happened, for a person."""
    aside = path.with_name(f"{path.name}.unreadable-{datetime.now(UTC):%Y%m%dT%H%M%S}")
    path.rename(aside)
    for suffix in ("-wal", "-shm"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)
    return f"The cockpit's database was damaged and is begun anew; the old one is {aside.name}."


def _sentence(path: Path, error: Exception) -> str:
    words = str(error).lower()
    if "full" in words:
        return "The disk is full, so nothing was written. Free some space and try again."
    if "locked" in words:
        return f"{path.name} is in use by another process. Try again."
    if "readonly" in words or "read-only" in words or isinstance(error, PermissionError):
        return f"{path} cannot be written. Check who owns it."
    return f"The cockpit's database {path} failed ({error}). The log says more."
