"""What the shares of an export may do to the list here."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.archive.shares import MOST_SHARES, add_closed, read_share, share_rows, steady_shares
from services.contract.share import Audience, Share, ShareState
from services.database import Database, Transaction
from services.errors import Invalid, Refused
from services.shares.records import KEPT_CLOSED, Record
from tests.services.databases import a_database
from tests.services.sharing import asked, records_of, sharing

NOW = datetime(2026, 11, 20, tzinfo=UTC)
WITNESS = '{"at":"2026-11-20T12:00:00Z","as_expected":true,"sentence":"Nobody gets in."}'
ROW: dict[str, Any] = {
    "number": 7,
    "domain_id": "1",
    "domain": "mik.example.org",
    "service": "hero_books_web",
    "subdomain": "mik",
    "address": "https://mik.example.org/",
    "audience": "people",
    "people": '["ann"]',
    "created_at": "2026-11-20T11:00:00+00:00",
    "created_by": "mik",
    "expires_at": None,
    "end_asked_at": None,
    "closed_at": None,
    "state": "open",
    "sentence": "Everybody sees it.",
    "witness": WITNESS,
}


async def added(database: Database, *rows: dict[str, Any]) -> int:
    return await database.run(lambda t: add_closed(t, rows, NOW))


def own_share(number: int, *, closed: bool) -> Record:
    share = Share(
        domain_id=str(number),
        service="hero_books_web",
        subdomain=f"own{number}",
        address="https://x.y/",
        audience=Audience.PUBLIC,
        state=ShareState.CLOSED if closed else ShareState.OPEN,
        created_at=NOW,
        closed_at=NOW.replace(minute=number % 60, hour=number // 60) if closed else None,
    )
    return Record(f"own{number}.example.org", share)


async def test_a_share_comes_back_closed_below_those_of_this_machine(sockets: Path) -> None:
    async with a_database(sockets) as database:
        records = records_of(database)
        await records.keep(own_share(1, closed=True))
        assert await added(database, ROW, ROW | {"domain": "b.example.org"}) == 2
        assert await added(database, ROW) == 0
        assert await records.open() == []
        closed = await records.closed()
    assert [(r.number, r.domain) for r in closed] == [
        (1, "own1.example.org"),
        (-1, "b.example.org"),
        (-2, "mik.example.org"),
    ]
    share = closed[-1].share
    assert closed[-1].is_restored
    assert (share.state, share.closed_at, share.people) == (ShareState.CLOSED, NOW, ("ann",))
    assert share.witness is not None


async def test_an_address_is_made_from_the_name_and_never_opened(sockets: Path) -> None:
    async with sharing(sockets) as s, a_database(sockets) as database:
        own = await s.shares.open(asked("hero_whiteboard_web", "own"))
        address = s.address("own")
        rows = [
            ROW | {"domain": "mik.localhost", "address": address, "closed_at": None},
            ROW | {"domain": "169-254.example", "domain_id": "9", "address": "http://169.254.0.1/"},
        ]
        assert await added(database, *rows) == 2
        former = (await s.shares.list(closed=True)).shares
        assert [f.address for f in former] == [
            own.address,
            "https://169-254.example/",
            "http://mik.localhost/",
        ]
        looks = len(s.servers[0].requests)
        for name in ("mik", "mik.localhost", "9"):
            with pytest.raises(Refused, match="comes from an export and was never shared here"):
                await s.shares.check(name)
        assert len(s.servers[0].requests) == looks


BAD: list[dict[str, Any]] = [
    {"domain": name}
    for name in (
        "169.254.169.254",
        "10.1",
        "0x7f.0x1",
        "localhost",
        "a b.c",
        "a.b/../c",
        "u@a.b",
        "A.b",
        "a..b",
        "",
        None,
        7,
        ["a.b"],
        f"{'a.' * 127}bc",
    )
]
BAD += [
    {"audience": "all"},
    {"state": "odd"},
    {"people": "["},
    {"people": "7"},
    {"people": "[7]"},
    {"people": None},
    {"people": "[" * 20_000},
    {"people": json.dumps(["ann\u202e"])},
    {"people": json.dumps(["x" * 20_000])},
    {"created_at": "then"},
    {"created_at": 7},
    {"created_at": "2026-11-20T11:00:00"},
    {"expires_at": "9999-12-31T23:59:59-23:59"},
    {"closed_at": "x"},
    {"end_asked_at": "x"},
    {"witness": "{}"},
    {"witness": "x" * 10_001},
    {"witness": WITNESS.replace("2026-11-20T12:00:00Z", "9999-12-31T23:59:59-23:59")},
    {"service": None},
    {"service": {"a": 1}},
    {"service": "x" * 1001},
    {"created_by": "mik\n"},
    {"sentence": 2**70},
    {"domain_id": 1},
]


@pytest.mark.parametrize("change", BAD, ids=lambda change: str(change)[:60])
async def test_one_share_that_is_none_puts_none_back_and_leaves_the_list_readable(
    sockets: Path, change: dict[str, Any]
) -> None:
    async with a_database(sockets) as database:
        with pytest.raises(Invalid):
            await added(database, ROW, ROW | change)
        assert await records_of(database).closed() == []


@given(
    st.dictionaries(
        st.sampled_from(sorted(ROW)),
        st.none() | st.booleans() | st.integers() | st.text(max_size=20) | st.lists(st.integers()),
    )
)
def test_any_other_row_is_read_or_invalid_and_nothing_else(change: dict[str, Any]) -> None:
    try:
        record = read_share(ROW | change)
    except Invalid:
        return
    assert record.share.address.endswith(f"//{record.domain}/")


async def test_more_than_an_export_holds_are_refused(sockets: Path) -> None:
    rows = [ROW | {"domain": f"n{number}.example"} for number in range(MOST_SHARES + 1)]
    async with a_database(sockets) as database:
        with pytest.raises(Invalid, match="1001 shares, and 1000 are the most"):
            await added(database, *rows)
        assert await added(database, *rows[1:]) == MOST_SHARES
        assert await added(database, ROW) == 1
        kept = await share_rows(database)
    assert len(kept) == MOST_SHARES
    assert "mik.example.org" in [row["domain"] for row in kept], "the last that came stays"


async def test_the_oldest_closed_shares_are_forgotten_and_no_open_one(sockets: Path) -> None:
    async with a_database(sockets) as database:
        records = records_of(database)
        await records.keep(own_share(0, closed=False))
        await added(database, ROW)
        for number in range(1, KEPT_CLOSED + 4):
            await records.keep(own_share(number, closed=True))
        (opened,) = await records.open()
        closed = await records.closed(limit=1000)
    assert opened.domain == "own0.example.org"
    assert [r.domain for r in closed if not r.is_restored] == [
        f"own{number}.example.org" for number in range(KEPT_CLOSED + 3, 3, -1)
    ]
    assert [r.domain for r in closed if r.is_restored] == ["mik.example.org"]


async def test_an_export_holds_the_newest_shares_that_fit_and_can_come_back(
    sockets: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with a_database(sockets) as database:
        records = records_of(database)
        for number in range(9):
            await records.keep(own_share(number, closed=False))
        odd = own_share(9, closed=False)
        await records.keep(Record("*.example.org", odd.share))
        monkeypatch.setattr("services.archive.shares.MAX_MEMBER_BYTES", 2000)
        rows = await share_rows(database)
    names = [row["subdomain"] for row in rows]
    assert 2 < len(names) < 6
    assert names == [f"own{number}" for number in range(9 - len(names), 9)]


async def test_what_came_back_is_the_same_as_what_was_exported(sockets: Path) -> None:
    (sockets / "b").mkdir()
    async with a_database(sockets) as here, a_database(sockets / "b") as there:
        for number in range(3):
            await records_of(here).keep(own_share(number, closed=number == 1))
        await added(here, ROW)
        rows = await share_rows(here)

        def put_back(t: Transaction) -> int:
            return add_closed(t, rows, NOW)

        assert await there.run(put_back) == 4
        assert steady_shares(await share_rows(there)) == steady_shares(rows)
