"""JSON-RPC 2.0, the server's half, without any transport: bytes in, bytes out.

Used by `rpc.sock` and by the preview node's faces; it knows neither operations nor HTTP.
Source: the JSON-RPC 2.0 specification (jsonrpc.org/specification), sections 4 to 6.
"""

import json
import logging
import math
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any

log = logging.getLogger(__name__)

PARSE_ERROR = -32700
INVALID_REQUEST = -32600
METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602
INTERNAL_ERROR = -32603

MAX_BATCH = 100
"""More requests than this in one array are refused as a whole."""

Params = list[Any] | dict[str, Any] | None
Call = Callable[[str, Params], Awaitable[Any]]
"""Carries one method out: name and parameters in, a JSON value or `Encoded` out, or a `Fault`."""


@dataclass
class Fault(Exception):
    """An error that travels back to the caller."""

    code: int
    message: str
    data: Mapping[str, Any] | None = None

    def __str__(self) -> str:
        return self.message


@dataclass(frozen=True, slots=True)
class Encoded:
    """A result that is JSON text already; spares large ones the way through Python objects."""

    text: bytes


async def answer(body: bytes, call: Call) -> bytes | None:
    """Carry out the request or batch in `body`; None when there is nothing to send back.

    Nothing is sent back for notifications and for batches that hold only notifications.
    """
    try:
        request = json.loads(body, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        return _failure(None, Fault(PARSE_ERROR, "The request is not JSON."))
    if not isinstance(request, list):
        return await _answer_one(request, call)
    if not request or len(request) > MAX_BATCH:
        message = f"A batch holds 1 to {MAX_BATCH} requests; this one holds {len(request)}."
        return _failure(None, Fault(INVALID_REQUEST, message))
    answers = [a for one in request if (a := await _answer_one(one, call)) is not None]
    return b"[" + b",".join(answers) + b"]" if answers else None


async def _answer_one(request: Any, call: Call) -> bytes | None:
    try:
        method, params = _read(request)
    except Fault as fault:
        return _failure(_id_of(request), fault)
    outcome = await _carry_out(method, params, call)
    if "id" not in request:
        return None
    if isinstance(outcome, Fault):
        return _failure(request["id"], outcome)
    result = outcome.text if isinstance(outcome, Encoded) else _encode(outcome)
    return b'{"jsonrpc":"2.0","id":' + _encode(request["id"]) + b',"result":' + result + b"}"


async def _carry_out(method: str, params: Params, call: Call) -> Any:
    try:
        return await call(method, params)
    except Fault as fault:
        return fault
    except Exception:
        log.exception("method %s failed", method)
        return Fault(INTERNAL_ERROR, f"{method} failed inside; the log says why.")


def _read(request: Any) -> tuple[str, Params]:
    if not isinstance(request, dict):
        raise Fault(INVALID_REQUEST, "A request is a JSON object.")
    if request.get("jsonrpc") != "2.0":
        raise Fault(INVALID_REQUEST, 'The member jsonrpc must be "2.0".')
    method = request.get("method")
    if not isinstance(method, str):
        raise Fault(INVALID_REQUEST, "The member method must be a string.")
    if "id" in request and not _is_id(request["id"]):
        raise Fault(INVALID_REQUEST, "The member id must be a string, a number or null.")
    params = request.get("params")
    if "params" in request and not isinstance(params, list | dict):
        raise Fault(INVALID_REQUEST, "The member params must be an array or an object.")
    return method, params


def _is_id(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)  # 1e999 is JSON, but what it becomes is not
    return value is None or (isinstance(value, str | int) and not isinstance(value, bool))


def _id_of(request: Any) -> Any:
    """Return the id of a request that may be broken; null when it cannot be told."""
    if isinstance(request, dict) and _is_id(request.get("id")):
        return request.get("id")
    return None


def _failure(request_id: Any, fault: Fault) -> bytes:
    error: dict[str, Any] = {"code": fault.code, "message": fault.message}
    if fault.data is not None:
        error["data"] = dict(fault.data)
    return _encode({"jsonrpc": "2.0", "id": request_id, "error": error})


def _encode(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
