"""A real supervisord with a few programs, and hero_proc's face in this process on a real socket.

Lighter than a preview, and in any dialect; whoever uses it shares supervisord and not the face.
"""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cockpit_app.preview.children import environment
from cockpit_app.preview.dialect import Switch
from cockpit_app.preview.home import Home, open_home
from cockpit_app.preview.proc_rpc import application
from cockpit_app.preview.programs import Program, WantedStates, save_programs
from cockpit_app.preview.sockets import serve
from cockpit_app.preview.supervisor import Supervisor
from cockpit_app.preview.supervisor_config import LEASH, config_path, write_config
from cockpit_app.preview.sweep import sweep
from tests.preview_node import short_folder, until


def sleeper(name: str, *, wanted: bool = True, app: str = "") -> Program:
    return Program(
        name=name,
        title=name.removeprefix("hero_").capitalize(),
        description="Sleeps",
        version="1.2.3",
        command=("sh", "-c", "echo going to sleep; exec sleep 4330"),
        sockets=(f"{name}/rpc.sock", f"{name}/admin.sock"),
        wanted=wanted,
        app=app,
    )


PROGRAMS = (
    sleeper("hero_awake"),
    sleeper("hero_down", wanted=False),
    sleeper("hero_absent", app="hero_absent"),
)


@contextmanager
def supervised() -> Iterator[Home]:
    """Run `PROGRAMS` in a home of their own; end them, and all jobs, after."""
    with short_folder() as folder:
        home = open_home(folder / "h")
        save_programs(home, PROGRAMS)
        write_config(home, PROGRAMS, WantedStates(home))
        command = (sys.executable, "-m", "supervisor.supervisord", "-c", str(config_path(home)))
        supervisord = subprocess.Popen(
            [*LEASH, *command], cwd=home.root, env=environment(home), start_new_session=True
        )
        try:
            until(home.supervisor_socket.is_socket, what="supervisord listens")
            yield home
        finally:
            supervisord.terminate()
            supervisord.wait(10)
            sweep(home)


@dataclass(frozen=True)
class ProcFace:
    """hero_proc's face on its socket."""

    path: Path

    async def http(self, verb: str, target: str, body: bytes | None = None) -> tuple[int, bytes]:
        """Return status and body of one HTTP request."""
        reader, writer = await asyncio.open_unix_connection(self.path)
        head = f"{verb} {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
        kind = f"Content-Type: application/json\r\nContent-Length: {len(body or b'')}\r\n\r\n"
        writer.write(head.encode() + kind.encode() + (body or b""))
        async with asyncio.timeout(20):
            answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        start, _, content = answer.partition(b"\r\n\r\n")
        return int(start.split()[1]), content

    async def rpc(
        self, method: str, params: Any = None, *, target: str = "/rpc"
    ) -> tuple[int, dict[str, Any]]:
        """Return HTTP status and JSON-RPC answer of one call."""
        request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
        status, body = await self.http("POST", target, json.dumps(request).encode())
        answer: dict[str, Any] = json.loads(body)
        return status, answer

    async def result(self, method: str, params: Any = None) -> Any:
        """Return the result of a call that must succeed."""
        _, answer = await self.rpc(method, params)
        assert "result" in answer, answer
        return answer["result"]

    async def error(self, method: str, params: Any = None) -> tuple[int, str]:
        """Return code and message of a call that must fail."""
        _, answer = await self.rpc(method, params)
        assert "error" in answer, answer
        return answer["error"]["code"], answer["error"]["message"]


@asynccontextmanager
async def proc_face(
    home: Home, *switches: Switch, name: str = "hero_proc/rpc.sock"
) -> AsyncIterator[ProcFace]:
    """Serve hero_proc's face for `home` in the dialect of `switches`, on the socket `name`."""
    supervisor = Supervisor(home.supervisor_socket)
    face = application(home, supervisor=supervisor, switches=frozenset(switches))
    path = home.socket(name)
    over = asyncio.Event()
    serving = asyncio.create_task(serve(face, path, over))
    try:
        await eventually(path.is_socket, "the face listens")
        yield ProcFace(path)
    finally:
        over.set()
        await serving


async def eventually(holds: Any, what: str) -> Any:
    """Return what `holds` gives, which may be a coroutine function, as soon as it is true."""
    deadline = asyncio.get_running_loop().time() + 15
    while True:
        found = holds()
        if asyncio.iscoroutine(found):
            found = await found
        if found:
            return found
        assert asyncio.get_running_loop().time() < deadline, f"not within 15 s: {what}"
        await asyncio.sleep(0.02)
