import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from pydantic import BaseModel
from starlette.types import ASGIApp

from cockpit_app.rpc.server import MAX_BODY_BYTES, rpc_app
from services.api import Operation
from services.claims import current_identity, require
from services.contract.machine import Whoami
from services.contract.service import LIST_SERVICES, ServiceList
from services.errors import KINDS, CockpitError, NotFound
from services.models import Service
from services.operations import OPERATIONS
from tests.services.daemons import eventually, short_directory


class Answering:
    """An Api that answers a few operations without a machine behind it, rights checked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, BaseModel]] = []
        self.raises: Exception | None = None

    async def call(self, operation: Operation[Any, Any], params: BaseModel) -> Any:
        identity = require(operation.right, operation.summary)
        self.asked.append((operation.name, params))
        if self.raises is not None:
            raise self.raises
        if operation.short == "whoami":
            return Whoami(
                name=identity.name,
                user=identity.user,
                guest=identity.is_guest,
                rights=(identity.right,),
                via=current_identity().via,
            )
        if operation is LIST_SERVICES:
            return ServiceList(revision=1)
        return Service(name="hero_books", app="hero_books")


@dataclass
class Served:
    http: httpx.AsyncClient
    api: Answering

    async def rpc(self, body: Any, **headers: str) -> Any:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = await self.http.post(
            "/rpc", content=content, headers={"content-type": "application/json", **named}
        )
        assert answer.status_code == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        return answer.json()

    async def error(self, body: Any, **headers: str) -> Any:
        answer = await self.rpc(body, **headers)
        assert "result" not in answer
        return answer["error"]


@asynccontextmanager
async def listening(app: ASGIApp, socket: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Serve on a real Unix socket by the server that the product uses."""
    config = uvicorn.Config(app, uds=str(socket), log_level="warning", lifespan="off")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server._serve())
    await eventually(lambda: server.started)
    transport = httpx.AsyncHTTPTransport(uds=str(socket), verify=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
        yield client
    server.should_exit = True
    await serving


@asynccontextmanager
async def serving_rpc(front: str = "none") -> AsyncIterator[Served]:
    api = Answering()
    with short_directory() as sockets:
        app = rpc_app(api, version="1.2.3", front=front)
        async with listening(app, sockets / "rpc.sock") as client:
            yield Served(client, api)


@pytest.fixture(scope="module")
async def shared() -> AsyncIterator[Served]:
    async with serving_rpc() as made:
        yield made


@pytest.fixture
def served(shared: Served) -> Served:
    shared.api.asked.clear()
    shared.api.raises = None
    return shared


def call(method: str = "cockpit.list_services", **members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, **members}


OK = "result"
RULES: list[tuple[str, Any, Any]] = [
    # rule of the JSON-RPC 2.0 specification, what is sent, error code or `result` in the answer
    ("4: a call by name", call(params={"filter": "x"}), OK),
    ("4.2: a call by position", call(params=["x", "running"]), OK),
    ("4: params may be omitted", call(), OK),
    ("4.2: empty array", call(params=[]), OK),
    ("4.2: empty object", call(params={}), OK),
    ("4: id may be a string", call(id="a"), OK),
    ("4: id may be a fraction", call(id=1.5), OK),
    ("4: id may be null", call(id=None), OK),
    ("4: id may be negative", call(id=-7), OK),
    ("4: unknown members are ignored", call(extra=1), OK),
    ("4.3: reserved rpc. method", call("rpc.discover"), OK),
    ("5.1: parse error", b"{", -32700),
    ("5.1: no body", b"", -32700),
    ("5.1: not UTF-8", b'{"jsonrpc":"2.0","id":1,"method":"\xff"}', -32700),
    ("5.1: NaN is not JSON", b'{"jsonrpc":"2.0","id":NaN,"method":"x"}', -32700),
    ("4: a number is no request", 1, -32600),
    ("4: a string is no request", "x", -32600),
    ("4: null is no request", None, -32600),
    ("4: an empty object is no request", {}, -32600),
    ("4: jsonrpc missing", {"id": 1, "method": "x"}, -32600),
    ("4: jsonrpc 1.0", call(jsonrpc="1.0"), -32600),
    ("4: jsonrpc a number", call(jsonrpc=2.0), -32600),
    ("4: method missing", {"jsonrpc": "2.0", "id": 1}, -32600),
    ("4: method a number", {**call(), "method": 1}, -32600),
    ("4: method null", {"jsonrpc": "2.0", "id": 1, "method": None}, -32600),
    ("4: id an object", call(id={}), -32600),
    ("4: id an array", call(id=[]), -32600),
    ("4: id a boolean", call(id=True), -32600),
    ("4: id beyond all numbers", b'{"jsonrpc":"2.0","id":1e999,"method":"x"}', -32600),
    ("4.2: params a string", call(params="x"), -32600),
    ("4.2: params a number", call(params=1), -32600),
    ("4.2: params null", call(params=None), -32600),
    ("5.1: method not found", call("nothing.here"), -32601),
    ("5.1: method name is case-sensitive", call("cockpit.List_Services"), -32601),
    ("4.3: unknown rpc. method", call("rpc.nothing"), -32601),
    ("5.1: unknown parameter", call(params={"fliter": "x"}), -32602),
    ("5.1: too many parameters", call(params=[1, 2, 3, 4, 5]), -32602),
    ("5.1: wrong type", call(params={"filter": 5}), -32602),
    ("5.1: missing parameter", call("cockpit.get_service"), -32602),
    ("6: empty batch", [], -32600),
    ("6: a batch beyond the limit", [call()] * 101, -32600),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "sent", "expected"), RULES, ids=[r[0] for r in RULES])
