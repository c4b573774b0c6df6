import asyncio
from pathlib import Path
from typing import Any

import pytest

from cockpit_app.rpc import jsonrpc
from services.claims import Identity, acting_as
from services.contract.share import Audience, ShareState
from services.errors import Invalid, NotAllowed, NotFound, Refused, Unreachable
from tests.services.clocks import RacingClock
from tests.services.daemons import eventually, http
from tests.services.fronts import Front
from tests.services.sharing import PAGE, asked, sharing


async def test_a_public_share_shows_the_page_to_a_stranger(sockets: Path) -> None:
    async with sharing(sockets) as s:
        with acting_as(Identity(user="mik")):
            share = await s.shares.open(asked())
        assert share.state is ShareState.OPEN
        assert share.address == f"http://mik.localhost:{s.front.port}/"
        assert share.created_by == "mik"
        assert share.witness is not None
        assert share.witness.as_expected
        assert (share.witness.status, share.witness.title) == (200, "Whiteboard")
        assert share.witness.text == "Boards for all"
        listed = await s.shares.list()
        assert [one.domain_id for one in listed.shares] == ["1"]
        assert listed.domain == f"localhost:{s.front.port}"
        assert listed.shares[0] == share


@pytest.mark.parametrize("audience", [Audience.SIGNED_IN, Audience.PEOPLE])
async def test_a_share_for_some_asks_a_stranger_to_sign_in(
    sockets: Path, audience: Audience
) -> None:
    people = ("ann", "bob@example.org") if audience is Audience.PEOPLE else ()
    async with sharing(sockets) as s:
        share = await s.shares.open(asked(audience=audience, people=people))
        assert share.state is ShareState.OPEN
        assert share.witness is not None
        assert share.witness.status == 401
        row = s.front.rows["mik.localhost"]
        assert row["auth_mode"] == "oauth"
        assert row.get("allowed_pubkeys", []) == list(people[:1])
        assert row.get("allowed_emails", []) == list(people[1:])


async def test_a_closed_share_is_proven_closed_and_no_longer_listed(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked())
        share = await s.shares.close("mik")
        assert share.state is ShareState.CLOSED
        assert share.closed_at is not None
        assert share.witness is not None
        assert share.witness.status == 404
        assert s.front.rows == {}
        assert (await s.shares.list()).shares == ()
        assert (await s.shares.list(closed=True)).shares == (share,)
        with pytest.raises(NotFound):
            await s.shares.close("mik")


async def test_a_share_that_a_stranger_still_enters_is_never_called_closed(sockets: Path) -> None:
    clock = RacingClock()
    async with sharing(sockets, Front(forgets_to_close=True), clock=clock) as s:
        await s.shares.open(asked())
        began = clock.monotonic()
        share = await s.shares.close("mik")
        assert share.state is ShareState.UNCLEAR
        assert share.closed_at is None
        assert "still gets in, and sees “Whiteboard”" in share.sentence
        assert 5.0 <= clock.monotonic() - began < 6.0
        (due,) = await s.records.open()
        assert due.is_due(clock.now()), "it is closed again until it is closed"
        s.front.served.clear()
        ((_, error),) = await s.shares.close_due()
        assert error is None
        assert await s.records.open() == []


async def test_what_every_name_shows_is_no_way_in(sockets: Path) -> None:
    portal = http("<title>Portal</title>Welcome", kind="text/html")
    async with sharing(sockets, Front(nowhere=portal)) as s:
        await s.shares.open(asked())
        share = await s.shares.close("mik")
        assert share.state is ShareState.CLOSED
        assert "any name that is not shared" in share.sentence


async def test_a_share_that_turns_out_open_to_all_is_closed_and_refused(sockets: Path) -> None:
    async with sharing(sockets, Front(everybody_passes=True)) as s:
        with pytest.raises(Refused, match=r"gets in without signing in.*closed again"):
            await s.shares.open(asked(audience=Audience.SIGNED_IN))
        assert s.front.rows == {}
        assert await s.records.open() == []


