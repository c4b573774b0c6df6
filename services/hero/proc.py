"""The client of hero_proc, the supervisor: its services, its jobs, its secrets.

Knows hero_proc's words and nothing of what is made of them.
"""

import asyncio
import shlex
from collections.abc import Iterable, Sequence
from pathlib import Path

from services.contract.log import LogLine
from services.defaults import DEFAULTS, Defaults
from services.errors import CockpitError, NotFound, Refused
from services.hero.job_reports import (
    JobSpec,
    ProcJob,
    read_job,
    read_job_id,
    read_jobs,
    read_lines,
)
from services.hero.reports import Report, looks_like_services, read_service, read_services
from services.hero.secret_reports import read_names, read_value, says_absent, says_exists
from services.hero.socket_names import candidates
from services.wire.discovery import Argument, NoSuchMethod, Vocabulary
from services.wire.node import Node
from services.wire.reply import INVALID_PARAMS, Answered
from services.wire.rpc import RpcClient

LIST_TIMEOUT_S = 5.0
_AT_ONCE = 8
_JOB_WRAPPERS = ((), ("input",), ("spec",), ("action",), ("input", "spec"))
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
        client = RpcClient(node, places, daemon="hero_proc", targets=defaults.rpc_paths)
        return cls(client, defaults)

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

    async def enable(self, name: str) -> bool:
        """Have the service started with the machine; False when hero_proc knows no such thing."""
        return await self._if_known(self._names.enable, name)

    async def disable(self, name: str) -> bool:
        """Have the service left alone at start-up; False when hero_proc knows no such thing."""
        return await self._if_known(self._names.disable, name)

    async def logs(self, name: str, *, lines: int = 200) -> Sequence[LogLine]:
        """Return the last lines that a service wrote; raises NoSuchMethod where files hold them."""
        count = Argument(("lines", "limit", "tail", "n"), lines, optional=True)
        arguments = [Argument(self._names.name_parameters, name), count]
        result = await self._vocabulary.say_with(self._names.service_logs, arguments)
        return read_lines(result)[-lines:]

    async def submit(self, spec: JobSpec) -> str:
        """Have a command run once; returns the id of the job."""
        arguments = [
            Argument(("name", "title", "job_name"), spec.name, optional=True),
            Argument(("script", "command", "cmd", "exec"), shlex.join(spec.command)),
            Argument(("env", "environment"), dict(spec.env), optional=True),
            Argument(("timeout_ms", "timeout"), int(spec.timeout_s * 1000), optional=True),
        ]
        if spec.cwd:
            arguments.append(Argument(("cwd", "dir", "working_dir"), spec.cwd, optional=True))
        result = await self._vocabulary.say_with(
            self._names.job_create, arguments, changes=True, wrappers=_JOB_WRAPPERS
        )
        if job_id := read_job_id(result):
            return job_id
        raise Refused("hero_proc took a job, but gave it no number. Look at its log.")

    async def job(self, job_id: str) -> ProcJob:
        """Return what hero_proc says of a job; raises NotFound when it does not know it."""
        return read_job(await self._about_job(self._names.job_get, job_id), job_id=job_id)

    async def jobs(self) -> Sequence[ProcJob]:
        """Return the jobs that hero_proc still knows."""
        return read_jobs(await self._vocabulary.say(self._names.job_list))

    async def job_logs(self, job_id: str, *, after: int = 0) -> Sequence[str]:
        """Return the lines that a job wrote, without the first `after`."""
        pages = after > 0 and await self._vocabulary.accepts(self._names.job_logs, ("after",))
        more = [Argument(("after",), after)] if pages else []
        result = await self._about_job(self._names.job_logs, job_id, *more)
        return [line.text for line in read_lines(result)[0 if pages else after :]]

    async def cancel(self, job_id: str) -> None:
        """End a job."""
        await self._about_job(self._names.job_cancel, job_id, changes=True)

    async def secret(self, context: str, key: str) -> str | None:
        """Return the value of a secret; None when there is none."""
        try:
            result = await self._vocabulary.say_with(
                self._names.secret_get, self._secret_address(context, key)
            )
        except Answered as error:
            if says_absent(error.words):
                return None
            raise
        return read_value(result)

    async def set_secret(self, context: str, key: str, value: str) -> None:
        """Store a secret, whether there is one of that name or not."""
        address = self._secret_address(context, key)
        arguments = [*address, Argument(self._names.value_parameters, value)]
        try:
            await self._vocabulary.say_with(self._names.secret_set, arguments, changes=True)
        except NoSuchMethod:
            await self._create_secret(context, key, arguments)
        except Answered as error:  # from one that updates only what is there
            if not says_absent(error.words):
                raise
            await self._create_secret(context, key, arguments)

    async def delete_secret(self, context: str, key: str) -> None:
        """Delete a secret; that there is none is no error."""
        try:
            await self._vocabulary.say_with(
                self._names.secret_delete, self._secret_address(context, key), changes=True
            )
        except Answered as error:
            if not says_absent(error.words):
                raise

    async def secret_names(self, context: str) -> Sequence[str] | None:
        """Return the names of the secrets of a context; None when hero_proc does not tell."""
        argument = Argument(self._names.context_parameters, context, optional=True)
        try:
            result = await self._vocabulary.say_with(self._names.secret_list, [argument])
        except NoSuchMethod:
            return None
        return read_names(result, context=context)

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()

    async def _if_known(self, methods: Sequence[str], name: str) -> bool:
        try:
            await self._vocabulary.say(methods, name, changes=True)
        except NoSuchMethod:
            return False
        return True

    async def _about_job(
        self, methods: Sequence[str], job_id: str, *more: Argument, changes: bool = False
    ) -> object:
        # hero_proc's ids are numbers; a strict daemon with ids of another kind says so.
        values: tuple[int | str, ...] = (int(job_id), job_id) if job_id.isdecimal() else (job_id,)
        for value in values:
            argument = Argument(self._names.job_parameters, value)
            try:
                return await self._vocabulary.say_with(methods, [argument, *more], changes=changes)
            except Answered as error:
                if says_absent(error.words):
                    raise NotFound(f"hero_proc does not know its job {job_id} any more.") from error
                if error.rpc_code != INVALID_PARAMS or value == values[-1]:
                    raise
        raise AssertionError  # the last value returns or raises

    def _secret_address(self, context: str, key: str) -> Sequence[Argument]:
        return (
            Argument(self._names.context_parameters, context),
            Argument(self._names.key_parameters, key),
        )

    async def _create_secret(self, context: str, key: str, arguments: Sequence[Argument]) -> None:
        """Store a secret with a hero_proc that only creates: one that exists is deleted first."""
        try:
            await self._vocabulary.say_with(self._names.secret_create, arguments, changes=True)
        except Answered as error:
            if not says_exists(error.words):
                raise
        else:
            return
        former = await self.secret(context, key)
        await self.delete_secret(context, key)
        try:
            await self._vocabulary.say_with(self._names.secret_create, arguments, changes=True)
        except CockpitError:
            if former is not None:
                back = [*arguments[:-1], Argument(self._names.value_parameters, former)]
                await self._vocabulary.say_with(self._names.secret_create, back, changes=True)
            raise

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
