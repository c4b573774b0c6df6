"""The `service.*` methods of the preview's hero_proc: supervisord's facts in hero_proc's words.

Source: hero_proc reference, 1.3 (fields, wanted and runtime states) and 1.4 (methods).
"""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from cockpit_app.preview.home import Home
from cockpit_app.preview.method import Method
from cockpit_app.preview.observed import History, Observed, measure
from cockpit_app.preview.programs import Program, WantedStates
from cockpit_app.preview.supervisor import (
    ALREADY_STARTED,
    BAD_NAME,
    NO_FILE,
    NOT_EXECUTABLE,
    NOT_RUNNING,
    Process,
    Supervisor,
    SupervisorFault,
)
from cockpit_app.preview.supervisor_config import START_RETRIES
from cockpit_app.rpc.jsonrpc import INVALID_PARAMS, Fault

NOT_FOUND, IS_UP, IS_DOWN, NOT_STARTED, NO_SUPERVISOR = -32000, -32002, -32003, -32010, -32011
"""Codes of domain errors; the first three are those of hero_proc's ancestor (reference 1.5)."""

MAX_LOG_LINES = 10_000
_LOG_LINE_BYTES = 400

_STATES = {
    "RUNNING": "running",
    "STARTING": "starting",
    "STOPPING": "stopping",
    "STOPPED": "inactive",
    "BACKOFF": "retrying",
    "FATAL": "failed",
}


class ServiceMethods:
    """Carries the methods out for the programs of one home."""

    def __init__(
        self,
        *,
        home: Home,
        programs: Iterable[Program],
        wanted: WantedStates,
        supervisor: Supervisor,
    ) -> None:
        self._home = home
        self._programs = {program.name: program for program in programs}
        self._wanted = wanted
        self._supervisor = supervisor
        self._observed = Observed()
        self._seen: dict[str, tuple[Process, History]] = {}
        self._looking = asyncio.Lock()
        self._noting = asyncio.Lock()
        self._busy: dict[str, asyncio.Lock] = {name: asyncio.Lock() for name in self._programs}

    def methods(self) -> list[Method]:
        """Return the group of methods."""
        return [
            Method("service.list", self._list),
            Method("service.list_full", self._list_full),
            Method("service.status", self._status),
            Method("service.start", self._start, acts=True),
            Method("service.stop", self._stop, acts=True),
            Method("service.restart", self._restart, acts=True),
            Method("service.enable", self._enable, acts=True),
            Method("service.disable", self._disable, acts=True),
            Method("service.logs", self._logs),
        ]

    async def observe(self) -> None:
        """Look once at all programs."""
        # One answer at a time: an older one taken in late would look like a change.
        async with self._looking:
            for process in await self._supervisor.processes():
                self._seen[process.name] = process, self._observed.learn(process)

    async def _list(self) -> list[str]:
        """Return the names of all services."""
        return self._installed()

    async def _list_full(self) -> list[dict[str, Any]]:
        """Return all services with their specification and their state."""
        async with _faults():
            await self.observe()
        return [self._describe(name) for name in self._installed() if name in self._seen]

    async def _status(self, name: str) -> dict[str, Any]:
        """Return one service with its specification and its state."""
        self._known(name)
        async with _faults(name):
            await self.observe()
        return self._describe(name)

    async def _start(self, name: str) -> dict[str, Any]:
        """Start a service; answers as soon as the start is under way."""
        self._known(name)
        async with self._busy[name], _faults(name):
            self._observed.expect_start(name)
            await self._supervisor.start(name)
            await self._want(name, up=True)
        return {"ok": True, "name": name}

    async def _stop(self, name: str) -> dict[str, Any]:
        """Stop a service; it stays stopped until it is started again."""
        self._known(name)
        async with self._busy[name], _faults(name):
            was_wanted = self._wanted.of(self._programs[name])
            await self._want(name, up=False)
            try:
                await self._supervisor.stop(name)
            except SupervisorFault as fault:
                if fault.code != NOT_RUNNING or not was_wanted:
                    raise
        return {"ok": True, "name": name}

    async def _restart(self, name: str) -> dict[str, Any]:
        """Stop a service if it runs, and start it; answers as soon as the start is under way."""
        self._known(name)
        async with self._busy[name], _faults(name):
            try:
                await self._supervisor.stop(name)
            except SupervisorFault as fault:
                if fault.code != NOT_RUNNING:
                    raise
            self._observed.expect_start(name)
            await self._supervisor.start(name)
            await self._want(name, up=True)
        return {"ok": True, "name": name}

    async def _enable(self, name: str) -> dict[str, Any]:
        """Have a service started with the node from now on; what it does now stays as it is."""
        return await self._only_want(name, up=True)

    async def _disable(self, name: str) -> dict[str, Any]:
        """Have a service left alone at the node's start; what it does now stays as it is."""
        return await self._only_want(name, up=False)

    async def _only_want(self, name: str, *, up: bool) -> dict[str, Any]:
        self._known(name)
        async with self._busy[name]:
            await self._want(name, up=up)
        return {"ok": True, "name": name}

    async def _logs(self, name: str, lines: int = 100) -> list[dict[str, str]]:
        """Return the last lines that a service wrote, oldest first."""
        self._known(name)
        if not 1 <= lines <= MAX_LOG_LINES:
            raise Fault(INVALID_PARAMS, f"lines must be 1 to {MAX_LOG_LINES}.")
        return [{"line": line} for line in await asyncio.to_thread(self._tail, name, lines)]

    def _tail(self, name: str, lines: int) -> list[str]:
        try:
            with self._home.log_of(name).open("rb") as file:
                size = file.seek(0, 2)
                file.seek(max(0, size - lines * _LOG_LINE_BYTES))
                text = file.read().decode(errors="replace")
        except FileNotFoundError:
            return []
        return text.splitlines()[-lines:]

    async def _want(self, name: str, *, up: bool) -> None:
        async with self._noting:
            await asyncio.to_thread(self._wanted.set, name, up)

    def _known(self, name: str) -> Program:
        program = self._programs.get(name)
        if program is None or not program.is_installed(self._home):
            raise Fault(NOT_FOUND, f"There is no service named {name!r}.", {"name": name})
        return program

    def _installed(self) -> list[str]:
        programs = self._programs.values()
        return sorted(program.name for program in programs if program.is_installed(self._home))

    def _describe(self, name: str) -> dict[str, Any]:
        program = self._programs[name]
        process, history = self._seen[name]
        memory_bytes, cpu_percent = measure(history)
        up = process.state in {"RUNNING", "STARTING", "STOPPING"}
        row: dict[str, Any] = {
            "name": program.name,
            "title": program.title,
            "description": program.description,
            "version": program.installed_version(self._home),
            "tags": list(program.tags),
            "actions": [program.name],
            "sockets": [str(self._home.socket(path)) for path in program.sockets],
            "status": "start" if self._wanted.of(program) else "stop",
            "state": _state(process),
            "pid": process.pid or None,
            "uptime_ms": max(0, process.now - process.started) * 1000 if up else None,
            "restart_count": history.restarts,
            "memory_bytes": memory_bytes,
            "cpu_percent": cpu_percent,
            "exit_code": process.exit_status if process.stopped and not up else None,
        }
        return row | _trouble(process, history)