@pytest.mark.parametrize(
    ("front", "people"),
    [
        (Front(lacks=frozenset({"allowed_emails"})), ("ann@example.org",)),
        (Front(lacks=frozenset({"allowed_pubkeys"})), ("ann",)),
    ],
    ids=["emails", "users"],
)
async def test_what_cannot_be_limited_to_people_is_refused_before_it_is_opened(
    sockets: Path, front: Front, people: tuple[str, ...]
) -> None:
    async with sharing(sockets, front) as s:
        with pytest.raises(Refused, match="cannot limit a share to people by"):
            await s.shares.open(asked(audience=Audience.PEOPLE, people=people))
        assert not [method for method, _ in front.calls if method.endswith("add")]


@pytest.mark.parametrize("documented", [True, False])
async def test_people_that_hero_proxy_forgot_close_the_share_again(
    sockets: Path, documented: bool
) -> None:
    front = Front(documented=documented, ignores=frozenset({"allowed_pubkeys"}))
    async with sharing(sockets, front) as s:
        with pytest.raises(Refused, match="more people than you asked for"):
            await s.shares.open(asked(audience=Audience.PEOPLE, people=("ann",)))
        assert front.rows == front.served == {}


async def test_an_unproven_limit_counts_as_none(sockets: Path) -> None:
    bare = Front(documented=False, list_shape=lambda rows: [row["domain"] for row in rows])
    async with sharing(sockets, bare) as s:
        with pytest.raises(Refused, match="more people than you asked for"):
            await s.shares.open(asked(audience=Audience.PEOPLE, people=("ann",)))
        assert bare.rows == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"subdomain": "-mik"}, "cannot be a name"),
        ({"subdomain": "cockpit"}, "kept for the machine"),
        ({"people": ("ann",)}, "audience is another"),
        ({"audience": Audience.PEOPLE}, "with whom"),
        ({"audience": Audience.PEOPLE, "people": ("a b",)}, "neither a user name"),
    ],
)
async def test_what_cannot_be_meant_is_refused_before_hero_proxy_is_asked(
    sockets: Path, given: dict[str, Any], words: str
) -> None:
    async with sharing(sockets) as s:
        with pytest.raises(Invalid, match=words):
            await s.shares.open(asked(**given))
        assert s.front.calls == []


async def test_a_name_is_shared_once_even_when_two_ask_at_once(sockets: Path) -> None:
    async with sharing(sockets) as s:
        asks = [s.shares.open(asked()) for _ in range(4)]
        ended = await asyncio.gather(*asks, return_exceptions=True)
        refused = [error for error in ended if isinstance(error, Refused)]
        assert len(refused) == 3
        assert all("shared already" in error.message for error in refused)
        assert len(s.front.rows) == 1


async def test_a_name_that_was_ended_at_hero_proxy_can_be_shared_anew(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked())
        s.front.rows.clear()
        s.front.served.clear()
        (gone,) = (await s.shares.list()).shares
        assert gone.state is ShareState.CLOSED
        assert "no longer has it" in gone.sentence
        assert (await s.shares.check("mik")).closed_at is not None
        again = await s.shares.open(asked())
        assert again.state is ShareState.OPEN


async def test_ten_shares_are_opened_in_an_hour(sockets: Path) -> None:
    clock = RacingClock()
    async with sharing(sockets, clock=clock) as s:
        for number in range(10):
            await s.shares.open(asked(subdomain=f"n{number}"))
        with pytest.raises(Refused, match="10 times in 1 hour"):
            await s.shares.open(asked(subdomain="n10"))
        with acting_as(Identity(user="another")):
            assert (await s.shares.open(asked(subdomain="n10"))).state is ShareState.OPEN
        clock.advance(3600)
        await s.shares.open(asked(subdomain="n11"))


async def test_all_shares_are_closed_at_once_each_with_its_proof(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked(subdomain="one"))
        await s.shares.open(asked(subdomain="two", audience=Audience.SIGNED_IN))
        s.front.open("three.localhost", s.sockets / "hero_whiteboard/web.sock")
        ended = await s.shares.close_all()
        assert {share.subdomain: share.state for share in ended.shares} == dict.fromkeys(
            ("one", "two", "three"), ShareState.CLOSED
        )
        assert all(share.witness and share.witness.as_expected for share in ended.shares)
        assert ended.sentence == ""
        assert s.front.rows == {}


