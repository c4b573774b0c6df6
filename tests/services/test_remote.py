from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from cockpit_app.rpc import jsonrpc
from cockpit_app.rpc.server import rpc_app
from services.api import Api
from services.contract.console import WRITE_CONSOLE, WriteConsole
from services.contract.machine import WHOAMI
from services.contract.service import (
    GET_SERVICE,
    LIST_SERVICES,
    RESTART_SERVICE,
    WATCH,
    ChangeService,
    ListServices,
    OneService,
    Watch,
)
from services.errors import KINDS, CockpitError, NotFound, Refused, Unreachable
from services.models import State
from services.params import NoParams
from services.remote import Remote
from services.wire.node import LocalNode
from tests.cockpit_app.rpc.test_server import listening
from tests.services.daemons import http, rpc_handler, serving, short_directory
from tests.services.machines import machine
from tests.services.test_cockpit import cockpit_of


@pytest.fixture
def own() -> Iterator[Path]:
    with short_directory() as path:
        yield path


@asynccontextmanager
async def remote_to(sockets: Path, own: Path) -> AsyncIterator[Remote]:
    """A real cockpit over a real socket."""
    async with machine(sockets) as made, cockpit_of(made, sockets) as cockpit:
        await made.add("hero_books")
        app = rpc_app(cockpit, version="1.2.3")
        async with (
            listening(app, own / "rpc.sock"),
            Remote(LocalNode(), own / "rpc.sock") as remote,
        ):
            yield remote


async def outcome(own: Path, call: jsonrpc.Call) -> Any:
    async with (
        serving(own / "rpc.sock", rpc_handler(call)),
        Remote(LocalNode(), own / "rpc.sock") as remote,
    ):
        try:
            return await remote.call(GET_SERVICE, OneService(name="x"))
        except CockpitError as error:
            return error


async def test_the_same_calls_give_the_same_values_over_a_socket(sockets: Path, own: Path) -> None:
    async with remote_to(sockets, own) as remote:
        api: Api = remote
        listed = await api.call(LIST_SERVICES, ListServices(filter="books", state=None))
        assert [(s.name, s.state) for s in listed.services] == [("hero_books", State.RUNNING)]
        assert listed.services[0].facts.sockets.at is not None
        restarted = await api.call(RESTART_SERVICE, ChangeService(name="hero_books"))
        assert restarted.pid == 1001
        snapshot = await api.call(WATCH, Watch(since=0, timeout_s=5))
        assert snapshot.service("hero_books") == restarted or snapshot.revision > 0
        assert (await api.call(WHOAMI, NoParams())).via == "rpc"


async def test_errors_come_back_as_the_kind_that_was_raised_with_its_words(
    sockets: Path, own: Path
) -> None:
    async with remote_to(sockets, own) as remote:
        with pytest.raises(NotFound) as caught:
            await remote.call(GET_SERVICE, OneService(name="hero_boks"))
        assert caught.value.message == (
            "There is no service 'hero_boks' here. Did you mean hero_books?"
        )
        params = WriteConsole(console="main", text="x", data_base64=None)
        with pytest.raises(NotFound, match="There is no console 'main'"):
            await remote.call(WRITE_CONSOLE, params)
        with pytest.raises(Refused, match="Method not found"):
            await remote.call_raw("nothing.here")


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_survives_the_wire(own: Path, kind: type[CockpitError]) -> None:
    async def fail(method: str, params: jsonrpc.Params) -> Any:
        raise jsonrpc.Fault(kind.code, "In words.", {"kind": kind.kind})

    error = await outcome(own, fail)
    assert type(error) is kind
    assert error.message == "In words."


@pytest.mark.parametrize("data", [None, {}, {"kind": "odd"}, {"kind": ["x"]}])
async def test_an_error_of_no_known_kind_is_a_refusal(own: Path, data: Any) -> None:
    async def fail(method: str, params: jsonrpc.Params) -> Any:
        raise jsonrpc.Fault(-32000, "In words.", data)

    error = await outcome(own, fail)
    assert isinstance(error, Refused)
    assert "In words." in error.message


async def test_an_answer_of_another_version_is_refused_not_misread(own: Path) -> None:
    async def other(method: str, params: jsonrpc.Params) -> Any:
        return {"nothing": "known"}

    error = await outcome(own, other)
    assert type(error) is Refused
    assert "hero_cockpit answered cockpit.get_service in an unknown shape" in error.message


async def test_an_absent_cockpit_is_unreachable(own: Path) -> None:
    async with Remote(LocalNode(), own / "rpc.sock") as remote:
        with pytest.raises(Unreachable, match="hero_cockpit cannot be reached"):
            await remote.call(WHOAMI, NoParams())


async def test_a_change_is_sent_once_and_a_read_again_when_it_was_cut(own: Path) -> None:
    seen: list[str] = []

    async def cut(request: Any) -> bytes:
        seen.append(request.verb)
        return b"" if len(seen) == 1 else http('{"jsonrpc":"2.0","id":1,"result":null}')

    async with serving(own / "rpc.sock", cut, ends_after_each=True):
        async with Remote(LocalNode(), own / "rpc.sock") as remote:
            with pytest.raises(Unreachable, match="may have been done"):
                await remote.call(RESTART_SERVICE, ChangeService(name="x"))
        assert len(seen) == 1
        seen.clear()
        async with Remote(LocalNode(), own / "rpc.sock") as remote:
            with pytest.raises(Refused, match="unknown shape"):
                await remote.call(GET_SERVICE, OneService(name="x"))
        assert len(seen) == 2
