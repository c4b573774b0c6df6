import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from cockpit_app.rpc import jsonrpc


async def echo(method: str, params: jsonrpc.Params) -> Any:
    if method == "fail":
        raise jsonrpc.Fault(-32050, "no", {"why": 1})
    if method == "break":
        raise RuntimeError("inside")
    if method == "encoded":
        return jsonrpc.Encoded(b'{"ready":true}')
    return [method, params]


async def answered(value: Any) -> Any:
    found = await jsonrpc.answer(json.dumps(value).encode(), echo)
    return None if found is None else json.loads(found)


def request(method: str = "m", **members: Any) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": method, **members}


async def test_a_result_and_a_fault_travel_with_the_id_of_their_request() -> None:
    assert await answered(request(params=[1])) == {
        "jsonrpc": "2.0",
        "id": 1,
        "result": ["m", [1]],
    }
    assert await answered(request("fail", id="a")) == {
        "jsonrpc": "2.0",
        "id": "a",
        "error": {"code": -32050, "message": "no", "data": {"why": 1}},
    }


async def test_a_result_that_is_json_already_travels_as_it_is() -> None:
    assert (await answered(request("encoded")))["result"] == {"ready": True}
    batch = await answered([request("encoded", id=1), request("m", id="é")])
    assert [one["id"] for one in batch] == [1, "é"]


async def test_a_fault_of_the_server_is_told_without_its_text() -> None:
    error = (await answered(request("break")))["error"]
    assert error["code"] == jsonrpc.INTERNAL_ERROR
    assert "inside" not in error["message"].replace("failed inside", "")


async def test_notifications_are_carried_out_and_never_answered() -> None:
    assert await answered({"jsonrpc": "2.0", "method": "m"}) is None
    assert await answered({"jsonrpc": "2.0", "method": "fail"}) is None
    assert await answered([{"jsonrpc": "2.0", "method": "break"}] * 3) is None


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["jsonrpc", "id", "method", "params"]) | st.text(), inner)
    ),
    max_leaves=12,
)


@settings(max_examples=300)
@given(st.binary(max_size=100) | values.map(lambda v: json.dumps(v).encode()))
async def test_any_bytes_get_a_valid_answer_or_none(body: bytes) -> None:
    found = await jsonrpc.answer(body, echo)
    if found is None:
        return
    answer = json.loads(found, parse_constant=lambda name: 1 / 0)
    for one in answer if isinstance(answer, list) else [answer]:
        assert one["jsonrpc"] == "2.0"
        assert "id" in one
        assert ("result" in one) != ("error" in one)