async def test_the_machines_own_way_in_is_no_share_and_cannot_be_closed(sockets: Path) -> None:
    async with sharing(sockets) as s:
        own = s.sockets / "hero_cockpit" / "web.sock"
        alias = s.sockets / "alias"
        alias.symlink_to(own.parent)
        s.front.open("lab.localhost", own)
        s.front.open("lab2.localhost", alias / "web.sock")
        assert (await s.shares.list()).shares == ()
        for name in ("1", "lab", "lab.localhost", "2"):
            with pytest.raises(NotFound):
                await s.shares.close(name)
        await s.shares.close_all()
        assert len(s.front.rows) == 2
        with pytest.raises(Invalid, match="name of this machine"):
            await s.shares.open(asked(subdomain="1ab"))


async def test_shares_of_others_are_listed_checked_and_closed(sockets: Path) -> None:
    async with sharing(sockets) as s:
        s.front.open("theirs.localhost", s.sockets / "hero_whiteboard/web.sock")
        s.front.open("bad.localhost", s.sockets / "hero_proc/rpc.sock")
        theirs, bad = (await s.shares.list()).shares
        assert (theirs.subdomain, theirs.service) == ("theirs", "hero_whiteboard_web")
        assert (theirs.created_by, theirs.state) == ("", ShareState.UNCLEAR)
        assert theirs.audience is Audience.PUBLIC
        assert bad.sentence.startswith("Close it: whoever opened hero_proc")
        checked = await s.shares.check("theirs.localhost")
        assert checked.state is ShareState.OPEN
        assert (await s.shares.close("bad")).state is ShareState.CLOSED
        assert list(s.front.rows) == ["theirs.localhost"]


async def test_a_check_sees_that_the_service_is_down(sockets: Path) -> None:
    async with sharing(sockets, clock=RacingClock()) as s:
        await s.shares.open(asked())
        await s.servers[0].stop()
        share = await s.shares.check("mik")
        assert share.state is ShareState.UNCLEAR
        assert "the service behind it does not answer (status 502)" in share.sentence


async def test_a_check_sees_that_a_share_for_some_lets_everybody_in(sockets: Path) -> None:
    async with sharing(sockets, clock=RacingClock()) as s:
        await s.shares.open(asked(audience=Audience.SIGNED_IN))
        s.front.everybody_passes = True
        share = await s.shares.check("mik")
        assert share.state is ShareState.UNCLEAR
        assert "A stranger gets in without signing in, and sees “Whiteboard”" in share.sentence


async def test_a_check_of_a_closed_share_proves_it_again(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked())
        await s.shares.close("mik")
        assert (await s.shares.check("mik")).state is ShareState.CLOSED
        s.front.served["mik.localhost"] = {
            "auth_mode": "none",
            "target": str(s.sockets / "hero_whiteboard/web.sock"),
        }
        share = await s.shares.check("mik")
        assert share.state is ShareState.UNCLEAR
        assert "still gets in" in share.sentence


async def test_a_hero_proxy_that_is_away_is_said_and_the_end_is_not_forgotten(
    sockets: Path,
) -> None:
    clock = RacingClock()
    async with sharing(sockets, clock=clock) as s:
        share = await s.shares.open(asked())
        rpc = s.sockets / "hero_proxy" / "rpc.sock"
        rpc.rename(rpc.with_suffix(".away"))
        listed = await s.shares.list()
        assert "hero_proxy cannot be reached" in listed.sentence
        assert [one.domain_id for one in listed.shares] == [share.domain_id]
        with pytest.raises(Unreachable, match="mik is still shared, and is closed as soon as"):
            await s.shares.close("mik")
        ((_, error),) = await s.shares.close_due()
        assert error is not None
        rpc.with_suffix(".away").rename(rpc)
        ((_, error),) = await s.shares.close_due()
        assert error is None
        assert s.front.rows == {}


