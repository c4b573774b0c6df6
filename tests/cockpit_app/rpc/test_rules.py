"""The 36 rules of JSON-RPC 2.0, each against the `rpc.sock` of a running cockpit."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.preview_node import PreviewNode, UnixHttp

LIST = "cockpit.list_services"
Answer = tuple[int, Any]
Rule = tuple[Any, Callable[[Answer], bool]]


def call(method: str = LIST, **members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, **members}


def note(method: str = LIST, **members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "method": method, **members}


def fails(code: int, request_id: Any = 1) -> Callable[[Answer], bool]:
    def holds(answer: Answer) -> bool:
        status, value = answer
        return (status, value["id"], value["error"]["code"]) == (200, request_id, code)

    return holds


def works(answer: Answer) -> bool:
    status, value = answer
    return status == 200 and "result" in value and "error" not in value


def names(answer: Answer) -> list[str]:
    return [service["name"] for service in answer[1]["result"]["services"]]


def silent(answer: Answer) -> bool:
    return answer == (204, None)


def answers_of(answer: Answer) -> list[tuple[Any, bool]]:
    return [(one["id"], "result" in one) for one in answer[1]]


RULES: dict[str, Rule] = {
    "4 jsonrpc must be given": ({"id": 1, "method": LIST}, fails(-32600)),
    "4 jsonrpc must be exactly 2.0": (call(jsonrpc="2"), fails(-32600)),
    "4 method must be a string": (call() | {"method": 5}, fails(-32600)),
    "4 method must be given": ({"jsonrpc": "2.0", "id": 1}, fails(-32600)),
    "4 names with rpc. are reserved": (call("rpc.anything"), fails(-32601)),
    "4 params may be omitted": (call(), works),
    "4 params must be structured": (call(params="hero_books"), fails(-32600)),
    "4 id may be a string": (call(id="a"), lambda a: works(a) and a[1]["id"] == "a"),
    "4 id may be a number": (call(id=-3), lambda a: works(a) and a[1]["id"] == -3),
    "4 id may have a fraction": (call(id=1.5), lambda a: works(a) and a[1]["id"] == 1.5),
    "4 id may be null": (call(id=None), lambda a: works(a) and a[1]["id"] is None),
    "4 id may be nothing else": (call(id={}), fails(-32600, None)),
    "4 without an id it is a notification": (note(), silent),
    "4.1 a notification is never answered": (note("rpc.discover"), silent),
    "4.1 its errors are not told": (note("no.such"), silent),
    "4.2 by position in the order expected": (
        call(params=["hero_books", "running"]),
        lambda a: names(a) == ["hero_books"],
    ),
    "4.2 by name": (call(params={"filter": "hero_books"}), lambda a: names(a) == ["hero_books"]),
    "4.2 names match exactly, case too": (call(params={"Filter": "x"}), fails(-32602)),
    "4.2 absent names may be an error": (call("cockpit.get_service", params={}), fails(-32602)),
    "5 every answer says jsonrpc 2.0": (call(), lambda a: a[1]["jsonrpc"] == "2.0"),
    "5 a result excludes an error": (call(), lambda a: "result" in a[1] and "error" not in a[1]),
    "5 an error excludes a result": (
        call("no.such"),
        lambda a: "error" in a[1] and "result" not in a[1],
    ),
    "5 the id is that of the request": (call(id=77), lambda a: a[1]["id"] == 77),
    "5 the id is null when it cannot be told": (5, fails(-32600, None)),
    "5.1 code is an integer": (call("no.such"), lambda a: type(a[1]["error"]["code"]) is int),
    "5.1 message is a sentence": (
        call("no.such"),
        lambda a: "no.such" in a[1]["error"]["message"],
    ),
    "5.1 data may say more": (
        call("cockpit.get_service", params=["no_such"]),
        lambda a: a[1]["error"]["data"] == {"kind": "not_found"},
    ),
    "5.1 -32700 what is not JSON": (b'{"jsonrpc": "2.0", "method', fails(-32700, None)),
    "5.1 -32600 what is no request": ({}, fails(-32600, None)),
    "5.1 -32601 an unknown method": (call("no.such"), fails(-32601)),
    "5.1 -32602 unusable params": (call(params={"state": "no such"}), fails(-32602)),
    "5.1 own errors are in -32000 to -32099": (
        call("cockpit.get_service", params=["no_such"]),
        lambda a: -32099 <= a[1]["error"]["code"] <= -32000,
    ),
    "6 a batch is answered by an array": (
        [call(id=1), note(), call("no.such", id=2)],
        lambda a: sorted(answers_of(a)) == [(1, True), (2, False)],
    ),
    "6 a batch of notifications is not answered": ([note(), note()], silent),
    "6 an empty batch is one error": ([], fails(-32600, None)),
    "6 a batch of rubbish is one error each": (
        [1, 2, 3],
        lambda a: answers_of(a) == [(None, False)] * 3,
    ),
}


def sent(node: PreviewNode, value: Any) -> Answer:
    body = value if isinstance(value, bytes) else json.dumps(value).encode()
    connection = UnixHttp(node.socket("hero_cockpit/rpc.sock"))
    try:
        connection.request("POST", "/rpc", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        content = response.read()
        return response.status, json.loads(content) if content else None
    finally:
        connection.close()


def test_there_are_36_rules() -> None:
    assert len(RULES) == 36


@pytest.mark.parametrize("rule", RULES)
def test_json_rpc(node: PreviewNode, rule: str) -> None:
    value, holds = RULES[rule]
    answer = sent(node, value)
    assert holds(answer), answer
