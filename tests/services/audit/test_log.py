import asyncio
import json
import random
import sqlite3
import stat
import sys
import unicodedata
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.audit.chain import COLUMNS, hash_of, visible
from services.audit.log import AuditLog
from services.audit.verdict import BEGUN_ANEW
from services.claims import GUEST, Identity
from services.contract.audit import SearchAudit
from services.errors import Invalid, Refused
from tests.services.clocks import HandClock
from tests.services.databases import a_database

OWNER = Identity(user="owner", via="rpc")
HELPER = Identity(user="helper", via="web", impersonator="operator")

OTHER_PROCESS = """
import asyncio, sys
from pathlib import Path
from services.audit.log import AuditLog
from services.claims import Identity
from services.database import Database

async def main(folder):
    database = await Database.open(Path(folder) / "cockpit.db")
    audit = AuditLog(database, heads=Path(folder) / "audit.heads")
    for number in range(50):
        await audit.note(
            Identity(user=sys.argv[2]), operation="o", target=str(number), outcome="done", reason=""
        )
    await database.close()

asyncio.run(main(sys.argv[1]))
"""


@asynccontextmanager
async def an_audit(folder: Path, clock: HandClock | None = None) -> AsyncIterator[AuditLog]:
    async with a_database(folder) as database:
        audit = AuditLog(database, heads=folder / "audit.heads", clock=clock)
        await audit.start()
        yield audit


async def note(audit: AuditLog, target: str, **other: Any) -> None:
    line: dict[str, Any] = {"operation": "cockpit.restart_service", "outcome": "done", "reason": ""}
    line |= other
    await audit.note(line.pop("identity", OWNER), target=target, **line)


async def ten_lines(folder: Path) -> None:
    async with an_audit(folder) as audit:
        for number in range(1, 11):
            await note(audit, f"target {number}")


def tamper(folder: Path, sql: str, *values: object) -> None:
    connection = sqlite3.connect(folder / "cockpit.db")
    with connection:
        connection.execute(sql, values)
    connection.close()


async def first_bad(folder: Path) -> int | None:
    async with an_audit(folder) as audit:
        verdict = await audit.verify()
    assert verdict.whole is (verdict.first_bad is None)
    return verdict.first_bad


async def test_an_untouched_audit_is_whole_and_tells_its_head(tmp_path: Path) -> None:
    async with an_audit(tmp_path) as audit:
        assert (await audit.verify()).sentence == "The audit is empty."
    await ten_lines(tmp_path)
    async with an_audit(tmp_path) as audit:
        verdict = await audit.verify()
        newest = (await audit.search(SearchAudit())).lines[0]
    assert (verdict.whole, verdict.lines, verdict.head) == (True, 10, newest.hash)
    assert stat.S_IMODE((tmp_path / "audit.heads").stat().st_mode) == 0o600


@pytest.mark.parametrize("column", [*COLUMNS[1:], "hash"])
async def test_one_changed_character_in_any_column_is_found(tmp_path: Path, column: str) -> None:
    await ten_lines(tmp_path)
    tamper(tmp_path, f"UPDATE audit SET {column} = {column} || 'x' WHERE number = 4")
    assert await first_bad(tmp_path) == 4


TAMPERINGS = [
    ("taken out of the middle", "DELETE FROM audit WHERE number = 4", 4),
    ("first lines taken out", "DELETE FROM audit WHERE number < 4", 1),
    ("newest lines cut off", "DELETE FROM audit WHERE number > 8", 9),
    ("one cut off", "DELETE FROM audit WHERE number = 10", 10),
    (
        "re-ordered",
        "UPDATE audit SET target = 'target ' || (13 - number) WHERE number IN (6, 7)",
        6,
    ),
    ("moved", "UPDATE audit SET number = 99 WHERE number = 3", 3),
]


@pytest.mark.parametrize(("what", "sql", "bad"), TAMPERINGS)
async def test_lines_that_were_taken_out_or_moved_are_found(
    tmp_path: Path, what: str, sql: str, bad: int
) -> None:
    await ten_lines(tmp_path)
    tamper(tmp_path, sql)
    assert await first_bad(tmp_path) == bad, what


async def test_lines_that_were_cut_off_are_found_even_after_new_ones(tmp_path: Path) -> None:
    await ten_lines(tmp_path)
    tamper(tmp_path, "DELETE FROM audit WHERE number > 8")
    async with an_audit(tmp_path) as audit:
        for number in range(5):
            await note(audit, f"later {number}")
    assert await first_bad(tmp_path) == 9


