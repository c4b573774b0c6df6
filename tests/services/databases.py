"""An open database in a folder of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import product
from pathlib import Path

from services.database import Database, Transaction


@asynccontextmanager
async def a_database(folder: Path) -> AsyncIterator[Database]:
    database = await Database.open(folder / "cockpit.db")
    try:
        yield database
    finally:
        await database.close()


async def fill_disk(database: Database, *tables: str) -> None:
    """Have `tables` take nothing more, in the words of a disk without room."""

    def fill(t: Transaction) -> None:
        for table, what in product(tables, ("INSERT", "UPDATE")):
            t.change(
                f"CREATE TRIGGER full_{table}_{what} BEFORE {what} ON {table} "
                "BEGIN SELECT RAISE(FAIL, 'database or disk is full'); END"
            )

    await database.run(fill)


async def free_disk(database: Database, *tables: str) -> None:
    """Have `tables` be written again."""

    def free(t: Transaction) -> None:
        for table, what in product(tables, ("INSERT", "UPDATE")):
            t.change(f"DROP TRIGGER full_{table}_{what}")

    await database.run(free)
