"""Reads a daemon's JSON-RPC answer: bytes in, a result out or one of the five kinds of error.

Source: JSON-RPC 2.0 section 5; hero_proc reference 1.2 and 7 (errors in HTTP 200, odd codes).
"""

import re
from collections.abc import Sequence
from typing import Any

from pydantic_core import from_json

from services.errors import Refused

METHOD_NOT_FOUND = -32601
INVALID_PARAMS = -32602

_NO_METHOD = re.compile(
    r"(method|procedure)\W+(\S+\W+)?(is\s+|was\s+)?(not found|unknown|does not exist|unsupported)"
    r"|(unknown|no such|unsupported|unrecogni[sz]ed)\s+(rpc\s+)?(method|procedure)",
    re.IGNORECASE,
)
_LONGEST_WORDS = 300


class Answered(Refused):
    """A daemon's own error: it understood the call, and says no."""

    def __init__(
        self, message: str, *, code: int, words: str, data: object = None, detail: str = ""
    ) -> None:
        super().__init__(message, detail)
        self.rpc_code = code
        self.words = words
        """What the daemon said, made fit for one line."""
        self.data = data

    @property
    def no_such_method(self) -> bool:
        """True when the daemon does not know the method; some say so with a code of their own."""
        return self.rpc_code == METHOD_NOT_FOUND or bool(_NO_METHOD.search(self.words))


def parse_json(body: bytes) -> Any:
    """Return the JSON value in `body`; raises ValueError when it is none.

    Unlike `json.loads` it refuses NaN, lone surrogates and bottomless nesting.
    """
    return from_json(body, allow_inf_nan=False)


def unwrapped(result: object, names: Sequence[str], *, until: Sequence[str] = ()) -> object:
    """Return what is in the objects that only wrap it, each under one of `names`.

    An object with a text under one of `until` wraps nothing. Deeper than three it is not sought.
    """
    for _ in range(3):
        if not isinstance(result, dict) or any(isinstance(result.get(k), str) for k in until):
            break
        inner = next((result[k] for k in names if isinstance(result.get(k), list | dict)), None)
        if inner is None:
            break
        result = inner
    return result


def read_result(body: bytes, *, request_id: int, daemon: str, method: str) -> Any:
    """Return the result for `request_id`.

    Raises Answered for the daemon's own error and Refused for what is no answer to this call.
    """
    reply = _read_object(body, f"{daemon} answered {method}")
    error = reply.get("error")
    if error is not None:
        if not _is_same(reply.get("id"), request_id) and reply.get("id") is not None:
            raise _odd(daemon, method, "with the answer to another call")
        raise _answered(error, daemon=daemon, method=method)
    if reply.get("jsonrpc") != "2.0" or "result" not in reply:
        raise _odd(daemon, method, "with something that is not JSON-RPC 2.0")
    if not _is_same(reply.get("id"), request_id):
        raise _odd(daemon, method, "with the answer to another call")
    return reply["result"]


def read_failure(body: bytes, *, daemon: str, method: str) -> Answered | None:
    """Return the error inside the body of a failed HTTP request, if there is one."""
    try:
        reply = parse_json(body)
    except ValueError:
        return None
    if not isinstance(reply, dict) or reply.get("error") is None:
        return None
    return _answered(reply["error"], daemon=daemon, method=method)


def one_line(text: str, limit: int = _LONGEST_WORDS) -> str:
    """Return foreign `text` fit for a sentence: printable, on one line, not endless."""
    line = " ".join("".join(c if c.isprintable() else " " for c in text[: limit * 4]).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def _read_object(body: bytes, what: str) -> dict[str, Any]:
    try:
        reply = parse_json(body)
    except ValueError as error:
        raise Refused(
            f"{what} with something that is not JSON. Its version may not fit; look at its log.",
            detail=one_line(body[:200].decode("utf-8", "replace")),
        ) from error
    if not isinstance(reply, dict):
        raise Refused(f"{what} with something that is not JSON-RPC 2.0. Look at its log.")
    return reply


def _is_same(given: object, wanted: int) -> bool:
    return isinstance(given, int | float) and not isinstance(given, bool) and given == wanted


def _odd(daemon: str, method: str, how: str) -> Refused:
    return Refused(f"{daemon} answered {method} {how}. Its version may not fit; look at its log.")


def _answered(error: object, *, daemon: str, method: str) -> Answered:
    members = error if isinstance(error, dict) else {"message": error}
    code = members.get("code")
    text = members.get("message")
    words = one_line(text) if isinstance(text, str) else ""
    stop = "" if words.endswith((".", "!", "?")) else "."
    return Answered(
        f"{daemon} refused {method}: {words or 'it gave no reason'}{stop}",
        code=code if isinstance(code, int) and not isinstance(code, bool) else 0,
        words=words,
        data=members.get("data"),
    )
