"""Shares end when they should on a full disk, and when the database is lost."""

import asyncio
import stat
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.contract.share import ShareState
from services.errors import CockpitError, Refused, Unreachable
from services.shares.expiries import Expiries
from services.shares.records import ShareRecords
from services.shares.shares import Shares
from tests.services.clocks import HandClock, RacingClock
from tests.services.daemons import eventually
from tests.services.databases import a_database, fill_disk, free_disk
from tests.services.fronts import Front
from tests.services.shares.test_keeper import Notebook, keeping
from tests.services.sharing import Sharing, asked, shares_of, sharing


async def full(sockets: Path) -> None:
    async with a_database(sockets) as database:
        await fill_disk(database, "share")


async def freed(sockets: Path) -> None:
    async with a_database(sockets) as database:
        await free_disk(database, "share")


async def passes(clock: HandClock, *, until: Callable[[], bool]) -> None:
    """Let time pass, a second at each look, until something is so."""

    def look() -> bool:
        clock.advance(1)
        return until()

    await eventually(look)


async def problems(shares: Shares) -> list[CockpitError | None]:
    return [error for _, error in await shares.close_due()]


async def test_a_full_disk_keeps_no_share_open(sockets: Path) -> None:
    async with sharing(sockets, clock=RacingClock()) as s:
        await s.shares.open(asked())
        await full(sockets)
        share = await s.shares.close("mik")
        assert (share.state, s.front.rows) == (ShareState.CLOSED, {})
        (error,) = await problems(s.shares)
        assert error is not None
        assert "could not be written down" in error.message
        await freed(sockets)
        assert await problems(s.shares) == [None]
        assert await s.records.open() == []


async def test_a_share_of_others_is_closed_on_a_full_disk_too(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked(subdomain="ours"))
        s.front.open("theirs.localhost", s.sockets / "hero_whiteboard/web.sock")
        s.front.open("more.localhost", s.sockets / "hero_whiteboard/web.sock")
        await full(sockets)
        assert (await s.shares.close("theirs")).state is ShareState.CLOSED
        ended = await s.shares.close_all()
        assert {share.state for share in ended.shares} == {ShareState.CLOSED}
        assert s.front.rows == {}


async def test_what_was_to_end_is_remembered_where_the_disk_does_not_take_it(
    sockets: Path,
) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked())
        await full(sockets)
        rpc = s.sockets / "hero_proxy" / "rpc.sock"
        rpc.rename(rpc.with_suffix(".away"))
        with pytest.raises(Unreachable, match="mik is still shared, and is closed as soon as"):
            await s.shares.close("mik")
        rpc.with_suffix(".away").rename(rpc)
        await s.shares.close_due()
        assert s.front.rows == {}


async def test_an_expired_share_closes_on_a_full_disk_and_is_told_once_there_is_room(
    sockets: Path, caplog: pytest.LogCaptureFixture
) -> None:
    clock, journal = HandClock(), Notebook()
    async with sharing(sockets, clock=clock) as s, keeping(s.shares, clock, journal):
        await s.shares.open(asked(expires_in_s=20))
        await full(sockets)
        await passes(clock, until=lambda: not s.front.rows)
        await passes(clock, until=lambda: "could not be written down" in caplog.text)
        assert journal.lines == []
        await freed(sockets)
        await passes(clock, until=lambda: bool(journal.lines))
        assert len(journal.lines) == 1
        assert await s.records.open() == []


async def test_nothing_with_an_end_is_opened_whose_end_cannot_be_kept(sockets: Path) -> None:
    async with sharing(sockets) as s:
        (sockets / "share.expiries").mkdir()
        with pytest.raises(Refused, match=r"share\.expiries was not changed"):
            await s.shares.open(asked(expires_in_s=60))
        assert s.front.rows == {}
        assert await s.records.open() == []


async def test_what_the_keeper_closed_meanwhile_counts_as_closed(sockets: Path) -> None:
    clock = HandClock()
    async with sharing(sockets, clock=clock) as s:
        await s.shares.open(asked(subdomain="one", expires_in_s=60))
        await s.shares.open(asked(subdomain="two", expires_in_s=60))
        clock.advance(61)
        _, ended = await asyncio.gather(s.shares.close_due(), s.shares.close_all())
        assert [share.state for share in ended.shares] == [ShareState.CLOSED] * 2
        assert all(share.witness and share.witness.as_expected for share in ended.shares)
        assert ended.sentence == ""
        assert s.shares.changed.is_set()


