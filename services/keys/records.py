"""What the cockpit remembers of keys: who changed them when, their last test, what can be undone.

Never a value: those are in hero_proc's store of secrets alone.
"""

from dataclasses import dataclass
from datetime import datetime

from services.contract.key import KeyReason, KeyTest
from services.database import Database, Row, Transaction, utc_text


@dataclass(frozen=True, slots=True)
class KeyRecord:
    """What is remembered of one key."""

    changed_at: datetime | None = None
    changed_by: str = ""
    last_test: KeyTest | None = None
    undo_until: datetime | None = None


class KeyRecords:
    """The tables key_change, key_test and key_undo."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> dict[str, KeyRecord]:
        """Return what is remembered, by name of the key."""
        return await self._database.run(_read)

    async def changed(self, name: str, *, at: datetime, user: str) -> None:
        """Note that a key was set or deleted; what was tested before is no longer there."""

        def write(t: Transaction) -> None:
            t.change("DELETE FROM key_test WHERE name = ?", name)
            t.change(
                "INSERT INTO key_change (name, at, user) VALUES (?, ?, ?) "
                "ON CONFLICT (name) DO UPDATE SET at = excluded.at, user = excluded.user",
                name,
                utc_text(at),
                user,
            )

        await self._database.run(write)

    async def tested(self, test: KeyTest) -> None:
        """Note the last test of the stored value."""
        row = (test.name, utc_text(test.at), test.reason, test.sentence, test.took_ms, test.asked)
        await self._database.run(
            lambda t: t.change(
                "INSERT OR REPLACE INTO key_test (name, at, reason, sentence, took_ms, asked) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                *row,
            )
        )

    async def keep_undo(self, name: str, *, until: datetime) -> None:
        """Note that a former value will be kept; written before the value is."""
        await self._database.run(
            lambda t: t.change(
                "INSERT OR REPLACE INTO key_undo (name, until) VALUES (?, ?)", name, utc_text(until)
            )
        )

    async def drop_undo(self, name: str) -> None:
        """Note that no former value is kept; written after the value is erased."""
        await self._database.run(lambda t: t.change("DELETE FROM key_undo WHERE name = ?", name))

    async def undos(self) -> dict[str, datetime]:
        """Return until when the former value of each key is kept."""
        rows = await self._database.run(lambda t: t.all("SELECT name, until FROM key_undo"))
        return {row["name"]: datetime.fromisoformat(row["until"]) for row in rows}


def _read(t: Transaction) -> dict[str, KeyRecord]:
    changes = {row["name"]: row for row in t.all("SELECT * FROM key_change")}
    tests = {row["name"]: row for row in t.all("SELECT * FROM key_test")}
    undos = {row["name"]: row for row in t.all("SELECT * FROM key_undo")}
    return {
        name: KeyRecord(
            changed_at=datetime.fromisoformat(changes[name]["at"]) if name in changes else None,
            changed_by=changes[name]["user"] if name in changes else "",
            last_test=_test(tests[name]) if name in tests else None,
            undo_until=datetime.fromisoformat(undos[name]["until"]) if name in undos else None,
        )
        for name in changes.keys() | tests.keys() | undos.keys()
    }


def _test(row: Row) -> KeyTest:
    return KeyTest(
        name=row["name"],
        reason=KeyReason(row["reason"]),
        sentence=row["sentence"],
        at=datetime.fromisoformat(row["at"]),
        took_ms=row["took_ms"],
        asked=row["asked"],
    )