async def test_what_a_dead_hero_proxy_may_have_opened_is_closed_again(sockets: Path) -> None:
    front = Front()
    async with sharing(sockets, front) as s:

        def die(verb: str) -> None:
            if verb == "add":
                raise jsonrpc.Fault(-32603, "died on the way back")

        front.before_answer = die
        with pytest.raises(Refused):
            await s.shares.open(asked())
        assert list(front.rows) == ["mik.localhost"], "it was opened all the same"
        assert s.shares.changed.is_set()
        assert not any(one.created_by for one in (await s.shares.list()).shares)
        await s.shares.close_due()
        assert front.rows == {}


async def test_an_opening_that_is_cut_short_is_closed_again(sockets: Path) -> None:
    async with sharing(sockets) as s:
        added = asyncio.Event()
        s.front.before_answer = lambda verb: added.set() if verb == "add" else None
        opening = asyncio.create_task(s.shares.open(asked()))
        await added.wait()
        opening.cancel()
        await asyncio.wait({opening})
        assert opening.cancelled()
        await s.shares.close_due()
        await eventually(lambda: not s.front.rows)


async def test_page_words_are_foreign_and_made_harmless(sockets: Path) -> None:
    async with sharing(sockets) as s:
        evil = b"<title>a\x1b[2J\nb\xe2\x80\xae</title><p>" + b"x" * 5000

        async def handler(_: object) -> bytes:
            return http(evil, kind="text/html")

        s.servers[0].handler = handler
        share = await s.shares.open(asked())
        assert share.witness is not None
        assert share.witness.title.isprintable()
        assert len(share.witness.text) == 300
        assert PAGE not in share.witness.text.encode()


async def test_only_a_service_that_exists_is_shared(sockets: Path) -> None:
    async with sharing(sockets) as s:
        with pytest.raises(NotFound, match="Did you mean hero_whiteboard_web"):
            await s.shares.open(asked("hero_whiteboard_wed"))
        with pytest.raises(NotAllowed, match="never shared"):
            await s.shares.open(asked("HERO%5FProc"))
        assert s.front.calls == []


async def test_a_name_that_another_took_in_the_same_moment_is_left_alone(sockets: Path) -> None:
    async with sharing(sockets) as s:

        def taken(verb: str) -> None:
            if verb == "add":
                s.front.rows["mik.localhost"]["target"] = str(s.sockets / "hero_else/web.sock")
                raise jsonrpc.Fault(-32007, "the name is shared already")

        s.front.before_answer = taken
        with pytest.raises(Refused, match="shared already"):
            await s.shares.open(asked())
        assert await s.shares.close_due() == []
        assert list(s.front.rows) == ["mik.localhost"]


async def test_what_could_not_be_looked_at_is_closed_but_not_called_proven(sockets: Path) -> None:
    broken = http("<title>Oops</title>", 502, "text/html")
    async with sharing(sockets, Front(nowhere=broken), clock=RacingClock()) as s:
        await s.shares.open(asked())
        share = await s.shares.close("mik")
        assert share.state is ShareState.UNCLEAR
        assert share.closed_at is not None
        assert share.sentence.startswith("hero_proxy no longer has it. Something still answers")
        ended = await s.shares.list()
        assert ended.shares == ()


async def test_two_who_check_a_share_of_others_keep_it_once(sockets: Path) -> None:
    async with sharing(sockets) as s:
        s.front.open("theirs.localhost", s.sockets / "hero_whiteboard/web.sock")
        s.front.open("[odd", s.sockets / "hero_whiteboard/web.sock")
        await asyncio.gather(*(s.shares.check("theirs") for _ in range(3)))
        assert len(await s.records.open()) == 1
        odd = await s.shares.check("[odd")
        assert odd.state is ShareState.UNCLEAR
        assert "no host name" in odd.sentence


async def test_closing_all_without_hero_proxy_is_said_and_done_later(sockets: Path) -> None:
    async with sharing(sockets) as s:
        await s.shares.open(asked(subdomain="one"))
        await s.shares.open(asked(subdomain="two"))
        rpc = s.sockets / "hero_proxy" / "rpc.sock"
        rpc.rename(rpc.with_suffix(".away"))
        with pytest.raises(Unreachable, match="closed as soon as hero_proxy answers"):
            await s.shares.close_all()
        rpc.with_suffix(".away").rename(rpc)
        assert [error for _, error in await s.shares.close_due()] == [None, None]
        assert s.front.rows == {}