@asynccontextmanager
async def begun_anew(s: Sharing) -> AsyncIterator[tuple[Shares, ShareRecords]]:
    """Give the shares of the same machine after its database was lost."""
    async with shares_of(
        s.machine.store,
        s.sockets,
        database=s.sockets / "new.db",
        domain=f"localhost:{s.front.port}",
        clock=s.clock,
    ) as (shares, records):
        yield shares, records


@pytest.mark.parametrize("front", [Front(), Front(without_list=True)], ids=["listed", "silent"])
async def test_a_share_that_the_database_lost_still_ends_when_it_should(
    sockets: Path, front: Front
) -> None:
    clock = HandClock()
    front.delete_by = "domain" if front.without_list else "id"
    async with sharing(sockets, front, clock=clock) as s:
        share = await s.shares.open(asked(expires_in_s=90))
        await s.shares.open(asked(subdomain="stays", expires_in_s=None))
        assert stat.S_IMODE((sockets / "share.expiries").stat().st_mode) == 0o600
        async with begun_anew(s) as (shares, records), keeping(shares, clock):
            await eventually(lambda: clock.sleepers > 0)
            (listed,) = [x for x in (await shares.list()).shares if x.subdomain == "mik"]
            assert listed.expires_at == share.expires_at
            assert listed.sentence.startswith("It ends when it should")
            assert "mik.localhost" in s.front.rows
            await passes(clock, until=lambda: list(s.front.rows) == ["stays.localhost"])

            async def forgotten() -> bool:
                return not Expiries(sockets / "share.expiries").all()

            await eventually(forgotten)
            assert await records.lost() == {}


async def test_before_it_is_kept_again_a_lost_share_is_listed_with_its_end(sockets: Path) -> None:
    async with sharing(sockets) as s:
        share = await s.shares.open(asked(expires_in_s=90))
        async with begun_anew(s) as (shares, _):
            (listed,) = (await shares.list()).shares
            assert listed.expires_at == share.expires_at
            assert listed.sentence.startswith("It was made at hero_proxy directly")


async def test_what_was_ended_at_hero_proxy_meanwhile_is_forgotten(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked(expires_in_s=90))
        s.front.rows.clear()
        async with begun_anew(s) as (shares, records):
            await shares.take_back_lost()
            assert await records.open() == []
            assert await records.lost() == {}


class Halting(Expiries):
    """Stops between what it wrote and what the database is to know."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.written, self.go_on = threading.Event(), threading.Event()

    def note(self, domain: str, expires_at: datetime) -> None:
        super().note(domain, expires_at)
        self.written.set()
        assert self.go_on.wait(10)


async def test_a_share_is_never_taken_for_lost_while_it_is_opened(sockets: Path) -> None:
    async with sharing(sockets) as s:
        expiries = Halting(sockets / "share.expiries")
        s.records._expiries = expiries
        opening = asyncio.create_task(s.shares.open(asked(expires_in_s=90)))
        assert await asyncio.to_thread(expiries.written.wait, 10)
        taking = asyncio.create_task(s.shares.take_back_lost())
        done, _ = await asyncio.wait({taking}, timeout=0.3)
        expiries.go_on.set()
        await asyncio.gather(opening, taking)
        assert not done, "it waits for the opening"
        assert list(expiries.all()) == ["mik.localhost"]
        assert len(await s.records.open()) == 1


@pytest.mark.parametrize(
    "content",
    [b"", b"[]", b"{", b"\xff", b'{"a": 1}', b'{"a": "2026-11-20T12:00:00"}', b"[" * 9999],
)
def test_a_damaged_file_of_expiries_holds_none_and_is_written_anew(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "share.expiries"
    path.write_bytes(content)
    expiries = Expiries(path)
    assert expiries.all() == {}
    at = datetime(2026, 11, 20, tzinfo=UTC)
    expiries.note("a.example.org", at)
    expiries.note("b.example.org", at + timedelta(days=1))
    expiries.forget("a.example.org")
    assert expiries.all() == {"b.example.org": at + timedelta(days=1)}
