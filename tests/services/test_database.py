import asyncio
import os
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.database import Database, Transaction
from services.errors import Invalid, Refused
from services.schema import MIGRATIONS

PAIR = "INSERT INTO key_change (name, at, user) VALUES (?, ?, '')"

WRITER = """
import asyncio, sys
from pathlib import Path
from services.database import Database

async def main(path, begin):
    database = await Database.open(Path(path))
    for number in range(begin, begin + 100000):
        def both(t, number=number):
            t.change("INSERT INTO key_change (name, at, user) VALUES (?, 'a', '')", f"{number}a")
            t.change("INSERT INTO key_change (name, at, user) VALUES (?, 'b', '')", f"{number}b")
        await database.run(both)
        print(number, flush=True)

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""
OPENER = """
import asyncio, sys
from pathlib import Path
from services.database import Database

async def main(path, name):
    database = await Database.open(Path(path))
    await database.run(
        lambda t: t.change("INSERT INTO key_change (name, at, user) VALUES (?, '', '')", name)
    )
    await database.close()

asyncio.run(main(*sys.argv[1:]))
"""
GROWING = """
import asyncio, resource, sys
from pathlib import Path
from services.database import Database
from services.errors import Refused

async def main(path):
    database = await Database.open(Path(path))
    resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
    kept = 0
    try:
        for number in range(1000):
            await database.run(
                lambda t: t.change(
                    "INSERT INTO key_change (name, at, user) VALUES (?, ?, '')",
                    str(kept), "x" * 10_000
                )
            )
            kept += 1
    except Refused as error:
        print(kept, error.message)