async def test_a_chain_that_was_hashed_anew_does_not_fit_the_heads_beside(tmp_path: Path) -> None:
    await ten_lines(tmp_path)
    connection = sqlite3.connect(tmp_path / "cockpit.db")
    connection.row_factory = sqlite3.Row
    with connection:
        connection.execute("UPDATE audit SET user = 'somebody' WHERE number = 5")
        former = ""
        for line in connection.execute("SELECT * FROM audit ORDER BY number").fetchall():
            former = hash_of(dict(line), former)
            connection.execute(
                "UPDATE audit SET hash = ? WHERE number = ?", (former, line["number"])
            )
    connection.close()
    assert await first_bad(tmp_path) == 5


async def test_a_vanished_database_is_the_first_thing_that_the_new_audit_says(
    tmp_path: Path,
) -> None:
    await ten_lines(tmp_path)
    for file in tmp_path.glob("cockpit.db*"):
        file.unlink()
    async with an_audit(tmp_path) as audit:
        page = await audit.search(SearchAudit())
        await note(audit, "after it")
        verdict = await audit.verify()
    assert verdict.whole
    assert verdict.sentence.startswith("The audit was begun anew at 20")
    assert "UTC: 10 former lines are gone with their database; the last hash" in verdict.sentence
    assert "Since then all 2 lines follow from one another; nothing" in verdict.sentence
    assert [line.operation for line in page.lines] == [BEGUN_ANEW]
    assert page.lines[0].reason.startswith("10 former lines are gone")
    assert (tmp_path / page.lines[0].target).exists()


async def test_a_head_that_a_crash_left_out_or_cut_short_raises_no_alarm(tmp_path: Path) -> None:
    await ten_lines(tmp_path)
    heads = tmp_path / "audit.heads"
    lines = heads.read_bytes().splitlines(keepends=True)
    heads.write_bytes(b"".join([*lines[:4], *lines[5:9], lines[9][:30]]))
    async with an_audit(tmp_path) as audit:
        await note(audit, "after the crash")
        await note(audit, "and on")
    assert await first_bad(tmp_path) is None


async def test_hashes_that_somebody_took_away_are_missed(tmp_path: Path) -> None:
    await ten_lines(tmp_path)
    (tmp_path / "audit.heads").unlink()
    async with an_audit(tmp_path) as audit:
        verdict = await audit.verify()
        assert (verdict.whole, verdict.lines, verdict.first_bad) == (False, 10, None)
        assert "but the hashes kept beside are missing" in verdict.sentence
        await note(audit, "later")
        assert "the hashes kept beside begin with line 11" in (await audit.verify()).sentence


async def test_hashes_that_cannot_be_read_are_said_and_stop_no_start(tmp_path: Path) -> None:
    (tmp_path / "audit.heads").mkdir()
    async with an_audit(tmp_path) as audit:
        await note(audit, "a")
        with pytest.raises(Refused, match="hashes kept beside the audit cannot be read"):
            await audit.verify()


@pytest.mark.parametrize(
    "at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"], ids=["before", "after"]
)
async def test_a_time_that_no_calendar_has_is_invalid_in_words(tmp_path: Path, at: str) -> None:
    async with an_audit(tmp_path) as audit:
        with pytest.raises(Invalid, match="is no time that can be used"):
            await audit.search(SearchAudit(since=datetime.fromisoformat(at)))


async def test_heads_that_cannot_be_kept_do_not_stop_the_audit(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "audit.heads").mkdir()
    async with a_database(tmp_path) as database:
        audit = AuditLog(database, heads=tmp_path / "audit.heads")
        await note(audit, "a")
        assert len((await audit.search(SearchAudit())).lines) == 1
    assert "head of audit line 1 was not kept" in caplog.text


async def test_two_processes_that_write_at_once_make_one_chain(tmp_path: Path) -> None:
    processes = [
        await asyncio.create_subprocess_exec(sys.executable, "-c", OTHER_PROCESS, tmp_path, name)
        for name in ("one", "two")
    ]
    assert [await process.wait() for process in processes] == [0, 0]
    async with an_audit(tmp_path) as audit:
        verdict = await audit.verify()
        page = await audit.search(SearchAudit(limit=200))
    assert (verdict.whole, verdict.lines) == (True, 100)
    for user in ("one", "two"):
        targets = [line.target for line in reversed(page.lines) if line.user == user]
        assert targets == [str(number) for number in range(50)]


