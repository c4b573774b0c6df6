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
from views.texts import t, tn


@dataclass(frozen=True, slots=True)
class Verb:
    """One thing to do with a service: its operation, its icon and its words."""

    operation: Operation[ChangeService, Service]
    icon: ft.IconData
    word: str
    busy: str
    done: str
    """What was done, after a number: `3 stopped`."""
    end: State | None = None
    """A service in this state is left alone; None does it to any."""

    def label(self, name: str) -> str:
        """Return what the button for the service `name` is called."""
        return f"{t(self.word)} {name}"


START = Verb(
    START_SERVICE, ft.Icons.PLAY_ARROW_ROUNDED, "Start", "Starting", "started", State.RUNNING
)
STOP = Verb(STOP_SERVICE, ft.Icons.STOP_ROUNDED, "Stop", "Stopping", "stopped", State.STOPPED)
RESTART = Verb(RESTART_SERVICE, ft.Icons.RESTART_ALT_ROUNDED, "Restart", "Restarting", "restarted")

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


async def change(context: ViewContext, verb: Verb, name: str) -> bool:
    """Do `verb` with the service `name` and return whether it worked.

    What comes of it shows in its row, failure in a notice.
    """
    params = ChangeService(name=name)
    return await run(context, verb.label(name), verb.operation, params) is not None


async def change_all(context: ViewContext, verb: Verb, names: Iterable[str]) -> None:
    """Do `verb` with each of `names` that needs and allows it, all at once, and count them.

    Each failure gets its own notice.
    """
    known = [service for name in names if (service := context.snapshot.service(name))]
    spared = [s for s in known if verb is STOP and s.protected]
    there = [s for s in known if s not in spared and s.state is verb.end and s.pending is None]
    left = [s for s in known if s not in spared and s not in there]
    worked = await asyncio.gather(*(change(context, verb, service.name) for service in left))
    told = [
        _count("{count} {done}", "{count} {done}", sum(worked), done=t(verb.done)),
        _count("{count} failed", "{count} failed", len(worked) - sum(worked)),
        _count(
            "{count} was {state} already",
            "{count} were {state} already",
            len(there),
            state=t(verb.end or ""),
        ),
        _count("{count} is protected", "{count} are protected", len(spared)),
    ]
    context.tell("done", ", ".join(part for part in told if part))


def _count(one: str, many: str, count: int, **values: object) -> str:
    """Return the words with the number, or nothing for none."""
    return tn(one, many, count, **values) if count else ""
