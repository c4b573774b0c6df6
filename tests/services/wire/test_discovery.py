import json
from pathlib import Path
from typing import Any

import pytest

from services.errors import Unreachable
from services.hero.socket_names import candidates, expected_sockets, split_name
from services.wire.discovery import NoSuchMethod, Vocabulary, methods_of
from services.wire.node import LocalNode
from services.wire.reply import Answered
from services.wire.rpc import RpcClient
from tests.services.daemons import HttpServer, Request, Supervisor, http, rpc_handler, serving

PARAMETERS = ("name", "service", "service_name")


def vocabulary_of(path: Path) -> tuple[Vocabulary, RpcClient]:
    client = RpcClient(LocalNode(), [path], daemon="hero_proc")
    return Vocabulary(client, parameters=PARAMETERS), client


async def say(sockets: Path, supervisor: Supervisor, times: int = 1) -> Any:
    supervisor.add("hero_books")
    async with serving(sockets / "p.sock", supervisor.handler()):
        vocabulary, client = vocabulary_of(sockets / "p.sock")
        result = None
        for _ in range(times):
            result = await vocabulary.say(("service.status", "service_status"), "hero_books")
        await client.close()
        return result


DIALECTS = [
    {},
    {"parameter": "service"},
    {"parameter": "service_name"},
    {"wrapped": True},
    {"wrapped": True, "parameter": "service"},
    {"underscore": True},
    {"underscore": True, "unknown_code": -32000},
    {"underscore": True, "wrapped": True, "parameter": "service_name"},
]


@pytest.mark.parametrize("documented", [True, False])
@pytest.mark.parametrize("dialect", DIALECTS)
async def test_each_dialect_is_understood_and_found_out_only_once(
    sockets: Path, dialect: dict[str, Any], documented: bool
) -> None:
    supervisor = Supervisor(documented=documented, **dialect)
    assert (await say(sockets, supervisor, times=3))["name"] == "hero_books"
    assert len({repr(call) for call in supervisor.calls[-2:]}) == 1
    if documented:
        assert len(supervisor.calls) == 3


async def test_a_document_behind_rpc_discover_counts_too(sockets: Path) -> None:
    supervisor = Supervisor(parameter="service", wrapped=True)
    supervisor.add("hero_books")
    asked: list[str] = []

    async def call(method: str, params: Any) -> Any:
        asked.append(method)
        if method == "rpc.discover":
            return json.dumps(supervisor._document())
        return await supervisor.call(method, params)

    async with serving(sockets / "p.sock", rpc_handler(call)):
        vocabulary, client = vocabulary_of(sockets / "p.sock")
        await vocabulary.say(("service.status",), "hero_books")
        await client.close()
    assert asked == ["rpc.discover", "service.status"]


async def test_what_was_learned_is_forgotten_when_the_socket_is_made_anew(sockets: Path) -> None:
    path = sockets / "p.sock"
    old, new = Supervisor(underscore=True), Supervisor(parameter="service_name")
    for supervisor in (old, new):
        supervisor.add("hero_books")
    vocabulary, client = vocabulary_of(path)
    for supervisor in (old, new):
        async with serving(path, supervisor.handler()):
            methods = ("service.status", "service_status")
            assert (await vocabulary.say(methods, "hero_books"))["name"] == "hero_books"
    await client.close()


async def test_methods_known_to_be_absent_are_not_asked_for_again(sockets: Path) -> None:
    supervisor = Supervisor(missing=frozenset({"status"}))
    async with serving(sockets / "p.sock", supervisor.handler()):
        vocabulary, client = vocabulary_of(sockets / "p.sock")
        for _ in range(3):
            with pytest.raises(NoSuchMethod, match="knows none of"):
                await vocabulary.say(("service.status",), "hero_books")
        await client.close()
    assert [method for method, _ in supervisor.calls].count("service.status") == 1


async def test_a_refusal_of_the_service_itself_is_told_and_not_tried_otherwise(
    sockets: Path,
) -> None:
    supervisor = Supervisor()
    async with serving(sockets / "p.sock", supervisor.handler()):
        vocabulary, client = vocabulary_of(sockets / "p.sock")
        with pytest.raises(Answered, match="hero_boks not found"):
            await vocabulary.say(("service.stop", "service_stop"), "hero_boks", changes=True)
        await client.close()
    assert supervisor.changes == ["service.stop"]


async def test_documented_parameters_that_are_refused_are_not_spelt_otherwise(
    sockets: Path,
) -> None:
    document = {"methods": [{"name": "service.stop", "params": [{"name": "name"}]}]}
    asked: list[str] = []

    async def handle(request: Request) -> bytes:
        if request.verb == "GET":
            return http(json.dumps(document))
        asked.append(request.target)
        message = json.loads(request.body)
        error = {"code": -32602, "message": "no such service"}
        return http(json.dumps({"jsonrpc": "2.0", "id": message["id"], "error": error}))

    async with serving(sockets / "p.sock", handle):
        vocabulary, client = vocabulary_of(sockets / "p.sock")
        with pytest.raises(Answered, match="no such service"):
            await vocabulary.say(("service.stop",), "x", changes=True)
        await client.close()
    assert len(asked) == 1


async def test_a_dead_daemon_is_unreachable_and_learned_from_once_it_is_back(sockets: Path) -> None:
    path = sockets / "p.sock"
    supervisor = Supervisor(documented=True)
    supervisor.add("hero_books")
    server = HttpServer(path, supervisor.handler())
    await server.start()
    await server.stop()
    vocabulary, client = vocabulary_of(path)
    with pytest.raises(Unreachable):
        await vocabulary.say(("service.status",), "hero_books")
    path.unlink()
    async with serving(path, supervisor.handler()):
        assert (await vocabulary.say(("service.status",), "hero_books"))["name"] == "hero_books"
    await client.close()


@pytest.mark.parametrize(
    "document",
    [None, 3, [], {}, {"methods": {}}, {"methods": [1, {}, {"name": 5}, {"name": ["x"]}]}],
)
def test_a_document_that_is_none_describes_nothing(document: Any) -> None:
    assert methods_of(document) == {}


@pytest.mark.parametrize(
    ("service", "files"),
    [
        ("hero_books", ["hero_books/rpc.sock", "hero_books/web.sock"]),
        ("hero_books_server", ["hero_books/rpc.sock"]),
        ("hero_books_web", ["hero_books/web.sock"]),
        ("hero_books_admin", ["hero_books/admin.sock"]),
        ("hero_books_ui", ["hero_books/ui.sock"]),
        ("_server", ["_server/rpc.sock", "_server/web.sock"]),
        ("../etc", []),
        ("..", []),
        ("a/b", []),
        ("a\nb", []),
    ],
)
def test_the_usual_places_follow_from_the_name_and_never_lead_elsewhere(
    service: str, files: list[str]
) -> None:
    found = expected_sockets(Path("/s"), service, ("rpc", "web"))
    assert [str(path) for path in found] == [f"/s/{file}" for file in files]


def test_names_fold_into_apps() -> None:
    assert split_name("hero_whiteboard_admin") == ("hero_whiteboard", "admin")
    assert split_name("hero_router") == ("hero_router", "")
    assert candidates(Path("/s"), ["a/rpc.sock", "a.sock"])[1] == Path("/s/a.sock")
