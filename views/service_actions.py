"""What can be done with a service, from wherever on the pages it is asked for."""

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

import flet as ft

from services.api import Operation
from services.contract.service import RESTART_SERVICE, START_SERVICE, STOP_SERVICE, ChangeService
from services.models import Service, State
from views.actions import run
from views.context import ViewContext
from views.texts import t


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do with a service: its operation, its icon and its words."""

    operation: Operation[ChangeService, Service]
    icon: ft.IconData
    word: str
    busy: str

    def label(self, name: str) -> str:
        """Return what the button for the service `name` is called."""
        return f"{t(self.word)} {name}"


START = Verb(START_SERVICE, ft.Icons.PLAY_ARROW_ROUNDED, "Start", "Starting")
STOP = Verb(STOP_SERVICE, ft.Icons.STOP_ROUNDED, "Stop", "Stopping")
RESTART = Verb(RESTART_SERVICE, ft.Icons.RESTART_ALT_ROUNDED, "Restart", "Restarting")

_BY_OPERATION = {verb.operation.name: verb for verb in (START, STOP, RESTART)}
_BY_PENDING = {"start": START, "stop": STOP, "restart": RESTART}
_DOWN = frozenset({State.STOPPED, State.FAILED})


def verbs_for(state: State) -> tuple[Verb, ...]:
    """Return what makes sense in `state`, the most likely first."""
    return (START,) if state in _DOWN else (RESTART, STOP)


def fixing(operation: str) -> Verb | None:
    """Return the verb for the operation that a fix names, if it is one of ours."""
    return _BY_OPERATION.get(operation)


def busy_word(service: Service) -> str:
    """Return the word for the action that is under way, or nothing."""
    return t(_BY_PENDING[service.pending].busy) if service.pending else ""


async def change(context: ViewContext, verb: Verb, name: str) -> None:
    """Do `verb` with the service `name`; what comes of it shows in its row, failure in a notice."""
    await run(context, verb.label(name), verb.operation, ChangeService(name=name))


async def change_all(context: ViewContext, verb: Verb, names: Iterable[str]) -> None:
    """Do `verb` with each of `names`, all at once; each failure gets its own notice."""
    await asyncio.gather(*(change(context, verb, name) for name in names))