async def test_writers_of_one_process_make_one_chain(tmp_path: Path) -> None:
    async with an_audit(tmp_path) as audit:
        await asyncio.gather(*(note(audit, str(number)) for number in range(100)))
        assert (await audit.verify()).lines == 100


@given(st.text(max_size=400), st.integers(min_value=2, max_value=300))
def test_no_text_can_end_a_line_turn_it_or_hide_in_it(text: str, most_chars: int) -> None:
    shown = visible(text, most_chars)
    assert len(shown) <= most_chars
    assert len(shown.splitlines()) <= 1
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cf", "Cs", "Zl", "Zp"}
    assert json.loads(json.dumps(shown).encode("utf-8")) == shown


async def test_a_name_with_newlines_and_broken_unicode_is_one_harmless_line(
    tmp_path: Path,
) -> None:
    forged = 'x\n{"number": 2, "user": "owner"}\r\x1b[2K\u202e\ud800' + "y" * 500
    async with an_audit(tmp_path) as audit:
        await note(audit, forged, identity=Identity(user="a\nb"), reason="two\nlines" * 100)
        (line,) = (await audit.search(SearchAudit())).lines
        assert (await audit.verify()).whole
    assert line.target.startswith('x\\u000a{"number": 2')
    assert (len(line.target), len(line.reason)) == (200, 500)
    assert line.user == "a\\u000ab"


@pytest.fixture
async def searched(tmp_path: Path) -> AsyncIterator[AuditLog]:
    clock = HandClock()
    async with an_audit(tmp_path, clock) as audit:
        await note(audit, "hero_books")
        clock.advance(60)
        await note(audit, "hero_books, hero_voice", operation="cockpit.upgrade", identity=HELPER)
        clock.advance(60)
        await note(
            audit,
            "100%_sure",
            identity=GUEST,
            outcome="not_allowed",
            reason="Restarting needs you to sign in.",
        )
        yield audit


BEGIN = HandClock().now()
FOUND: list[tuple[dict[str, Any], list[int]]] = [
    ({}, [3, 2, 1]),
    ({"user": "helper"}, [2]),
    ({"target": "hero_books"}, [2, 1]),
    ({"target": "hero_voice"}, [2]),
    ({"target": "hero_book"}, []),
    ({"operation": "cockpit.upgrade"}, [2]),
    ({"operation": "upgrade"}, [2]),
    ({"contains": "SIGN restarting"}, [3]),
    ({"contains": "operator"}, [2]),
    ({"contains": "100%_"}, [3]),
    ({"contains": "%"}, [3]),
    ({"contains": "' OR 1=1 --"}, []),
    ({"since": BEGIN + timedelta(seconds=60)}, [3, 2]),
    ({"until": BEGIN + timedelta(seconds=60)}, [2, 1]),
    ({"since": BEGIN + timedelta(seconds=1), "until": BEGIN + timedelta(seconds=61)}, [2]),
    ({"before": 3}, [2, 1]),
    ({"limit": 1}, [3]),
]


@pytest.mark.parametrize(("sought", "numbers"), FOUND)
async def test_lines_are_found_by_person_target_words_and_time(
    searched: AuditLog, sought: dict[str, Any], numbers: list[int]
) -> None:
    page = await searched.search(SearchAudit(**sought))
    assert [line.number for line in page.lines] == numbers


async def test_a_time_of_another_zone_means_the_same_moment(searched: AuditLog) -> None:
    since = datetime.fromisoformat("2026-11-20T14:01:00+02:00")
    assert since == BEGIN + timedelta(seconds=60)
    page = await searched.search(SearchAudit(since=since))
    assert [line.number for line in page.lines] == [3, 2]
    assert page.lines[0].at == datetime(2026, 11, 20, 12, 2, tzinfo=UTC)


async def test_pages_hold_every_line_once(tmp_path: Path) -> None:
    chance = random.Random(3)
    async with an_audit(tmp_path) as audit:
        for number in range(1, 24):
            await note(audit, chance.choice(["a", "b"]) + str(number))
        seen: list[int] = []
        before: int | None = None
        while True:
            page = await audit.search(SearchAudit(limit=5, before=before))
            seen += [line.number for line in page.lines]
            if page.next is None:
                break
            before = page.next
    assert seen == list(range(23, 0, -1))
