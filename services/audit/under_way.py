"""The rows of changes under way: kept before a change begins, gone with its line in the audit.

What is left of them tells what a cockpit was doing when it died.
"""

from collections.abc import Iterable, Sequence

from services.database import Row, Transaction

COLUMNS = ("at", "user", "impersonator", "via", "operation", "target")
_INSERT = f"""INSERT INTO under_way ({", ".join(COLUMNS)})
    VALUES ({", ".join("?" * len(COLUMNS))})"""  # noqa: S608 - our own column names


def add_begun(t: Transaction, said: Row) -> int:
    """Note that a change is under way; return the number of the note."""
    return t.add(_INSERT, *(said[column] for column in COLUMNS))


def all_begun(t: Transaction) -> Sequence[Row]:
    """Return what is noted to be under way, the oldest first."""
    return t.all("SELECT * FROM under_way ORDER BY number")


def remove_begun(t: Transaction, numbers: Iterable[int | None]) -> None:
    """Remove notes by their numbers; None stands for one that could not be made."""
    rows = [(number,) for number in numbers if number is not None]
    t.change_many("DELETE FROM under_way WHERE number = ?", rows)
