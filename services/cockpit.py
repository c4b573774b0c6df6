"""Carries the operations out on this machine: the only place where rights are checked."""

import logging
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol, TypeVar

from pydantic import BaseModel

from services.api import Operation
from services.claims import Identity, current_identity, require
from services.discretion import shown_to, told_to_guest
from services.errors import CockpitError, Invalid, NotFound

log = logging.getLogger(__name__)

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)

DONE = "done"


class Journal(Protocol):
    """Whoever keeps the audit."""

    async def note(
        self, identity: Identity, *, operation: str, target: str, outcome: str, reason: str
    ) -> None:
        """Keep one line about one change."""


class Cockpit:
    """Everything a user can do, done here by handlers that have a method for each operation."""

    def __init__(self, handlers: Iterable[object], journal: Journal | None = None) -> None:
        """Carry operations out by `handlers`; every change leaves one line in `journal`."""
        self._handlers = tuple(handlers)
        self._journal = journal

    async def call(self, operation: Operation[P, R], params: P) -> R:
        """Check the caller's right, carry `operation` out, hide what the caller may not see.

        Raises one of the five kinds of `CockpitError`.
        """
        if not isinstance(params, operation.params):
            raise Invalid(f"{operation.name} takes {operation.params.__name__}.")
        what = operation.short.replace("_", " ").capitalize()
        identity: Identity | None = None
        try:
            identity = require(operation.right, what)
            result: R = await self._method(operation)(params)
        except CockpitError as error:
            await self._note(operation, params, error)
            if identity is None or not identity.is_guest:
                raise
            raise told_to_guest(error) from error
        await self._note(operation, params, None)
        return shown_to(identity, result)

    def _method(self, operation: Operation[Any, Any]) -> Callable[[Any], Awaitable[Any]]:
        for handler in self._handlers:
            method: Callable[[Any], Awaitable[Any]] | None = getattr(handler, operation.short, None)
            if method is not None:
                return method
        raise NotFound(f"This cockpit was started without {operation.name}.")

    async def _note(
        self, operation: Operation[Any, Any], params: BaseModel, error: CockpitError | None
    ) -> None:
        """Leave the audit line of a change; a change that is done is not undone by a full disk."""
        if self._journal is None or not (operation.changes and operation.audited):
            return
        try:
            await self._journal.note(
                current_identity(),
                operation=operation.name,
                target=_target(operation, params),
                outcome=DONE if error is None else error.kind,
                reason="" if error is None else error.message,
            )
        except CockpitError as unwritten:
            log.error("the audit line of %s was lost: %s", operation.name, unwritten.message)


def _target(operation: Operation[Any, Any], params: BaseModel) -> str:
    named = getattr(params, operation.target, "") if operation.target else ""
    return ", ".join(str(n) for n in named) if isinstance(named, tuple) else str(named)
