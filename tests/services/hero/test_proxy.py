import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.contract.share import Audience
from services.errors import Refused, Unreachable
from services.hero.proxy import ProxyClient
from services.hero.proxy_routes import NewRoute, Route, looks_like_routes, read_added, read_routes
from services.wire.node import LocalNode
from tests.services.daemons import serving
from tests.services.fronts import Front


def _without_domain(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key != "domain"}


SWITCHES: list[dict[str, Any]] = [
    {"prefix": "domain_route."},
    {"prefix": "domains."},
    {"documented": False},
    {"textual_ids": True},
    {"without_list": True},
    {"lacks": frozenset({"https_redirect", "strip_prefix", "target_type"})},
    {"delete_by": "domain"},
    {"delete_by": "domain_id"},
    {"delete_by": "name"},
    {"result": lambda row: row["id"]},
    {"result": lambda row: str(row["id"])},
    {"result": lambda row: {"domain_route": row}},
    {"result": lambda row: {"ok": True, "domain_id": row["id"]}},
    {"result": lambda row: None},
    {"list_shape": lambda rows: {row["domain"]: _without_domain(row) for row in rows}},
    {"list_shape": lambda rows: {"domains": rows, "total": len(rows)}},
    {"list_shape": lambda rows: {"result": {"routes": rows}}},
    {"list_shape": lambda rows: rows or None},
]
PAIRS = [
    one | two for one, two in itertools.combinations(SWITCHES, 2) if not one.keys() & two.keys()
]


def _name(switches: dict[str, Any]) -> str:
    return ",".join(str(SWITCHES.index(s)) for s in SWITCHES if s.items() <= switches.items())


@asynccontextmanager
async def talking_to(front: Front, sockets: Path) -> AsyncIterator[ProxyClient]:
    async with serving(sockets / "hero_proxy" / "rpc.sock", front.handler()):
        proxy = ProxyClient.at(LocalNode(), sockets)
        try:
            yield proxy
        finally:
            await proxy.close()


def _needs_an_id_that_nobody_tells(front: Front) -> bool:
    tells = front.result({"id": 1}) is not None
    return front.without_list and not tells and front.delete_by in {"id", "domain_id"}


@pytest.mark.parametrize("switches", [{}, *SWITCHES, *PAIRS], ids=_name)
async def test_every_dialect_adds_lists_and_deletes(
    sockets: Path, switches: dict[str, Any]
) -> None:
    front = Front(**switches)
    async with talking_to(front, sockets) as proxy:
        front.open("other.localhost", sockets / "hero_other/web.sock")
        new = NewRoute("mik.localhost", "/s/hero_books/web.sock", Audience.PEOPLE, ("ann",))
        route = await proxy.add(new)
        row = front.rows["mik.localhost"]
        assert row["auth_mode"] == "oauth"
        assert row["allowed_pubkeys"] == ["ann"]
        assert row["target"] == "/s/hero_books/web.sock"
        listed = await proxy.list()
        if front.without_list:
            assert listed is None
        else:
            assert listed is not None
            assert [one.domain for one in listed] == ["other.localhost", "mik.localhost"]
            assert route == listed[1]
            assert route.audience is Audience.PEOPLE
        if _needs_an_id_that_nobody_tells(front):
            with pytest.raises(Refused):
                await proxy.delete(route)
            return
        await proxy.delete(route)
        assert list(front.rows) == ["other.localhost"]


async def test_what_is_gone_already_is_deleted(sockets: Path) -> None:
    async with talking_to(Front(), sockets) as proxy:
        await proxy.delete(Route("mik.localhost", id=7))


async def test_a_deletion_that_changes_nothing_is_refused(sockets: Path) -> None:
    front = Front()
    async with talking_to(front, sockets) as proxy:
        front.open("mik.localhost", sockets)
        kept = dict(front.rows)
        front.before_answer = lambda verb: front.rows.update(kept)
        with pytest.raises(Refused, match="goes on listing it"):
            await proxy.delete(Route("mik.localhost", id=1))


async def test_the_provider_is_named_only_where_people_sign_in(sockets: Path) -> None:
    front = Front()
    async with talking_to(front, sockets) as proxy:
        for audience in (Audience.PUBLIC, Audience.SIGNED_IN):
            new = NewRoute(f"{audience}.localhost", "/s/x/web.sock", audience)
            await proxy.add(new, oauth_provider="forge.example.org")
    assert "oauth_provider" not in front.rows["public.localhost"]
    assert front.rows["signed_in.localhost"]["oauth_provider"] == "forge.example.org"


async def test_an_absent_hero_proxy_is_unreachable(sockets: Path) -> None:
    proxy = ProxyClient.at(LocalNode(), sockets)
    with pytest.raises(Unreachable, match="hero_proxy cannot be reached"):
        await proxy.list()
    await proxy.close()


async def test_a_list_of_unknown_shape_is_refused(sockets: Path) -> None:
    async with talking_to(Front(list_shape=lambda _: "none"), sockets) as proxy:
        with pytest.raises(Refused, match="unknown shape"):
            await proxy.list()


@pytest.mark.parametrize(
    ("row", "audience"),
    [
        ({"auth_mode": "none"}, Audience.PUBLIC),
        ({"auth_mode": "Optional"}, Audience.PUBLIC),
        ({"auth_mode": "oauth", "allowed_emails": []}, Audience.SIGNED_IN),
        ({"auth_mode": "bearer"}, Audience.SIGNED_IN),
        ({"auth_mode": "oauth", "allowed_emails": ["A@b.c"]}, Audience.PEOPLE),
        ({}, None),
    ],
)
def test_who_may_pass_is_read_from_mode_and_lists(
    row: dict[str, Any], audience: Audience | None
) -> None:
    (route,) = read_routes([{"domain": "Mik.Localhost.", **row}])
    assert route.domain == "mik.localhost"
    assert route.audience is audience


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.floats(allow_nan=False),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["domain", "id", "target", "auth_mode", "routes", "allowed_emails", "x"]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@given(JSON)
@example([" "])
@example({"domain": "."})
def test_any_result_is_read_or_known_as_unreadable(result: Any) -> None:
    looks_like_routes(result)
    for route in read_routes(result):
        assert route.domain
        assert route.key
    assert read_added(result, domain="mik.localhost").domain == "mik.localhost"
