import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

from services.claims import Identity
from services.clock import Clock
from services.contract.share import ShareState
from services.shares.keeper import ShareKeeper
from services.shares.records import Record
from services.shares.shares import Shares
from tests.services.clocks import HandClock
from tests.services.daemons import eventually
from tests.services.databases import a_database
from tests.services.sharing import asked, sharing


class Notebook:
    """A journal that can be read."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, str]] = []

    async def note(
        self, identity: Identity, *, operation: str, target: str, outcome: str, reason: str
    ) -> None:
        self.lines.append((identity.via, operation, target, outcome))


@asynccontextmanager
async def keeping(
    shares: Shares, clock: Clock, journal: Notebook | None = None
) -> AsyncIterator[None]:
    keeper = ShareKeeper(shares, clock, journal)
    await keeper.start()
    try:
        yield
    finally:
        await keeper.close()


async def test_a_share_closes_when_its_time_is_up_and_not_before(sockets: Path) -> None:
    clock, journal = HandClock(), Notebook()
    async with sharing(sockets, clock=clock) as s, keeping(s.shares, clock, journal):
        await s.shares.open(asked(expires_in_s=90))
        await s.shares.open(asked(subdomain="stays", expires_in_s=None))
        for _ in range(4):
            await eventually(lambda: clock.sleepers > 0)
            clock.advance(20)
        assert "mik.localhost" in s.front.rows
        clock.advance(10)
        await eventually(lambda: list(s.front.rows) == ["stays.localhost"])
        await eventually(lambda: bool(journal.lines))
        assert journal.lines == [("expiry", "cockpit.unexpose_service", "mik.localhost", "done")]
        (closed,) = [x for x in (await s.shares.list(closed=True)).shares if x.closed_at]
        assert closed.state is ShareState.CLOSED


async def test_a_share_of_a_second_is_closed_in_real_time(sockets: Path) -> None:
    async with sharing(sockets) as s, keeping(s.shares, s.clock):
        await s.shares.open(asked(expires_in_s=1))
        assert s.front.rows
        async with asyncio.timeout(3):
            await eventually(lambda: not s.front.rows)


async def test_what_fell_due_while_the_cockpit_was_dead_closes_at_its_start(
    sockets: Path,
) -> None:
    clock = HandClock()
    async with sharing(sockets, clock=clock) as s:
        await s.shares.open(asked(expires_in_s=90))
        clock.advance(91)
        async with keeping(s.shares, clock):
            await eventually(lambda: not s.front.rows)


async def test_an_opening_that_died_halfway_is_closed_at_the_next_start(sockets: Path) -> None:
    clock = HandClock()
    async with sharing(sockets, clock=clock) as s:
        share = (await s.shares.open(asked(subdomain="whole"))).model_copy(
            update={"domain_id": "", "subdomain": "half", "address": s.address("half")}
        )
        await s.records.keep(Record("half.localhost", share))
        s.front.open("half.localhost", s.sockets / "hero_whiteboard/web.sock")
        async with keeping(s.shares, clock):
            await eventually(lambda: list(s.front.rows) == ["whole.localhost"])


async def test_a_hero_proxy_that_is_away_is_tried_until_it_is_back(sockets: Path) -> None:
    clock = HandClock()
    async with sharing(sockets, clock=clock) as s:
        await s.shares.open(asked(expires_in_s=60))
        rpc = s.sockets / "hero_proxy" / "rpc.sock"
        rpc.rename(rpc.with_suffix(".away"))
        clock.advance(61)
        async with keeping(s.shares, clock):
            for _ in range(3):
                await eventually(lambda: clock.sleepers > 0)
                clock.advance(30)
            (share,) = (await s.shares.list()).shares
            assert share.state is ShareState.UNCLEAR
            assert "is closed as soon as hero_proxy does it" in share.sentence
            rpc.with_suffix(".away").rename(rpc)
            await eventually(lambda: clock.sleepers > 0)
            clock.advance(30)
            await eventually(lambda: not s.front.rows)


async def test_the_retries_become_rarer_up_to_half_a_minute(sockets: Path) -> None:
    clock = HandClock()
    async with sharing(sockets, clock=clock) as s:
        await s.shares.open(asked(expires_in_s=60))
        rpc = s.sockets / "hero_proxy" / "rpc.sock"
        rpc.unlink()
        clock.advance(61)
        waits: list[float] = []
        async with keeping(s.shares, clock):
            for _ in range(7):
                await eventually(lambda: clock.sleepers > 0)
                began = clock.now()
                while clock.sleepers:
                    clock.advance(0.5)
                waits.append((clock.now() - began) / timedelta(seconds=1))
        assert waits == [1, 2, 4, 8, 16, 30, 30]


async def test_the_watch_outlives_a_record_that_cannot_be_read(sockets: Path) -> None:
    clock = HandClock()
    async with sharing(sockets, clock=clock) as s, a_database(sockets) as database:
        await s.shares.open(asked(expires_in_s=60))
        change = "UPDATE share SET audience = ?"
        await database.run(lambda t: t.change(change, "nonsense"))
        async with keeping(s.shares, clock):
            await eventually(lambda: clock.sleepers > 0)
            await database.run(lambda t: t.change(change, "public"))
            clock.advance(61)
            await eventually(lambda: not s.front.rows)
