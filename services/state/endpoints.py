"""Which sockets a service has: as hero_proc declares them, else as found in the usual places."""

from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from services.clock import Clock
from services.defaults import Defaults
from services.hero.reports import Report
from services.hero.socket_names import expected_sockets, is_safe_name, split_name
from services.models import Endpoint, Fact
from services.state.probe import Prober
from services.wire.node import Node
from terminal.stream import StreamError

LOOK_AGAIN_S = 30.0
"""How often the usual places are searched for sockets that nobody declared."""
MOST_PER_SERVICE = 16


class Sockets:
    """The socket files of every service, below one socket directory."""

    def __init__(self, node: Node, clock: Clock, directory: Path, defaults: Defaults) -> None:
        self._node = node
        self._clock = clock
        self._directory = directory
        self._kinds = defaults.expected_kinds
        self._found: dict[str, tuple[Path, ...]] = {}
        self._search_at: dict[str, float] = {}

    async def update(self, reports: Sequence[Report]) -> None:
        """Search for sockets of services that declare none; one found once stays expected."""
        names = {report.name for report in reports}
        for gone in self._found.keys() - names:
            del self._found[gone]
            self._search_at.pop(gone, None)
        for report in reports:
            if report.sockets is None and self._is_due(report.name):
                await self._search(report.name)

    def of(self, report: Report) -> tuple[Path, ...]:
        """Return the socket paths of a service, in the order of declaration."""
        if report.sockets is None:
            return self._found.get(report.name, ())
        paths = (self._declared(report.name, text) for text in report.sockets)
        return tuple(dict.fromkeys(p for p in paths if p is not None))[:MOST_PER_SERVICE]

    def _is_due(self, name: str) -> bool:
        return self._clock.monotonic() >= self._search_at.get(name, 0.0)

    async def _search(self, name: str) -> None:
        self._search_at[name] = self._clock.monotonic() + LOOK_AGAIN_S
        found = list(self._found.get(name, ()))
        for path in expected_sockets(self._directory, name, self._kinds):
            if path not in found and await self._exists(path):
                found.append(path)
        self._found[name] = tuple(found)

    async def _exists(self, path: Path) -> bool:
        try:
            return await self._node.identify(path) is not None
        except StreamError:
            return False

    def _declared(self, service: str, text: str) -> Path | None:
        """Return the path of a declared socket: absolute, below the directory, or just a kind."""
        declared = PurePosixPath(text)
        if "\0" in text or ".." in declared.parts or not declared.name:
            return None
        name = declared.name if declared.name.endswith(".sock") else f"{declared.name}.sock"
        if declared.is_absolute():
            return Path(text) if name == declared.name else None
        if len(declared.parts) > 1:
            return self._directory.joinpath(*declared.parts[:-1], name)
        app, _ = split_name(service)
        return self._directory / app / name if is_safe_name(app) else None


def seen_endpoints(paths: Sequence[Path], prober: Prober) -> tuple[Endpoint, ...]:
    """Return the sockets with what was last seen of each."""
    return tuple(
        Endpoint(kind=path.stem, path=str(path), accepts=seen.accepts, answers=seen.answers)
        for path in paths
        for seen in (prober.seen(path),)
    )


def summary(facts: Sequence[Fact], verb: str) -> Fact:
    """Return several facts as one: good when all are, as old as the oldest.

    Facts that are not applicable (`ok` None) do not count.
    """
    telling = [fact for fact in facts if fact.ok is not None]
    if not telling:
        return Fact(
            says="not checked yet" if any(f.at is None for f in facts) else "nothing to ask"
        )
    good = sum(1 for fact in telling if fact.ok)
    ages = [fact.at for fact in telling if fact.at is not None]
    says = f"{good} of {len(telling)} {verb}"
    return Fact(ok=good == len(telling), says=says, at=min(ages, default=None))


def introduced(paths: Sequence[Path], prober: Prober) -> Mapping[str, str]:
    """Return what the service says of itself: `title`, `description`, `version`."""
    seen = [prober.seen(path) for path in paths]
    return {
        "title": next((s.title for s in seen if s.title), ""),
        "description": next((s.description for s in seen if s.description), ""),
        "version": next((s.version for s in seen if s.version), ""),
    }
