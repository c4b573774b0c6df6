"""The cockpit's operations over an `rpc.sock`: what the command line and other programs use.

async with Remote(LocalNode(), socket) as cockpit:
    services = await cockpit.call(LIST_SERVICES, ListServices())
"""

from pathlib import Path
from types import TracebackType
from typing import Any, Self, TypeVar

from pydantic import BaseModel, ValidationError

from services.api import Operation
from services.errors import KINDS, CockpitError, Refused
from services.params import REVEALED
from services.wire.node import Node
from services.wire.reply import Answered
from services.wire.rpc import RpcClient

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)

CHANGE_TIMEOUT_S = 40.0
"""Longer than the cockpit itself waits for the end of a change."""
READ_TIMEOUT_S = 20.0

_KINDS = {kind.kind: kind for kind in KINDS}


class Remote:
    """A cockpit behind a socket; the same `Api` as the one in its process."""

    def __init__(self, node: Node, socket: Path) -> None:
        self._client = RpcClient(node, [socket], daemon="hero_cockpit")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def call(self, operation: Operation[P, R], params: P) -> R:
        """Carry `operation` out over there; raises the kind of error that was raised there."""
        result = await self.call_raw(
            operation.name,
            params.model_dump(mode="json", exclude_defaults=True, context=dict(REVEALED)),
            timeout_s=_patience(operation, params),
            changes=operation.changes,
        )
        try:
            return operation.result.model_validate(result)
        except ValidationError as error:
            raise Refused(
                f"hero_cockpit answered {operation.name} in an unknown shape. "
                "Its version may not fit this program's."
            ) from error

    async def call_raw(
        self,
        method: str,
        params: dict[str, Any] | None = None,
        *,
        timeout_s: float = CHANGE_TIMEOUT_S,
        changes: bool = True,
    ) -> Any:
        """Call any method with any parameters and return its result as JSON gives it."""
        try:
            return await self._client.call(method, params, timeout_s=timeout_s, changes=changes)
        except Answered as error:
            raise _as_raised_there(error) from error

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()


def _patience(operation: Operation[Any, Any], params: BaseModel) -> float:
    """Return how long the answer may take, in seconds: a long poll says so itself."""
    asked = getattr(params, "timeout_s", 0.0)
    return float(asked) + (CHANGE_TIMEOUT_S if operation.changes else READ_TIMEOUT_S)


def _as_raised_there(error: Answered) -> CockpitError:
    kind = error.data.get("kind") if isinstance(error.data, dict) else None
    known = _KINDS.get(kind) if isinstance(kind, str) else None
    return error if known is None else known(error.words, error.detail)
