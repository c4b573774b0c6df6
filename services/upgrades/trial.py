"""Tries a build out: restarts the services of an app and proves that they serve it."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

from services.apps.catalog import App
from services.clock import Clock
from services.errors import CockpitError, NotFound, Refused
from services.hero.proc import ProcClient
from services.hero.reports import Report, Word
from services.models import Wanted
from services.state.truth import Action
from services.upgrades.proof import Before, Proof, Proven

LOOK_EVERY_S = 0.5

Sign = Callable[[], Awaitable[None]]
Mark = Callable[[str, Action | None], Awaitable[None]]
"""Shows that something is being done with a service, or no more."""


@dataclass(frozen=True, slots=True)
class Member:
    """One service of an app as it was before anything was changed."""

    name: str
    up: bool
    """Whether it was to run; one that was stopped stays so."""
    sockets: tuple[Path, ...] = ()
    """Where it accepted."""

    def as_json(self) -> Mapping[str, Any]:
        """Return it fit for a job's memory."""
        return {"name": self.name, "up": self.up, "sockets": [str(path) for path in self.sockets]}

    @classmethod
    def of_json(cls, noted: Mapping[str, Any]) -> Self:
        """Return what `as_json` gave."""
        return cls(noted["name"], noted["up"], tuple(Path(path) for path in noted["sockets"]))


class Trial:
    """Restarts services and proves what they serve."""

    def __init__(self, proc: ProcClient, proof: Proof, clock: Clock, mark: Mark) -> None:
        self._proc = proc
        self._proof = proof
        self._clock = clock
        self._mark = mark

    async def members(self, app: App, *, wait_s: float = 0.0) -> tuple[Member, ...]:
        """Return the services of an app as they are now; raises the five kinds.

        Until hero_proc knows one it waits, but not longer than `wait_s`.
        """
        began = self._clock.monotonic()
        while True:
            reports = [report for report in await self._proc.list() if app.owns(report.name)]
            if reports or self._clock.monotonic() - began >= wait_s:
                return tuple([await self._member(report) for report in reports])
            await self._clock.sleep(LOOK_EVERY_S)

    async def _member(self, report: Report) -> Member:
        before = await self._proof.before(report.name)
        return Member(report.name, _is_up(report), before.sockets)

    async def stop(self, app: App) -> None:
        """Stop every service of an app; raises Unreachable when hero_proc does not answer."""
        for member in await self.members(app):
            with suppress(Refused, NotFound):
                await self._proc.stop(member.name)

    async def restart(self, members: Sequence[Member], *, version: str, sign: Sign) -> Proven:
        """Restart `members` and prove that they serve `version`; an empty one is not compared."""
        names = [member.name for member in members]
        try:
            for name in names:
                await self._mark(name, "restart")
            befores = [await self._restart(member) for member in members]
            return await self._all(befores, version=version, sign=sign)
        except CockpitError as error:
            return Proven(False, error.message)
        finally:
            for name in names:
                await self._mark(name, None)

    async def prove(self, members: Sequence[Member], *, version: str, sign: Sign) -> Proven:
        """Prove that `members` serve `version`, by the processes that run now or others."""
        befores = [Before(member.name, sockets=member.sockets) for member in members]
        return await self._all(befores, version=version, sign=sign)

    async def _all(self, befores: Sequence[Before], *, version: str, sign: Sign) -> Proven:
        """Prove several at once; what is wrong with the first that does not serve counts."""
        if not befores:
            return Proven(False, "hero_proc named no service of it, so nothing could be proven.")
        async with asyncio.TaskGroup() as group:
            tasks = [
                group.create_task(self._proof.serves(before, version=version, sign=sign))
                for before in befores
            ]
        proven = [task.result() for task in tasks]
        wrong = next((one for one in proven if not one.ok), None)
        return wrong or Proven(True, "", next((one.version for one in proven if one.version), ""))

    async def _restart(self, member: Member) -> Before:
        before = await self._proof.before(member.name)
        try:
            await self._proc.restart(member.name)
        except Refused:
            await self._proc.start(member.name)  # some restart only what runs
        return Before(member.name, pid=before.pid, sockets=member.sockets)


def _is_up(report: Report) -> bool:
    if report.wanted is Wanted.UNKNOWN:
        return report.word is not Word.STOPPED
    return report.wanted is Wanted.UP