def _state(process: Process) -> str:
    if process.state == "EXITED":
        return "failed" if process.exit_status else "exited"
    return _STATES.get(process.state, "unknown")


def _trouble(process: Process, history: History) -> dict[str, Any]:
    """Return what a service that does not come up has to say."""
    trouble: dict[str, Any] = {"error": process.error} if process.error else {}
    if process.state == "BACKOFF":
        # supervisord waits one second longer after each failed try.
        wait_s = max(0, process.stopped + history.tries - process.now)
        trouble["retry"] = {
            "attempt": history.tries,
            "max_attempts": START_RETRIES + 1,
            "next_in_ms": wait_s * 1000,
        }
    return trouble


@asynccontextmanager
async def _faults(name: str = "") -> AsyncIterator[None]:
    """Turn supervisord's faults into JSON-RPC errors that say what is the matter."""
    try:
        yield
    except SupervisorFault as fault:
        raise _fault(fault, name) from fault


def _fault(fault: SupervisorFault, name: str) -> Fault:
    known = {
        0: (NO_SUPERVISOR, "The supervisor of the preview does not answer."),
        BAD_NAME: (NOT_FOUND, f"There is no service named {name!r}."),
        ALREADY_STARTED: (IS_UP, f"{name} is running already."),
        NOT_RUNNING: (IS_DOWN, f"{name} is not running."),
        NO_FILE: (NOT_STARTED, f"{name} cannot be started: its program is missing."),
        NOT_EXECUTABLE: (NOT_STARTED, f"{name} cannot be started: its file is no program."),
    }
    code, message = known.get(fault.code, (NOT_STARTED, f"{name} could not do that: {fault}"))
    return Fault(code, message, {"name": name, "supervisor_code": fault.code})
