"""Starts, stops and restarts services, and stays until the end is seen or given up on.

One action at a time per service. An action belongs to the server: it goes on when its caller
leaves.
"""

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from services.errors import NotFound, Refused, Unreachable
from services.hero.proc import ProcClient
from services.models import Service, State
from services.params import did_you_mean
from services.state.store import Store
from services.state.truth import Action

log = logging.getLogger(__name__)

END_S = 15.0
"""How long the wanted end is waited for. Source: hero_proc reference 7 (10 to 15 s)."""
LAST_WORDS_S = 0.5
"""How long the cockpit still lives after it promised to restart itself."""

_DOING: Mapping[Action, str] = {"start": "started", "stop": "stopped", "restart": "restarted"}
_ENDS: Mapping[Action, frozenset[State]] = {
    "start": frozenset({State.RUNNING}),
    "stop": frozenset({State.STOPPED, State.FAILED}),
    "restart": frozenset({State.RUNNING}),
}
_ALIVE = frozenset({State.RUNNING, State.DEGRADED})


@dataclass(slots=True)
class _Deed:
    action: Action
    accepted: asyncio.Event = field(default_factory=asyncio.Event)
    """Set once hero_proc took the request."""


class Actions:
    """What is being done to services right now; whoever makes it closes it."""

    def __init__(self, store: Store, proc: ProcClient) -> None:
        self._store = store
        self._proc = proc
        self._clock = store.clock
        self._tasks: dict[str, asyncio.Task[Service]] = {}
        self._deeds: dict[str, _Deed] = {}

    async def run(self, action: Action, name: str, *, wait: bool = True) -> Service:
        """Carry `action` out on a service and return it as it is in the end.

        Without `wait` it returns once hero_proc took the request. Raises NotFound for an unknown
        name, Refused when it may not be, is under way or did not come to its end, Unreachable
        when hero_proc does not answer.
        """
        service = await self.find(name)
        self._permit(action, service)
        deed = _Deed(action)
        task = asyncio.create_task(self._carry_out(service, deed), name=f"{action} {name}")
        self._tasks[name], self._deeds[name] = task, deed
        task.add_done_callback(lambda done: self._forget(name, done))
        if wait and not self._ends_us(action, service):
            return await asyncio.shield(task)
        return await self._once_accepted(name, task, deed)

    async def find(self, name: str) -> Service:
        """Return the service as it is now; raises NotFound with names that look alike."""
        snapshot = await self._store.fresh()
        service = snapshot.service(name)
        if service is not None:
            return service
        if snapshot.at is None:
            raise Unreachable(snapshot.source.sentence)
        near = did_you_mean(name, [s.name for s in snapshot.services])
        raise NotFound(f"There is no service {name!r} here.{near}")

    async def close(self) -> None:
        """Leave whatever is under way; hero_proc brings it to its end."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    def _permit(self, action: Action, service: Service) -> None:
        if action == "stop" and service.protected:
            raise Refused(
                f"Stopping {service.name} would lock you out of this machine. Restart it instead."
            )
        if (deed := self._deeds.get(service.name)) is not None:
            raise Refused(
                f"{service.name} is being {_DOING[deed.action]} already. Wait until that has ended."
            )

    def _ends_us(self, action: Action, service: Service) -> bool:
        return action == "restart" and service.app == self._store.defaults.own_app

    def _forget(self, name: str, task: asyncio.Task[Service]) -> None:
        del self._tasks[name], self._deeds[name]
        if not task.cancelled() and (error := task.exception()) is not None:
            log.warning("%s failed: %s", task.get_name(), error)

    async def _once_accepted(self, name: str, task: asyncio.Task[Service], deed: _Deed) -> Service:
        accepted = asyncio.create_task(deed.accepted.wait())
        try:
            await asyncio.wait({task, accepted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            accepted.cancel()
            await asyncio.wait({accepted})
        return task.result() if task.done() else self._shown(name)

    async def _carry_out(self, service: Service, deed: _Deed) -> Service:
        name, action = service.name, deed.action
        await self._store.mark(name, action)
        try:
            if self._ends_us(action, service):
                await self._restart_ourselves(name, deed)
            else:
                await self._ask(name, action)
                deed.accepted.set()
            end = await self._see_the_end(name, action)
        finally:
            await self._store.mark(name, None)
        return self._judged(name, action, end)

    async def _restart_ourselves(self, name: str, deed: _Deed) -> None:
        """Promise first, act then: the answer must be out before hero_proc ends this process."""
        deed.accepted.set()
        await self._clock.sleep(LAST_WORDS_S)
        await self._proc.restart(name, in_one_call=True)

    async def _ask(self, name: str, action: Action) -> None:
        ask = {
            "start": self._proc.start,
            "stop": self._proc.stop,
            "restart": self._proc.restart,
        }
        await ask[action](name)

    async def _see_the_end(self, name: str, action: Action) -> State:
        """Poll until the action came to its end; return the state it was seen in last."""
        began = self._clock.monotonic()
        while self._clock.monotonic() - began < END_S:
            source = (await self._store.refresh()).source
            state = self._shown(name).state
            if source.reachable and state in _ENDS[action] | {State.FAILED}:
                return state
            await self._clock.sleep(self._store.pace.pending_s)
        return self._shown(name).state

    def _judged(self, name: str, action: Action, end: State) -> Service:
        """Return the service if it came to the wanted end, else raise the truth."""
        service, source = self._shown(name), self._store.snapshot.source
        if not source.reachable:
            raise Unreachable(
                f"hero_proc took the request, but then stopped answering, so nobody knows whether "
                f"{name} was {_DOING[action]}. {source.sentence}"
            )
        if end in _ENDS[action] or (action != "stop" and end in _ALIVE):
            return service
        within = "" if end is State.FAILED else f" within {END_S:.0f} s"
        raise Refused(f"{name} could not be {_DOING[action]}{within}. Now: {service.sentence}")

    def _shown(self, name: str) -> Service:
        service = self._store.snapshot.service(name)
        if service is None:
            raise NotFound(f"{name} is no longer among the services of this machine.")
        return service