asyncio.run(main(sys.argv[1]))
"""


@asynccontextmanager
async def opened(path: Path) -> AsyncIterator[Database]:
    database = await Database.open(path)
    try:
        yield database
    finally:
        await database.close()


async def count(database: Database) -> int:
    rows = await database.run(lambda t: t.all("SELECT count(*) AS n FROM key_change"))
    return int(rows[0]["n"])


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "cockpit.db"


async def test_a_new_database_is_the_owners_alone_and_has_every_table(path: Path) -> None:
    async with opened(path) as database:
        await database.run(lambda t: t.change(PAIR, "A", ""))
        modes = {p.name: stat.S_IMODE(p.stat().st_mode) for p in path.parent.iterdir()}
        tables = await database.run(lambda t: t.all("SELECT name FROM sqlite_master"))
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert {"audit", "sighting", "job", "share", "export"} <= {row["name"] for row in tables}


async def test_what_was_written_is_there_after_opening_again(path: Path) -> None:
    async with opened(path) as database:
        number = await database.run(
            lambda t: t.add("INSERT INTO key_change (name, at, user) VALUES ('A', '', '')")
        )
    async with opened(path) as database:
        assert await database.run(lambda t: t.one("SELECT name, user FROM key_change")) == {
            "name": "A",
            "user": "",
        }
        assert await database.run(lambda t: t.one("SELECT 1 FROM audit")) is None
    assert number == 1


async def test_a_piece_of_work_happens_wholly_or_not_at_all(path: Path) -> None:
    async with opened(path) as database:

        def half(t: Transaction) -> None:
            t.change(PAIR, "A", "")
            raise KeyError("in the middle")

        with pytest.raises(KeyError):
            await database.run(half)

        def doubled(t: Transaction) -> None:
            t.change_many(PAIR, [("B", ""), ("B", "")])

        with pytest.raises(Refused):
            await database.run(doubled)
        assert await count(database) == 0


async def test_many_at_once_lose_nothing(path: Path) -> None:
    async with opened(path) as database:

        def one_more(t: Transaction) -> None:
            row = t.one("SELECT max(cast(name AS INTEGER)) AS n FROM key_change")
            t.change(PAIR, str(((row or {})["n"] or 0) + 1), "")

        await asyncio.gather(*(database.run(one_more) for _ in range(200)))
        assert await count(database) == 200


async def test_work_is_finished_although_its_caller_is_cancelled(path: Path) -> None:
    async with opened(path) as database:
        begun, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def slow(t: Transaction) -> None:
            loop.call_soon_threadsafe(begun.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(10)
            t.change(PAIR, "A", "")

        task = asyncio.create_task(database.run(slow))
        await begun.wait()
        queued = asyncio.create_task(database.run(lambda t: t.change(PAIR, "B", "")))
        await asyncio.sleep(0)
        for waiting in (task, queued):
            waiting.cancel()
        await asyncio.wait({task, queued})
        assert task.cancelled()
        go_on.set()
        assert await count(database) == 2


async def test_what_was_asked_before_the_end_is_written_and_later_is_refused(path: Path) -> None:
    database = await Database.open(path)
    asked = [
        asyncio.create_task(database.run(lambda t, n=n: t.change(PAIR, str(n), "")))  # type: ignore[misc] # mypy cannot infer a lambda's default
        for n in range(20)
    ]
    await asyncio.sleep(0)
    await database.close()
    await database.close()
    assert await asyncio.gather(*asked) == [1] * 20
    with pytest.raises(Refused, match="ending"):
        await database.run(lambda t: t.all("SELECT 1"))
    async with opened(path) as again:
        assert await count(again) == 20


@pytest.mark.parametrize("value", [10**30, "\ud800"])
async def test_values_that_cannot_be_stored_are_invalid_not_a_crash(
    path: Path, value: object
) -> None:
    async with opened(path) as database:
        with pytest.raises(Invalid, match="correct what was given"):
            await database.run(lambda t: t.one("SELECT ? AS n", value))


async def test_a_full_disk_is_told_and_leaves_all_as_it_was(path: Path) -> None:
    async with opened(path) as database:
        await database.run(lambda t: t.change(PAIR, "A", ""))
        pages = await database.run(lambda t: t.one("PRAGMA page_count"))
        await database.run(
            lambda t: t.one(f"PRAGMA max_page_count = {(pages or {})['page_count']}")
        )
        with pytest.raises(Refused, match="disk is full"):
            await database.run(lambda t: t.change(PAIR, "B", "x" * 100_000))
        assert await count(database) == 1
        await database.run(lambda t: t.one("PRAGMA max_page_count = 100000"))
        await database.run(lambda t: t.change(PAIR, "B", "x" * 100_000))
        assert await count(database) == 2


async def test_a_file_that_may_not_grow_keeps_what_was_told_as_written(path: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", GROWING, path], capture_output=True, text=True, timeout=60
    )
    kept, _, said = ended.stdout.partition(" ")
    assert "database" in said or "full" in said
    async with opened(path) as database:
        assert await count(database) == int(kept) > 5
        assert database.problem == ""


NO_DATABASES = [b"", b"not a database" * 100, b"SQLite format 3\x00" + b"\xff" * 8000]


@pytest.mark.parametrize("content", NO_DATABASES)
async def test_a_file_that_is_no_database_is_kept_aside_and_told(
    path: Path, content: bytes
) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    async with opened(path) as database:
        await database.run(lambda t: t.change(PAIR, "A", ""))
        aside = [p for p in path.parent.iterdir() if ".unreadable-" in p.name]
        assert bool(database.problem) is bool(aside) is bool(content)
        assert [p.read_bytes() for p in aside] == ([content] if content else [])
        assert all(p.name in database.problem for p in aside)


async def test_a_damaged_page_is_found_at_the_start(path: Path) -> None:
    async with opened(path) as database:
        await database.run(
            lambda t: t.change_many(PAIR, [(str(n), "x" * 1000) for n in range(300)])
        )
    content = bytearray(path.read_bytes())
    content[200_000:204_200] = b"\xa5" * 4200
    path.write_bytes(content)
    async with opened(path) as database:
        assert "damaged" in database.problem
        assert "Shares still end when they should" in database.problem
        assert await count(database) == 0


async def test_a_page_that_is_damaged_while_open_is_told_with_what_to_do(path: Path) -> None:
    async with opened(path) as database:
        await database.run(
            lambda t: t.change_many(PAIR, [(str(n), "x" * 1000) for n in range(5000)])
        )
    async with opened(path) as database:
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * 4_000_000)
        with pytest.raises(Refused, match="is damaged"):
            await database.run(lambda t: t.all("SELECT * FROM key_change ORDER BY at, user"))


async def test_a_database_of_a_newer_version_is_left_alone(path: Path) -> None:
    async with opened(path):
        pass
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(Refused, match="newer version"):
        await Database.open(path)
    assert path.read_bytes() == before


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(Refused, match="cockpit"):
        await Database.open(tmp_path / "file" / "cockpit.db")


async def test_another_process_in_the_middle_of_writing_is_waited_for(path: Path) -> None:
    async with opened(path) as database:
        other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        waiting = asyncio.create_task(database.run(lambda t: t.change(PAIR, "A", "")))
        done, _ = await asyncio.wait({waiting}, timeout=0.1)
        assert not done
        other.execute("COMMIT")
        other.close()
        assert await waiting == 1


async def test_processes_that_open_a_new_database_at_once_all_succeed(path: Path) -> None:
    openers = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", OPENER, path, f"K{n}")
        for n in range(4)
    ]
    assert [await process.wait() for process in openers] == [0] * 4
    async with opened(path) as database:
        assert await count(database) == 4


async def test_a_kill_in_the_middle_leaves_whole_transactions_only(path: Path) -> None:
    told = -1
    for enough in (3, 17, 40):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, path, str(told + 1), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        for _ in range(enough):
            told = int(await process.stdout.readline())
        os.kill(process.pid, signal.SIGKILL)
        rest = await process.stdout.read()
        await process.wait()
        if whole := [line for line in rest.split(b"\n")[:-1] if line]:
            told = int(whole[-1])
        async with opened(path) as database:
            assert database.problem == ""
            rows = await database.run(lambda t: t.all("SELECT name FROM key_change"))
        names = {row["name"] for row in rows}
        numbers = {int(name[:-1]) for name in names}
        assert names == {f"{n}{half}" for n in numbers for half in "ab"}
        assert set(range(told + 1)) <= numbers
        told = max(numbers)
