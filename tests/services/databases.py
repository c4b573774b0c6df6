"""An open database in a folder of its own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.database import Database


@asynccontextmanager
async def a_database(folder: Path) -> AsyncIterator[Database]:
    database = await Database.open(folder / "cockpit.db")
    try:
        yield database
    finally:
        await database.close()
