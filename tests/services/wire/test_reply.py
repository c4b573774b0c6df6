import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.errors import CockpitError, Refused
from services.wire.reply import Answered, one_line, parse_json, read_failure, read_result

ID = 7


def read(body: bytes) -> Any:
    return read_result(body, request_id=ID, daemon="hero_proc", method="service.list")


def reply(**members: Any) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": ID, **members}).encode()


@pytest.mark.parametrize("result", [None, 0, "", [], {}, {"a": [1]}, True, "Ω"])
def test_any_json_value_can_be_a_result(result: Any) -> None:
    assert read(reply(result=result)) == result


def test_a_null_error_beside_a_result_is_no_error() -> None:
    assert read(reply(result=1, error=None)) == 1


BROKEN = {
    "empty": b"",
    "not JSON": b"<html>",
    "cut off": b'{"jsonrpc":"2.0","id":7,"resu',
    "not UTF-8": b'{"jsonrpc":"2.0","id":7,"result":"\xff"}',
    "NaN": b'{"jsonrpc":"2.0","id":7,"result":NaN}',
    "bottomless": b"[" * 100_000,
    "an array": b"[]",
    "a number": b"1",
    "a batch": b"[" + reply(result=1) + b"]",
    "no result": reply(),
    "no jsonrpc": b'{"id":7,"result":1}',
    "jsonrpc 1": b'{"jsonrpc":"1.0","id":7,"result":1}',
    "no id": b'{"jsonrpc":"2.0","result":1}',
    "null id": b'{"jsonrpc":"2.0","id":null,"result":1}',
    "other id": b'{"jsonrpc":"2.0","id":8,"result":1}',
    "text id": b'{"jsonrpc":"2.0","id":"7","result":1}',
    "true id": b'{"jsonrpc":"2.0","id":true,"result":1}',
    "error for another": b'{"jsonrpc":"2.0","id":8,"error":{"code":1,"message":"no"}}',
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_what_is_no_answer_to_the_call_is_refused_naming_daemon_and_method(body: bytes) -> None:
    with pytest.raises(Refused) as caught:
        read(body)
    assert not isinstance(caught.value, Answered)
    assert "hero_proc" in caught.value.message
    assert "service.list" in caught.value.message


def test_the_daemons_own_words_are_shown() -> None:
    with pytest.raises(Answered) as caught:
        read(reply(error={"code": -32000, "message": "disk is full", "data": {"x": 1}}))
    assert caught.value.message == "hero_proc refused service.list: disk is full."
    assert (caught.value.rpc_code, caught.value.data) == (-32000, {"x": 1})


def test_an_error_with_a_null_id_is_still_an_error() -> None:
    with pytest.raises(Answered, match="Parse error"):
        read(b'{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}')


@pytest.mark.parametrize("error", ["text", 5, [], {"code": "x"}, {"code": True, "message": 3}])
def test_a_malformed_error_is_an_error_all_the_same(error: Any) -> None:
    with pytest.raises(Answered):
        read(reply(error=error))


NO_METHOD = [
    (-32601, "anything", True),
    (-32000, "Method not found", True),
    (0, "method 'service.list' not found", True),
    (-32000, "Unknown method: service.list", True),
    (-1, "no such method", True),
    (-32000, "unsupported method", True),
    (-32000, "service hero_books not found", False),
    (-32602, "missing field `name`", False),
    (-32000, "the method failed", False),
]


@pytest.mark.parametrize(("code", "words", "missing"), NO_METHOD)
def test_a_missing_method_is_recognised_by_code_or_by_words(
    code: int, words: str, missing: bool
) -> None:
    with pytest.raises(Answered) as caught:
        read(reply(error={"code": code, "message": words}))
    assert caught.value.no_such_method is missing


def test_foreign_words_become_one_printable_line() -> None:
    assert one_line("a\x1b[31mb\n\n c\u202e") == "a [31mb c"
    assert len(one_line("x" * 10_000)) == 300


def test_the_error_in_a_failed_requests_body_is_found() -> None:
    body = b'{"error":{"code":1,"message":"no"}}'
    found = read_failure(body, daemon="d", method="m")
    assert found is not None
    assert found.words == "no"
    assert read_failure(b"oops", daemon="d", method="m") is None
    assert read_failure(b"[]", daemon="d", method="m") is None


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)
replies = st.fixed_dictionaries(
    {},
    optional={
        "jsonrpc": st.just("2.0") | json_values,
        "id": st.just(ID) | json_values,
        "result": json_values,
        "error": json_values | st.dictionaries(st.sampled_from(["code", "message"]), json_values),
    },
).map(lambda value: json.dumps(value).encode())


@settings(max_examples=300)
@given(st.binary() | json_values.map(lambda v: json.dumps(v).encode()) | replies)
@example(b'{"jsonrpc":"2.0","id":7,"result":"\\ud800"}')
def test_any_answer_ends_in_a_value_or_in_one_of_the_five(body: bytes) -> None:
    outcome: Any
    try:
        outcome = read(body)
    except CockpitError as error:
        outcome = error
    if isinstance(outcome, CockpitError):
        assert outcome.message.endswith((".", "!", "?"))
        assert outcome.message.isprintable()
    else:
        assert parse_json(body)["result"] == outcome