async def test_the_rules_of_json_rpc_hold_on_the_socket(
    served: Served, rule: str, sent: Any, expected: Any
) -> None:
    answer = await served.rpc(sent)
    assert answer["jsonrpc"] == "2.0"
    assert ("result" in answer) != ("error" in answer)
    if expected == OK:
        assert "result" in answer, answer
        assert answer["id"] == sent["id"]
        return
    assert answer["error"]["code"] == expected
    assert isinstance(answer["error"]["message"], str)
    readable = isinstance(sent, dict) and isinstance(sent.get("id"), int)
    wanted_id = sent["id"] if readable and sent["id"] is not True else None
    assert answer["id"] == wanted_id


async def test_a_notification_is_carried_out_and_answered_by_204(served: Served) -> None:
    sent = {"jsonrpc": "2.0", "method": "cockpit.list_services"}
    answer = await served.http.post("/rpc", json=sent)
    assert (answer.status_code, answer.content) == (204, b"")
    assert [name for name, _ in served.api.asked] == ["cockpit.list_services"]
    failing = {"jsonrpc": "2.0", "method": "nothing.here"}
    assert (await served.http.post("/rpc", json=failing)).status_code == 204


async def test_a_batch_answers_each_request_and_no_notification(served: Served) -> None:
    note = {"jsonrpc": "2.0", "method": "cockpit.list_services"}
    answers = await served.rpc([call(id=1), note, call("x", id=2), 5, call(id="c")])
    assert [a["id"] for a in answers] == [1, 2, None, "c"]
    assert ["result" in a for a in answers] == [True, False, False, True]
    only_notes = await served.http.post("/rpc", json=[note, note])
    assert (only_notes.status_code, only_notes.content) == (204, b"")


async def test_unknown_parameters_are_named_with_the_known_ones(served: Served) -> None:
    error = await served.error(call(params={"fliter": "x"}))
    assert error["message"] == (
        "Unknown parameter 'fliter'; known are: filter, state. Did you mean filter?"
    )
    assert error["data"] == {"kind": "invalid"}


async def test_a_value_that_cannot_be_used_is_not_repeated_in_the_message(served: Served) -> None:
    error = await served.error(call(params={"state": "s3cret"}))
    assert "s3cret" not in json.dumps(error)


async def test_an_unknown_method_names_what_looks_alike(served: Served) -> None:
    error = await served.error(call("cockpit.list_service"))
    assert (
        "Method not found: cockpit.list_service. Did you mean cockpit.list_services"
        in (error["message"])
    )


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_error_travels_with_its_code_and_kind(
    served: Served, kind: type[CockpitError]
) -> None:
    served.api.raises = kind("In words.", "the daemon's raw detail")
    error = await served.error(call())
    assert error == {"code": kind.code, "message": "In words.", "data": {"kind": kind.kind}}


async def test_a_fault_of_ours_is_told_without_its_details(served: Served) -> None:
    served.api.raises = RuntimeError("/secret/path")
    error = await served.error(call())
    assert error["code"] == -32603
    assert "secret" not in json.dumps(error)


