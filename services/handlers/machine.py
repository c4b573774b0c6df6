"""The machine and the caller."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from services.apps.components import ListComponents
from services.claims import Right, current_identity
from services.contract.machine import SystemInfo, Whoami
from services.contract.manifest import Manifest
from services.machine.facts import machine_facts
from services.params import NoParams
from services.state.health import counts, health_sentence
from services.state.store import Store

ReadManifest = Callable[[], Awaitable[Manifest]]


class MachineHandler:
    """The operations that look at the machine as a whole."""

    def __init__(
        self,
        store: Store,
        *,
        home: Path,
        version: str,
        components: ListComponents | None = None,
        manifest: ReadManifest | None = None,
        problem: Callable[[], str] = str,
    ) -> None:
        """Describe the machine whose Hero directories are below `home`.

        Without `components` or `manifest` what they tell is left out. `problem` tells what
        the cockpit itself suffers from.
        """
        self._store = store
        self._components = components
        self._manifest = manifest
        self._problem = problem
        self._home = home
        self._version = version
        self._started = time.monotonic()

    async def system_info(self, params: NoParams) -> SystemInfo:
        snapshot = await self._store.fresh()
        facts = await asyncio.to_thread(machine_facts, self._home)
        manifest = await self._manifest() if self._manifest else None
        return SystemInfo(
            version=self._version,
            cockpit_uptime_s=int(time.monotonic() - self._started),
            health=health_sentence(snapshot),
            counts=counts(snapshot),
            source=snapshot.source,
            problem=self._problem(),
            components=tuple(await self._components()) if self._components else (),
            profile=manifest.profile if manifest and manifest.exists else "",
            owner=manifest.owner if manifest else "",
            **facts,
        )

    async def whoami(self, params: NoParams) -> Whoami:
        identity = current_identity()
        return Whoami(
            name=identity.name,
            user=identity.user,
            guest=identity.is_guest,
            rights=tuple(right for right in Right if identity.may(right)),
            via=identity.via,
            impersonator=identity.impersonator,
        )
