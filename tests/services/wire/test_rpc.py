import json
from pathlib import Path
from typing import Any

import pytest

from cockpit_app.rpc import jsonrpc
from services.errors import CockpitError, NotAllowed, Refused, Unreachable
from services.wire.node import LocalNode
from services.wire.reply import Answered
from services.wire.rpc import RpcClient
from tests.services.daemons import Request, http, rpc_handler, serving


def client_of(sockets: Path) -> RpcClient:
    return RpcClient(LocalNode(), [sockets / "a.sock"], daemon="hero_proc")


async def outcome(sockets: Path, answer: bytes) -> Any:
    async def handle(request: Request) -> bytes:
        return answer

    async with serving(sockets / "a.sock", handle):
        client = client_of(sockets)
        try:
            return await client.call("service.list")
        except CockpitError as error:
            return error
        finally:
            await client.close()


async def test_a_call_travels_as_json_rpc_with_named_parameters(sockets: Path) -> None:
    async def echo(method: str, params: jsonrpc.Params) -> Any:
        return [method, params]

    async with serving(sockets / "a.sock", rpc_handler(echo)) as server:
        client = client_of(sockets)
        assert await client.call("m", {"name": "x"}) == ["m", {"name": "x"}]
        assert await client.call("m") == ["m", {}]
        await client.close()
        first, second = (json.loads(request.body) for request in server.requests)
        assert (first["jsonrpc"], first["id"], second["id"]) == ("2.0", 1, 2)
        assert server.requests[0].headers["host"] == "localhost"
        assert server.requests[0].headers["content-type"] == "application/json"


SAID = b'{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"is up"}}'
REFUSALS = [
    (http(SAID), Answered, "hero_proc refused service.list: is up."),
    (http(SAID, 500), Answered, "hero_proc refused service.list: is up."),
    (http("no", 401, "text/plain"), NotAllowed, "does not let the cockpit call service.list"),
    (http("no", 403, "text/plain"), NotAllowed, "does not let the cockpit call service.list"),
    (http("", 204), Refused, "empty answer to service.list"),
    (http("not here", 404, "text/plain"), Refused, "HTTP status 404"),
    (http("bad", 400, "text/plain"), Refused, "HTTP status 400"),
    (http("boom", 500, "text/plain"), Refused, "HTTP status 500"),
    (http('{"error":"Wait."}', 503), Unreachable, "hero_proc is being restarted. Try again."),
    (http("", 302), Refused, "HTTP status 302"),
    (http("<html>", 200, "text/html"), Refused, "not JSON"),
    (http("", 200), Refused, "not JSON"),
    (http('{"jsonrpc":"2.0","id":99,"result":1}'), Refused, "another call"),
]


@pytest.mark.parametrize(("answer", "kind", "words"), REFUSALS)
async def test_what_a_daemon_refuses_is_told_naming_daemon_and_method(
    sockets: Path, answer: bytes, kind: type[CockpitError], words: str
) -> None:
    error = await outcome(sockets, answer)
    assert type(error) is kind
    assert words in error.message
    assert error.message.startswith("hero_proc")