async def test_a_local_caller_is_the_owner_and_a_forwarded_one_a_guest(served: Served) -> None:
    whoami = call("cockpit.whoami")
    assert (await served.rpc(whoami))["result"]["rights"] == ["admin"]
    for headers in (
        {"x_forwarded_for": "1.2.3.4"},
        {"x_hero_user": "ann", "x_hero_claims": "groups.admin"},
        {"sec_fetch_site": "none"},
        {"origin": "http://localhost"},
        {"cookie": "a=b"},
    ):
        assert (await served.rpc(whoami, **headers))["result"]["guest"] is True
    restart = call("cockpit.restart_service", params={"name": "hero_books"})
    error = await served.error(restart, x_forwarded_prefix="/hero_cockpit/rpc")
    assert error["code"] == -32003
    assert "forwarded to rpc.sock" in error["message"]
    assert [name for name, _ in served.api.asked] == ["cockpit.whoami"] * 6


async def test_a_believed_front_may_name_the_caller() -> None:
    async with serving_rpc(front="proxy") as served:
        headers = {"x_hero_user": "ann", "x_hero_claims": "cockpit.write"}
        said = await served.rpc(call("cockpit.whoami"), **headers)
        assert said["result"]["name"] == "ann"
        assert said["result"]["rights"] == ["write"]


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", ""])
async def test_json_is_taken_however_it_is_called(served: Served, kind: str) -> None:
    headers = {"content-type": kind} if kind else {}
    answer = await served.http.post("/rpc", content=json.dumps(call()), headers=headers)
    assert "result" in answer.json()


async def test_curls_form_type_is_taken_but_a_multipart_form_is_not(served: Served) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    answer = await served.http.post("/rpc", content=json.dumps(call()), headers=form)
    assert answer.status_code == 200
    answer = await served.http.post("/rpc", files={"a": b"b"})
    assert answer.status_code == 415
    assert "application/json" in answer.json()["error"]


async def test_a_request_beyond_a_mebibyte_is_refused_in_words(served: Served) -> None:
    body = json.dumps(call(params={"filter": "x" * MAX_BODY_BYTES})).encode()
    answer = await served.http.post("/rpc", content=body)
    assert answer.status_code == 413
    assert str(MAX_BODY_BYTES) in answer.json()["error"]


async def test_health_manifest_and_document_are_served(served: Served) -> None:
    health = (await served.http.get("/health")).json()
    assert health == {"status": "ok", "service": "hero_cockpit", "version": "1.2.3"} | {
        "uptime_secs": health["uptime_secs"]
    }
    manifest = (await served.http.get("/.well-known/heroservice.json")).json()
    assert manifest["protocol"] == "openrpc"
    assert manifest["socket"] == "rpc"
    assert manifest.keys() == {
        "protocol",
        "name",
        "title",
        "version",
        "description",
        "socket",
    }
    document = (await served.http.get("/openrpc.json")).json()
    assert {method["name"] for method in document["methods"]} == set(OPERATIONS)
    assert (await served.rpc(call("rpc.discover")))["result"] == document


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/index.html", 404),
        ("GET", "/rpc", 405),
        ("PUT", "/rpc", 405),
        ("OPTIONS", "/rpc", 405),
        ("POST", "/rpc/", 404),
        ("GET", "/rpc/x", 404),
        ("POST", "/health", 405),
        ("GET", "/../../etc/passwd", 404),
        ("GET", "/docs", 404),
    ],
)
async def test_anything_else_is_json_and_never_html(
    served: Served, verb: str, path: str, status: int
) -> None:
    answer = await served.http.request(verb, path, headers={"accept": "text/html"})
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    assert answer.json()["error"]


async def test_many_callers_at_once_keep_their_identities(served: Served) -> None:
    async def ask(number: int) -> bool:
        headers = {"x_forwarded_for": "1.2.3.4"} if number % 2 else {}
        said = await served.rpc(call("cockpit.whoami", id=number), **headers)
        outcome = (said["id"], said["result"]["guest"])
        return outcome == (number, bool(number % 2))

    assert all(await asyncio.gather(*(ask(n) for n in range(60))))


async def test_not_found_keeps_its_hint(served: Served) -> None:
    served.api.raises = NotFound("There is no service 'x' here. Did you mean y?")
    error = await served.error(call("cockpit.get_service", params={"name": "x"}))
    assert error["message"].endswith("Did you mean y?")
