"""Speaks JSON-RPC 2.0 to one daemon: named parameters, integer ids, one request at a time.

Source of the recipe: hero_proc reference 1.2 and 7.
"""

import itertools
import json
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Any

from services.errors import CockpitError, NotAllowed, Refused, Unreachable
from services.wire.http_socket import READ_TIMEOUT_S, Answer, HttpSocket
from services.wire.node import Node
from services.wire.reply import one_line, read_failure, read_result


class RpcClient(HttpSocket):
    """One daemon that speaks JSON-RPC; whoever makes it closes it."""

    def __init__(
        self,
        node: Node,
        candidates: Sequence[Path],
        *,
        daemon: str,
        targets: Sequence[str] = ("/rpc",),
    ) -> None:
        """Speak to the first socket of `candidates`, at the first of `targets` that is there."""
        super().__init__(node, candidates, daemon=daemon)
        self._ids = itertools.count(1)
        self._targets = tuple(targets)

    def speak_at(self, target: str) -> None:
        """Send calls to this path first: the one beside which a document was found."""
        others = (other for other in self._targets if other != target)
        self._targets = (target, *others)

    async def call(
        self,
        method: str,
        params: Mapping[str, Any] | None = None,
        *,
        timeout_s: float = READ_TIMEOUT_S,
        changes: bool = False,
    ) -> Any:
        """Return the result of `method`; raises one of the five kinds.

        The daemon's own refusals are `reply.Answered`.
        """
        request_id = next(self._ids)
        message = {"jsonrpc": "2.0", "id": request_id, "method": method, "params": params or {}}
        body = json.dumps(message, separators=(",", ":")).encode()
        for target in self._targets:
            answer = await self.request(
                "POST", target, what=method, body=body, timeout_s=timeout_s, changes=changes
            )
            if not _is_elsewhere(answer):
                self.speak_at(target)
                break
        if answer.status != HTTPStatus.OK:
            raise _refusal(answer, daemon=self.daemon, method=method)
        return read_result(answer.body, request_id=request_id, daemon=self.daemon, method=method)


def _is_elsewhere(answer: Answer) -> bool:
    """Tell whether nothing is at the path that was asked: no service, so nothing was done."""
    if answer.status != HTTPStatus.NOT_FOUND:
        return False
    return read_failure(answer.body, daemon="", method="") is None


def _refusal(answer: Answer, *, daemon: str, method: str) -> CockpitError:
    if answer.status == HTTPStatus.SERVICE_UNAVAILABLE:
        return Unreachable(f"{daemon} is being restarted. Try again.", f"HTTP 503 to {method}")
    said = read_failure(answer.body, daemon=daemon, method=method)
    if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return NotAllowed(f"{daemon} does not let the cockpit call {method}. Check its settings.")
    if said is not None:
        return said
    if answer.status == HTTPStatus.NO_CONTENT:
        return Refused(f"{daemon} gave an empty answer to {method}. Look at its log.")
    return Refused(
        f"{daemon} refused {method} with HTTP status {answer.status}. Look at its log.",
        detail=one_line(answer.body[:1200].decode("utf-8", "replace")),
    )
