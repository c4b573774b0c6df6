import itertools
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.errors import CockpitError, Unreachable
from services.hero.proc import ProcClient
from services.hero.reports import Word
from services.wire.node import LocalNode
from services.wire.rpc import RpcClient
from tests.services.daemons import Request, Supervisor, http, serving, short_directory
from tests.services.wire.test_http_socket import FarNode


@asynccontextmanager
async def talking_to(supervisor: Supervisor, sockets: Path) -> AsyncIterator[ProcClient]:
    async with serving(sockets / "p.sock", supervisor.handler()):
        proc = ProcClient(RpcClient(LocalNode(), [sockets / "p.sock"], daemon="hero_proc"))
        yield proc
        await proc.close()


SWITCHES: list[dict[str, Any]] = [
    {"missing": frozenset({"list_full"})},
    {"missing": frozenset({"restart"})},
    {"underscore": True},
    {"unknown_code": -32000},
    {"list_shape": "map"},
    {"list_shape": "words"},
    {"list_shape": "names"},
    {"list_shape": "services"},
    {"list_shape": "items"},
    {"list_shape": "result"},
    {"change_result": True},
    {"change_result": "ok"},
    {"change_result": {"ok": True}},
    {"parameter": "service"},
    {"wrapped": True},
    {"documented": True},
]
PAIRS = [
    one | two for one, two in itertools.combinations(SWITCHES, 2) if not one.keys() & two.keys()
]


@pytest.mark.parametrize("switches", [{}, *SWITCHES, *PAIRS], ids=str)
async def test_every_dialect_lists_stops_and_restarts(
    sockets: Path, switches: dict[str, Any]
) -> None:
    supervisor = Supervisor(**switches)
    supervisor.add("hero_books", "hero_router")
    async with talking_to(supervisor, sockets) as proc:
        reports = await proc.list()
        assert [(r.name, r.word) for r in reports] == [
            ("hero_books", Word.RUNNING),
            ("hero_router", Word.RUNNING),
        ]
        await proc.stop("hero_books")
        assert (await proc.status("hero_books")).word is Word.STOPPED
        await proc.restart("hero_books")
        assert (await proc.status("hero_books")).pid == supervisor.next_pid
        await proc.start("hero_books")


async def test_names_that_need_care_travel_unharmed(sockets: Path) -> None:
    names = ["a b", 'quo"te', "名前", "x" * 200, "a/b", "%2e", "é\u0301"]
    supervisor = Supervisor()
    supervisor.add(*names)
    async with talking_to(supervisor, sockets) as proc:
        assert [r.name for r in await proc.list()] == sorted(names)
        for name in names:
            await proc.stop(name)
    assert {s.state for s in supervisor.services.values()} == {"inactive"}


async def test_no_services_is_an_empty_list(sockets: Path) -> None:
    async with talking_to(Supervisor(), sockets) as proc:
        assert await proc.list() == []


async def test_thousands_of_services_are_listed(sockets: Path) -> None:
    supervisor = Supervisor()
    supervisor.add(*(f"s{n}" for n in range(3000)))
    async with talking_to(supervisor, sockets) as proc:
        assert len(await proc.list()) == 3000


async def test_a_node_behind_a_broken_link_is_unreachable() -> None:
    proc = ProcClient(RpcClient(FarNode(), [Path("/p.sock")], daemon="hero_proc"))
    with pytest.raises(Unreachable, match="The link to the machine is down"):
        await proc.list()
    await proc.close()


rubbish_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["name", "state", "services"]) | st.text(), inner)
    ),
    max_leaves=8,
)


async def listed(body: bytes) -> object:
    """What `list` makes of a hero_proc that sends `body` to everything."""

    async def handle(request: Request) -> bytes:
        if not body.startswith(b"{RESULT}"):
            return http(body)
        sent = json.loads(request.body or b"{}").get("id")
        result = json.loads(body.removeprefix(b"{RESULT}"))
        return http(json.dumps({"jsonrpc": "2.0", "id": sent, "result": result}))

    with short_directory() as sockets:
        async with serving(sockets / "p.sock", handle):
            proc = ProcClient(RpcClient(LocalNode(), [sockets / "p.sock"], daemon="hero_proc"))
            try:
                return await proc.list()
            except CockpitError as error:
                return error
            finally:
                await proc.close()


bodies = st.one_of(
    st.binary(max_size=200),
    rubbish_json.map(lambda v: json.dumps(v).encode()),
    rubbish_json.map(lambda v: b"{RESULT}" + json.dumps(v).encode()),
)


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=bodies)
async def test_a_hero_proc_that_answers_rubbish_gives_reports_or_one_of_the_five(
    body: bytes,
) -> None:
    outcome = await listed(body)
    if isinstance(outcome, CockpitError):
        assert "hero_proc" in outcome.message
    else:
        assert isinstance(outcome, list)
