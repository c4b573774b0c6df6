"""Speaks supervisord's XML-RPC over its Unix socket.

Each call opens its own connection in a worker thread: the standard library's proxy blocks and may
not be shared. Source: supervisor 4.3 documentation, "XML-RPC API".
"""

import asyncio
import http.client
import xmlrpc.client
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit_app.preview.supervisor_config import GROUP
from cockpit_app.preview.unix_http import UnixConnection

CALL_TIMEOUT_S = 10.0


class SupervisorFault(Exception):
    """supervisord said no, or nobody speaks there; `code` is its fault code, else 0."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


BAD_NAME, NO_FILE, NOT_EXECUTABLE = 10, 20, 21
ALREADY_STARTED, NOT_RUNNING = 60, 70


@dataclass(frozen=True, slots=True)
class Process:
    """What supervisord knows of one program at this moment."""

    name: str
    state: str
    """supervisord's own word: `RUNNING`, `BACKOFF` …"""
    pid: int
    """0 when there is none."""
    started: int
    """When it was last started; seconds since the epoch, 0 for never."""
    stopped: int
    exit_status: int
    error: str
    """Why it could not be spawned, or nothing."""
    now: int


class Supervisor:
    """The supervisord that listens on `path`."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def processes(self) -> list[Process]:
        """Return all programs, in order of name."""
        return [_process(row) for row in await self._call("getAllProcessInfo")]

    async def start(self, name: str) -> None:
        """Have a program started; does not wait until it is known to stay up."""
        await self._call("startProcess", f"{GROUP}:{name}", False)

    async def stop(self, name: str) -> None:
        """Have a program stopped, and wait until it is."""
        await self._call("stopProcess", f"{GROUP}:{name}", True)

    async def _call(self, method: str, *arguments: Any) -> Any:
        return await asyncio.to_thread(self._call_blocking, method, arguments)

    def _call_blocking(self, method: str, arguments: tuple[Any, ...]) -> Any:
        transport = _UnixTransport(self._path)
        try:
            with xmlrpc.client.ServerProxy("http://localhost", transport=transport) as proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            raise SupervisorFault(fault.faultCode, fault.faultString) from fault
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise SupervisorFault(0, "supervisord does not answer.") from error


def _process(row: dict[str, Any]) -> Process:
    return Process(
        name=row["name"],
        state=row["statename"],
        pid=row["pid"],
        started=row["start"],
        stopped=row["stop"],
        exit_status=row["exitstatus"],
        error=row["spawnerr"],
        now=row["now"],
    )


class _UnixTransport(xmlrpc.client.Transport):
    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: Any) -> http.client.HTTPConnection:
        connection = UnixConnection(self._path, timeout_s=CALL_TIMEOUT_S)
        self._connection = host, connection  # where `close` looks for what it has to close
        return connection
