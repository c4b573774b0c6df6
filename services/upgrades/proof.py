"""Proves that a service really serves a build: it runs, answers, tells its version, and stays so.

It looks for itself, at hero_proc and at the sockets, and believes nothing that was seen before.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.apps.versions import is_same
from services.clock import Clock
from services.defaults import Defaults
from services.errors import CockpitError
from services.hero.proc import ProcClient
from services.hero.reports import Report, Word
from services.state.endpoints import Sockets
from services.state.probe import Prober, SocketLook
from services.wire.node import Node

SETTLE_S = 4.0
"""How long a service must serve without a break before it is believed."""
PATIENCE_S = 20.0
"""How long a service may take until it serves."""
LOOK_EVERY_S = 0.4
FINAL_S = 2.0
"""How long a clear no must last before it is final; the old process may be the one that says it."""
MOST_PROCESSES = 2
"""More processes than this, one after the other, are no single restart by somebody else."""

_ALIVE = frozenset({Word.RUNNING, Word.UNKNOWN, Word.DEGRADED})


@dataclass(frozen=True, slots=True)
class Before:
    """What is known of a service before it is restarted."""

    name: str
    pid: int | None = None
    """Of the process that is to go; None when none is, or when it is not to go."""
    sockets: tuple[Path, ...] = ()
    """Where it accepted; looked at again if hero_proc does not say where to look."""


@dataclass(frozen=True, slots=True)
class Proven:
    """What a proof came to."""

    ok: bool
    sentence: str
    """Why not; empty when it serves."""
    version: str = ""
    """What the service tells itself; empty when it tells none."""


class _Says(StrEnum):
    YES = "yes"
    NOT_YET = "not yet"
    NO = "no"


@dataclass(frozen=True, slots=True)
class _Look:
    says: _Says
    sentence: str = ""
    version: str = ""
    pid: int | None = None


class Proof:
    """Looks at services of one machine until it is sure."""

    def __init__(
        self, proc: ProcClient, node: Node, clock: Clock, *, sockets: Path, defaults: Defaults
    ) -> None:
        self._proc = proc
        self._node = node
        self._clock = clock
        self._directory = sockets
        self._defaults = defaults

    async def before(self, name: str) -> Before:
        """Return what a later proof compares with; raises the five kinds."""
        report = await self._report(name)
        if report is None:
            return Before(name)
        seen = await self._looks(report, ())
        accepting = tuple(path for path, one in seen.items() if one.accepts.ok)
        return Before(name, pid=report.pid, sockets=accepting)

    async def serves(
        self, before: Before, *, version: str, sign: Callable[[], Awaitable[None]]
    ) -> Proven:
        """Look until the service has served `version` for `SETTLE_S`, or clearly does not.

        An empty version is not compared. `sign` is called with every look.
        """
        began = self._clock.monotonic()
        good_since: float | None = None
        bad_since: float | None = None
        processes: set[int] = set()
        while True:
            look = await self._look(before, version)
            now = self._clock.monotonic()
            if look.pid is not None and look.pid != before.pid:
                if look.pid not in processes:
                    good_since = None
                processes.add(look.pid)
            good_since = (good_since or now) if look.says is _Says.YES else None
            bad_since = (bad_since or now) if look.says is _Says.NO else None
            if good_since is not None and now - good_since >= SETTLE_S:
                return Proven(True, "", look.version)
            if len(processes) > MOST_PROCESSES:
                return Proven(False, f"{before.name} does not stay up: it ends again and again.")
            if bad_since is not None and now - bad_since >= FINAL_S:
                return Proven(False, look.sentence, look.version)
            if good_since is None and now - began >= PATIENCE_S:
                within = f" It was given {PATIENCE_S:.0f} s."
                return Proven(False, look.sentence + within, look.version)
            await sign()
            await self._clock.sleep(LOOK_EVERY_S)

    async def _look(self, before: Before, version: str) -> _Look:
        try:
            report = await self._report(before.name)
        except CockpitError as error:
            return _Look(_Says.NOT_YET, error.message)
        if report is None:
            words = f"hero_proc does not know a service {before.name}."
            return _Look(_Says.NOT_YET, words)
        if (trouble := _supervised(report, before)) is not None:
            return trouble
        seen = await self._looks(report, before.sockets)
        return _judged(report, list(seen.values()), version)

    async def _report(self, name: str) -> Report | None:
        return next((r for r in await self._proc.list() if r.name == name), None)

    async def _looks(self, report: Report, known: Sequence[Path]) -> dict[Path, SocketLook]:
        sockets = Sockets(self._node, self._clock, self._directory, self._defaults)
        await sockets.update([report])
        paths = sockets.of(report) or tuple(known)
        prober = Prober(self._node, self._clock, http_kinds=self._defaults.http_kinds)
        await prober.look(paths)
        return {path: prober.seen(path) for path in paths}


def _supervised(report: Report, before: Before) -> _Look | None:
    """Return what hero_proc's word alone settles, or None."""
    if report.word is Word.FAILED:
        how = f" with exit status {report.exit_code}" if report.exit_code else ""
        return _Look(_Says.NO, f"{report.name} does not start: it ended{how}.", pid=report.pid)
    if report.word not in _ALIVE:
        word = report.raw_state or "nothing"
        return _Look(_Says.NOT_YET, f"{report.name} does not run: hero_proc says {word!r}.")
    if before.pid is not None and report.pid == before.pid:
        return _Look(_Says.NOT_YET, f"The old process of {report.name} still runs.")
    return None


def _judged(report: Report, seen: Sequence[SocketLook], version: str) -> _Look:
    """Return what the sockets of a process that runs say of it."""
    told = next((one.version for one in seen if one.version), "")
    for one in seen:
        if not one.accepts.ok:
            words = f"{report.name} runs, but does not take connections: {one.accepts.says}."
            return _Look(_Says.NOT_YET, words, told, report.pid)
        if one.answers.ok is False:
            words = f"{report.name} runs, but does not answer: {one.answers.says}."
            return _Look(_Says.NOT_YET, words, told, report.pid)
    if version and told and not is_same(told, version):
        words = f"{report.name} serves version {told}, and {version} was expected."
        return _Look(_Says.NO, words, told, report.pid)
    return _Look(_Says.YES, "", told, report.pid)
