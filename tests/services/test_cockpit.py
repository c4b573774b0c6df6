from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from services.api import Operation
from services.claims import GUEST, Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract.console import (
    CLOSE_CONSOLE,
    LIST_CONSOLES,
    OPEN_CONSOLE,
    READ_CONSOLE,
    RESIZE_CONSOLE,
    WRITE_CONSOLE,
    OneConsole,
    OpenConsole,
    ReadConsole,
    ResizeConsole,
    WriteConsole,
)
from services.contract.machine import SYSTEM_INFO, WHOAMI
from services.contract.service import (
    GET_SERVICE,
    LIST_SERVICES,
    RESTART_SERVICE,
    START_SERVICE,
    STOP_SERVICE,
    WATCH,
    ChangeService,
    ListServices,
    OneService,
    Watch,
)
from services.errors import CockpitError, Invalid, NotAllowed, NotFound, Unreachable
from services.handlers.console import ConsoleHandler
from services.handlers.machine import MachineHandler
from services.handlers.service import ServiceHandler
from services.machine.consoles import Consoles
from services.models import State
from services.operations import OPERATIONS
from services.params import NoParams, read_params
from services.wire.node import LocalNode
from tests.services.daemons import eventually
from tests.services.guests import serving_guest
from tests.services.machines import Machine, machine

OWNER = Identity(user="owner", via="rpc", right=Right.ADMIN)
WRITER = Identity(user="writer", via="web", right=Right.WRITE)
VIEWER = Identity(user="viewer", via="web", right=Right.READ)


@asynccontextmanager
async def cockpit_of(made: Machine, home: Path) -> AsyncIterator[Cockpit]:
    consoles = Consoles(LocalNode(), vms=home / "vms")
    try:
        yield Cockpit(
            [
                ServiceHandler(made.store, made.actions),
                ConsoleHandler(consoles),
                MachineHandler(made.store, home=home, version="1.2.3"),
            ]
        )
    finally:
        await consoles.close()


@asynccontextmanager
async def a_cockpit(sockets: Path) -> AsyncIterator[tuple[Cockpit, Machine]]:
    async with machine(sockets) as made, cockpit_of(made, sockets) as cockpit:
        await made.add("hero_books", extra={"description": "Reads books"})
        await made.add("hero_router", extra={"title": "Router", "description": "Finds the way"})
        yield cockpit, made


@contextmanager
def refused(kind: type[CockpitError]) -> Iterator[list[str]]:
    said: list[str] = []
    with pytest.raises(CockpitError) as caught:
        yield said
    assert type(caught.value) is kind
    said.append(caught.value.message)


def sample(operation: Operation[Any, Any]) -> BaseModel:
    params: BaseModel = read_params(operation.params, operation.example)
    return params


@pytest.mark.parametrize("name", [n for n, o in OPERATIONS.items() if o.right is not Right.READ])
@pytest.mark.parametrize("identity", [None, GUEST, VIEWER])
async def test_what_needs_more_than_reading_is_refused_in_words_and_reaches_nobody(
    sockets: Path, name: str, identity: Identity | None
) -> None:
    async with a_cockpit(sockets) as (cockpit, made):
        with refused(NotAllowed) as said:
            if identity is None:
                await cockpit.call(OPERATIONS[name], sample(OPERATIONS[name]))
            else:
                with acting_as(identity):
                    await cockpit.call(OPERATIONS[name], sample(OPERATIONS[name]))
        right = OPERATIONS[name].right
        wanted = f"right to {right}, which viewer" if identity is VIEWER else "sign in as the owner"
        assert wanted in said[0]
        assert made.supervisor.calls == []


@pytest.mark.parametrize("identity", [GUEST, VIEWER, WRITER, OWNER])
async def test_anybody_may_read_and_guests_see_less(sockets: Path, identity: Identity) -> None:
    async with a_cockpit(sockets) as (cockpit, _):
        with acting_as(identity):
            listed = await cockpit.call(LIST_SERVICES, ListServices(filter="", state=None))
            watched = await cockpit.call(WATCH, Watch(since=0, timeout_s=5))
            one = await cockpit.call(GET_SERVICE, OneService(name="hero_books"))
            system = await cockpit.call(SYSTEM_INFO, NoParams())
        everything = "".join(m.model_dump_json() for m in (listed, watched, one, system))
        guest = identity.is_guest
        assert (str(sockets) in everything) is not guest
        assert {one.pid, *(s.pid for s in (*listed.services, *watched.services))} == (
            {None} if guest else {100}
        )


async def test_a_writer_restarts_and_gets_the_service_as_seen_at_the_end(sockets: Path) -> None:
    async with a_cockpit(sockets) as (cockpit, _):
        with acting_as(WRITER):
            service = await cockpit.call(RESTART_SERVICE, ChangeService(name="hero_books"))
            assert (service.state, service.pid) == (State.RUNNING, 1001)
            service = await cockpit.call(STOP_SERVICE, ChangeService(name="hero_books"))
            assert service.state is State.STOPPED
            service = await cockpit.call(START_SERVICE, ChangeService(name="hero_books"))
            assert service.state is State.RUNNING


FILTERS = [
    ("", None, ["hero_books", "hero_router"]),
    ("BOOKS", None, ["hero_books"]),
    ("reads", None, ["hero_books"]),
    ("nothing", None, []),
    ("", State.RUNNING, ["hero_books", "hero_router"]),
    ("", State.FAILED, []),
]


@pytest.mark.parametrize(("text", "state", "names"), FILTERS)
async def test_a_list_can_be_narrowed(
    sockets: Path, text: str, state: State | None, names: list[str]
) -> None:
    async with a_cockpit(sockets) as (cockpit, _):
        listed = await cockpit.call(LIST_SERVICES, ListServices(filter=text, state=state))
    assert [service.name for service in listed.services] == names


