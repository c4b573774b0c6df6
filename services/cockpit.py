"""Carries the operations out on this machine: the only place where rights are checked."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, TypeVar

from pydantic import BaseModel

from services.api import Operation
from services.claims import Identity, current_identity, require
from services.clock import Clock, SystemClock
from services.discretion import shown_to, told_to_guest
from services.errors import CockpitError, Invalid, NotFound, Refused
from services.journal import DONE, FAILED, ChangeJournal
from services.limits import RateLimit

log = logging.getLogger(__name__)

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)

LAST_MOMENT_S = 5.0
"""How long changes under way may still take when the cockpit ends."""


class Cockpit:
    """Everything a user can do, done here by handlers that have a method for each operation."""

    def __init__(
        self,
        handlers: Iterable[object],
        journal: ChangeJournal | None = None,
        *,
        clock: Clock | None = None,
    ) -> None:
        """Carry operations out by `handlers`; every change leaves one line in `journal`."""
        self._handlers = tuple(handlers)
        self._journal = journal
        self._strangers = RateLimit(clock or SystemClock(), times=60, per_s=3600, what="This")
        self._changes: set[asyncio.Task[Any]] = set()

    async def call(self, operation: Operation[P, R], params: P) -> R:
        """Check the caller's right, carry `operation` out, hide what the caller may not see.

        A change comes to its end, and to its line in the audit, when its caller leaves too.
        Raises one of the five kinds of `CockpitError`.
        """
        if not isinstance(params, operation.params):
            raise Invalid(f"{operation.name} takes {operation.params.__name__}.")
        if not operation.changes:
            return await self._carry_out(operation, params)
        task = asyncio.create_task(self._carry_out(operation, params), name=operation.name)
        self._changes.add(task)
        task.add_done_callback(self._forget)
        return await asyncio.shield(task)

    async def close(self) -> None:
        """Give changes under way a moment to come to their end."""
        if self._changes:
            _, late = await asyncio.wait(set(self._changes), timeout=LAST_MOMENT_S)
            for task in late:
                task.cancel()
            if late:
                await asyncio.wait(late)

    async def _carry_out(self, operation: Operation[P, R], params: P) -> R:
        what = operation.short.replace("_", " ").capitalize()
        identity = current_identity()
        begun = None
        try:
            require(operation.right, what)
            begun = await self._begin(operation, params)
            result: R = await self._method(operation)(params)
        except CockpitError as error:
            await self._note(operation, params, error.kind, error.message, begun=begun)
            if not identity.is_guest:
                raise
            raise told_to_guest(error) from error
        except Exception:
            words = "It failed inside; the log says why."
            await self._note(operation, params, FAILED, words, begun=begun)
            raise
        await self._note(operation, params, DONE, "", begun=begun)
        return shown_to(identity, result)

    def _forget(self, task: asyncio.Task[Any]) -> None:
        self._changes.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.debug("%s failed: %s", task.get_name(), error)

    def _method(self, operation: Operation[Any, Any]) -> Callable[[Any], Awaitable[Any]]:
        for handler in self._handlers:
            method: Callable[[Any], Awaitable[Any]] | None = getattr(handler, operation.short, None)
            if method is not None:
                return method
        raise NotFound(f"This cockpit was started without {operation.name}.")

    async def _begin(self, operation: Operation[Any, Any], params: BaseModel) -> int | None:
        """Note that a change is under way, so that our own death leaves its trace.

        A full disk stops no change: with one, a person could not even end what must end.
        """
        if self._journal is None or not operation.leaves_line(params):
            return None
        target = _target(operation, params)
        try:
            return await self._journal.begin(
                current_identity(), operation=operation.name, target=target
            )
        except CockpitError as unwritten:
            log.error("the begin of %s was not noted: %s", operation.name, unwritten.message)
            return None

    async def _note(
        self,
        operation: Operation[Any, Any],
        params: BaseModel,
        outcome: str,
        reason: str,
        *,
        begun: int | None,
    ) -> None:
        """Leave the audit line of a call; a change that is done is not undone by a full disk."""
        identity = current_identity()
        if self._journal is None or not operation.leaves_line(params):
            return
        if not (identity.may(operation.right) or self._may_fill(identity)):
            return
        try:
            await self._journal.note(
                identity,
                operation=operation.name,
                target=_target(operation, params),
                outcome=outcome,
                reason=reason,
                begun=begun,
            )
        except CockpitError as unwritten:
            log.error("the audit line of %s was lost: %s", operation.name, unwritten.message)

    def _may_fill(self, identity: Identity) -> bool:
        """Tell whether what a caller without the right is refused may still go into the audit."""
        try:
            self._strangers.take(identity.user)
        except Refused:
            return False
        return True


def _target(operation: Operation[Any, Any], params: BaseModel) -> str:
    """Return what is acted on; commas separate targets, so those in a name are spelled out."""
    named = getattr(params, operation.target, "") if operation.target else ""
    names = named if isinstance(named, tuple) else (named,)
    return ", ".join(str(name).replace(",", "\\u002c") for name in names)
