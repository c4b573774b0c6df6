"""The client of hero_proc, the supervisor: lists, starts, stops and restarts services.

Knows hero_proc's words and nothing of what is made of them.
"""

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.defaults import DEFAULTS, Defaults
from services.discovery import NoSuchMethod, Vocabulary, candidates
from services.errors import CockpitError, Refused
from services.node import Node
from services.reports import Report, looks_like_services, read_service, read_services
from services.rpc import RpcClient

LIST_TIMEOUT_S = 5.0
_AT_ONCE = 8
_SLICE = 50
"""Services read before the loop gets its turn."""


class ProcClient:
    """hero_proc, whichever of its dialects it speaks."""

    def __init__(self, client: RpcClient, defaults: Defaults = DEFAULTS) -> None:
        self._names = defaults
        self._vocabulary = Vocabulary(
            client,
            parameters=defaults.name_parameters,
            openrpc_paths=defaults.openrpc_paths,
        )
        self._client = client

    @classmethod
    def at(cls, node: Node, sockets: Path, defaults: Defaults = DEFAULTS) -> "ProcClient":
        """Return a client of the hero_proc below the folder `sockets` of `node`."""
        places = candidates(sockets, defaults.proc_sockets)
        return cls(RpcClient(node, places, daemon="hero_proc"), defaults)

    async def list(self) -> Sequence[Report]:
        """Return what hero_proc says of every service, in order of name."""
        try:
            result = await self._vocabulary.say(self._names.list_full, timeout_s=LIST_TIMEOUT_S)
        except NoSuchMethod:
            result = await self._vocabulary.say(self._names.list, timeout_s=LIST_TIMEOUT_S)
        if not looks_like_services(result):
            raise Refused("hero_proc's list of services has an unknown shape. Look at its log.")
        reports = await _slowly(read_services(result))
        if any(not report.raw_state for report in reports):
            reports = await self._with_status(reports)
        return sorted(reports, key=lambda report: report.name)

    async def status(self, name: str) -> Report:
        """Return what hero_proc says of one service."""
        result = await self._vocabulary.say(self._names.status, name, timeout_s=LIST_TIMEOUT_S)
        return read_service(result, name=name)

    async def start(self, name: str) -> None:
        """Tell hero_proc that the service should run."""
        await self._vocabulary.say(self._names.start, name, changes=True)

    async def stop(self, name: str) -> None:
        """Tell hero_proc that the service should not run."""
        await self._vocabulary.say(self._names.stop, name, changes=True)

    async def restart(self, name: str, *, in_one_call: bool = False) -> None:
        """Tell hero_proc to run the service anew; by stop and start if it knows no restart.

        `in_one_call` raises NoSuchMethod instead, for a caller who would not live to say start.
        """
        try:
            await self._vocabulary.say(self._names.restart, name, changes=True)
        except NoSuchMethod:
            if in_one_call:
                raise
            await self.stop(name)
            await self.start(name)

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()

    async def _with_status(self, reports: Sequence[Report]) -> Sequence[Report]:
        """Ask for the state of each service whose state the list left out."""
        limit = asyncio.Semaphore(_AT_ONCE)

        async def complete(report: Report) -> Report:
            if report.raw_state:
                return report
            async with limit:
                try:
                    return await self.status(report.name)
                except Refused:
                    return report

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(complete(report)) for report in reports]
        except* CockpitError as several:
            raise first_of(several) from several
        return [task.result() for task in tasks]


def first_of(several: BaseExceptionGroup[CockpitError]) -> CockpitError:
    """Return one of the errors of a group, to be told to a person."""
    first = several.exceptions[0]
    return first_of(first) if isinstance(first, BaseExceptionGroup) else first


async def _slowly(reports: Iterable[Report]) -> Sequence[Report]:
    """Read all, giving the loop its turn every few services."""
    read: list[Report] = []
    for report in reports:
        read.append(report)
        if len(read) % _SLICE == 0:
            await asyncio.sleep(0)
    return read