async def test_a_list_is_fresh(sockets: Path) -> None:
    async with a_cockpit(sockets) as (cockpit, made):
        listing = ListServices(filter="", state=None)
        before = await cockpit.call(LIST_SERVICES, listing)
        made.supervisor.services["hero_books"].pid = 7
        await made.store.refresh()
        after = await cockpit.call(LIST_SERVICES, listing)
    assert after.revision > before.revision
    assert after.at is not None
    assert after.source.reachable


async def test_a_hero_proc_that_never_answered_is_unreachable_not_empty(sockets: Path) -> None:
    async with a_cockpit(sockets) as (cockpit, made):
        await made.daemon.stop()
        with refused(Unreachable) as said:
            await cockpit.call(LIST_SERVICES, ListServices(filter="", state=None))
        assert "hero_proc cannot be reached" in said[0]
        with refused(Unreachable):
            await cockpit.call(GET_SERVICE, OneService(name="hero_books"))
        system = await cockpit.call(SYSTEM_INFO, NoParams())
        assert system.health.startswith("Nothing is known of the services: hero_proc cannot")
        assert not system.source.reachable


@pytest.mark.parametrize("identity", [GUEST, VIEWER])
async def test_errors_tell_paths_to_everybody_but_guests(sockets: Path, identity: Identity) -> None:
    async with a_cockpit(sockets) as (cockpit, made):
        await made.daemon.stop()
        with acting_as(identity), refused(Unreachable) as said:
            await cockpit.call(LIST_SERVICES, ListServices(filter="", state=None))
        assert ("/" in said[0]) is not identity.is_guest
        assert "rpc.sock: nobody listens there" in said[0]


async def test_an_unknown_service_is_not_found_with_its_neighbours(sockets: Path) -> None:
    async with a_cockpit(sockets) as (cockpit, _):
        with refused(NotFound) as said:
            await cockpit.call(GET_SERVICE, OneService(name="hero_boks"))
        assert said[0].endswith("Did you mean hero_books?")


async def test_system_info_tells_versions_health_and_counts(sockets: Path) -> None:
    async with a_cockpit(sockets) as (cockpit, _):
        with acting_as(VIEWER):
            system = await cockpit.call(SYSTEM_INFO, NoParams())
    assert (system.version, system.health) == ("1.2.3", "All 2 services answer.")
    assert system.counts == {State.RUNNING: 2}
    assert system.home == str(sockets)


RIGHTS: list[tuple[Identity, tuple[str, ...]]] = [
    (GUEST, ("read",)),
    (VIEWER, ("read",)),
    (WRITER, ("read", "write")),
    (OWNER, ("read", "write", "admin")),
]


@pytest.mark.parametrize(("identity", "rights"), RIGHTS)
async def test_whoami_tells_the_caller_and_the_rights(
    sockets: Path, identity: Identity, rights: tuple[str, ...]
) -> None:
    async with a_cockpit(sockets) as (cockpit, _):
        with acting_as(identity):
            me = await cockpit.call(WHOAMI, NoParams())
    assert (me.name, me.guest, me.via) == (identity.name, identity.is_guest, identity.via)
    assert me.rights == rights


async def test_parameters_of_another_operation_are_refused(sockets: Path) -> None:
    wrong: Any = NoParams()
    async with a_cockpit(sockets) as (cockpit, _):
        with refused(Invalid) as said:
            await cockpit.call(GET_SERVICE, wrong)
        assert said == ["cockpit.get_service takes OneService."]


async def test_a_console_is_opened_typed_into_read_resized_and_closed(sockets: Path) -> None:
    async with a_cockpit(sockets) as (cockpit, _), serving_guest(sockets / "vms", "vm1"):
        with acting_as(OWNER):
            opened = await cockpit.call(OPEN_CONSOLE, OpenConsole(name="main", vm=None))
            assert (opened.name, opened.vm) == ("main", "vm1")

            async def shows(text: str) -> bool:
                read = ReadConsole(console="main", since=None)
                screen = await cockpit.call(READ_CONSOLE, read)
                return any(text in row for row in screen.text)

            await eventually(lambda: shows("welcome"))
            for params in (
                WriteConsole(console="main", text="héllo\n", data_base64=None),
                WriteConsole(console="main", text=None, data_base64="YnllCg=="),
            ):
                await cockpit.call(WRITE_CONSOLE, params)
            await eventually(lambda: shows("héllo"))
            await eventually(lambda: shows("bye"))
            size = ResizeConsole(console="main", rows=10, columns=40)
            resized = await cockpit.call(RESIZE_CONSOLE, size)
            assert (resized.rows, resized.columns) == (10, 40)
            listed = await cockpit.call(LIST_CONSOLES, NoParams())
            assert ([c.name for c in listed.consoles], listed.vms) == (["main"], ("vm1",))
            assert (await cockpit.call(CLOSE_CONSOLE, OneConsole(console="main"))).ok
            with refused(NotFound):
                await cockpit.call(READ_CONSOLE, ReadConsole(console="main", since=None))


@pytest.mark.parametrize(
    ("text", "data"), [(None, None), ("a", "YQ=="), (None, "not base64!"), (None, "YQ")]
)
async def test_what_is_typed_is_either_text_or_base64(
    sockets: Path, text: str | None, data: str | None
) -> None:
    async with a_cockpit(sockets) as (cockpit, _):
        with acting_as(OWNER), refused(Invalid) as said:
            params = WriteConsole(console="main", text=text, data_base64=data)
            await cockpit.call(WRITE_CONSOLE, params)
        assert "base64" in said[0]
