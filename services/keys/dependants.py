"""Services that use a key: which they are, and restarting those of them that run."""

import asyncio
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from services.errors import CockpitError
from services.hero.reports import Word, state_word
from services.models import Service, State
from services.state.actions import Actions
from services.state.store import Store

_RUN = frozenset({State.RUNNING, State.STARTING, State.DEGRADED, State.CRASH_LOOP})


@dataclass(frozen=True, slots=True)
class Restarted:
    """How the restart of a key's services went."""

    back: tuple[str, ...] = ()
    failed: tuple[str, ...] = ()
    """Those that did not come back to running."""


class Dependants:
    """Who uses which key."""

    def __init__(self, store: Store, actions: Actions, uses: Mapping[str, Collection[str]]) -> None:
        """`uses` names services or apps by the name of the key that they read."""
        self._store = store
        self._actions = actions
        self._uses = uses

    def names(self, key: str) -> tuple[str, ...]:
        """Return the services that read a key: those seen on this machine, else as declared."""
        declared = self._uses.get(key, ())
        seen = [service.name for service in self._of(key)]
        apps = {service.app for service in self._of(key)}
        return tuple(sorted({*seen, *(d for d in declared if d not in apps)}))

    async def restart(self, key: str) -> Restarted:
        """Restart those that run or are retried, and see them come back.

        The cockpit itself is left alone: it reads a key at each use.
        """
        try:
            await self._store.fresh()
        except CockpitError:
            return Restarted(failed=self.names(key))
        own = self._store.defaults.own_app
        running = [s.name for s in self._of(key) if _is_up(s) and s.app != own]
        done = await asyncio.gather(*(self._restarted(name) for name in running))
        pairs = list(zip(running, done, strict=True))
        return Restarted(
            back=tuple(name for name, good in pairs if good),
            failed=tuple(name for name, good in pairs if not good),
        )

    async def _restarted(self, name: str) -> bool:
        try:
            service = await self._actions.run("restart", name)
        except CockpitError:
            return False
        return service.state is State.RUNNING

    def _of(self, key: str) -> list[Service]:
        declared = self._uses.get(key, ())
        services = self._store.snapshot.services
        return [s for s in services if s.name in declared or s.app in declared]


def _is_up(service: Service) -> bool:
    """Tell whether it runs, or is failed only until hero_proc's next try."""
    retried = state_word(service.raw_state) is Word.RETRYING
    return service.state in _RUN or (service.state is State.FAILED and retried)
