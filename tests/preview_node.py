"""A running preview for tests: the real command in a short folder under /tmp, asked over its own
sockets with the standard library only.
"""

import contextlib
import http.client
import json
import os
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import psutil

from cockpit_app.preview.node import new_link

READY_WITHIN_S = 60.0
END_WITHIN_S = 15.0

COMMAND = (sys.executable, "-m", "cockpit_app", "preview")
"""The command of the product."""


def until(holds: Callable[[], Any], *, within_s: float = 10.0, what: str = "") -> Any:
    """Return what `holds` gives as soon as it is true; fails after `within_s`."""
    deadline = time.monotonic() + within_s
    while not (found := holds()):
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {within_s} s: {what or holds}")
        time.sleep(0.02)
    return found


@contextmanager
def short_folder() -> Iterator[Path]:
    """Give a folder whose path leaves room for the path of a socket."""
    folder = Path(tempfile.mkdtemp(prefix="hc", dir="/tmp"))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class UnixHttp(http.client.HTTPConnection):
    """An HTTP connection to a Unix socket."""

    def __init__(self, path: Path, timeout: float = 20.0) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def answer_of(socket: Path, method: str, params: Any = None) -> Any:
    """Call a method on an `rpc.sock`; return the whole JSON-RPC answer."""
    request = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params or {}}
    connection = UnixHttp(socket)
    with contextlib.closing(connection):
        headers = {"Content-Type": "application/json"}
        connection.request("POST", "/rpc", json.dumps(request), headers)
        answer = json.loads(connection.getresponse().read())
    assert answer["id"] == 1
    return answer


def result_of(socket: Path, method: str, **params: Any) -> Any:
    """Call a method on an `rpc.sock` and return its result; fails on an error."""
    answer = answer_of(socket, method, params)
    assert "result" in answer, answer
    return answer["result"]


class PreviewNode:
    """One preview process and all that it starts."""

    def __init__(
        self, home: Path, *options: str, command: tuple[str, ...] = COMMAND, **popen: Any
    ) -> None:
        self.home = home
        self.errors = home.with_suffix(".stderr")
        with self.errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [*command, "--home", str(home), *options],
                stdout=subprocess.PIPE,
                stderr=errors,
                **popen,
            )
        self.link = ""

    @property
    def port(self) -> int:
        return urlsplit(self.link).port or 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def ticket(self) -> str:
        return parse_qs(urlsplit(self.link).query)["ticket"][0]

    def wait_ready(self, within_s: float = READY_WITHIN_S) -> "PreviewNode":
        """Wait for the ready line and keep its link."""
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], within_s)[0]:
            raise AssertionError(f"no ready line within {within_s} s\n{self.stderr}")
        line = self.process.stdout.readline().decode()
        assert line.startswith("ready http"), f"{line!r}\n{self.stderr}"
        self.link = line.split()[1]
        return self

    @property
    def stderr(self) -> str:
        return self.errors.read_text()

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and wait for the end; return the exit status."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(END_WITHIN_S)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status

    def socket(self, name: str) -> Path:
        """Return the path of a socket named like `hero_books/rpc.sock`."""
        return self.home / "var" / "sockets" / name

    def rpc(self, service: str, method: str, params: Any = None) -> Any:
        """Call a method on a service's rpc.sock; return the whole JSON-RPC answer."""
        return answer_of(self.socket(f"{service}/rpc.sock"), method, params)

    def result(self, service: str, method: str, params: Any = None) -> Any:
        """Call a method and return its result; fails on an error."""
        answer = self.rpc(service, method, params)
        assert "result" in answer, answer
        return answer["result"]

    def service(self, name: str) -> dict[str, Any]:
        """Return what hero_proc says of one service."""
        row: dict[str, Any] = self.result("hero_proc", "service.status", {"name": name})
        return row

    def http(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes | None = None,
        host: str = "127.0.0.1",
    ) -> tuple[http.client.HTTPResponse, bytes]:
        """Ask the gateway, by the name `host`; return the answer and its body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        with contextlib.closing(connection):
            named = {"Host": f"{host}:{self.port}", **(headers or {})}
            connection.request(method, path, body=body, headers=named)
            answer = connection.getresponse()
            return answer, answer.read()

    def new_ticket(self) -> str:
        """Make a new link, as `--link` does; return its ticket."""
        return parse_qs(urlsplit(new_link(self.home)).query)["ticket"][0]

    def sign_in(self, identity: str, *, ticket: str = "", host: str = "127.0.0.1") -> str:
        """Sign in by a fresh ticket as owner, viewer or guest; return the Cookie header."""
        fields = {"ticket": ticket or self.new_ticket(), "identity": identity}
        answer, body = self.http("POST", "/enter", body=urlencode(fields).encode(), host=host)
        assert answer.status == 303, body
        return (answer.getheader("Set-Cookie") or "").partition(";")[0]

    def processes(self, word: str = "") -> list[psutil.Process]:
        """Return the living processes of this home but the preview itself.

        With `word`, those whose command line has it in it.
        """
        return [p for p in psutil.process_iter() if _belongs(p, self.home, word)]

    def sockets(self) -> list[Path]:
        """Return every socket file in the home."""
        folders = [os.walk(self.home)]
        paths = (Path(at) / name for walk in folders for at, _, names in walk for name in names)
        return [path for path in paths if path.is_socket()]


def _belongs(process: psutil.Process, home: Path, word: str) -> bool:
    try:
        if process.status() == psutil.STATUS_ZOMBIE:
            return False
        ours = process.environ().get("HERO_PREVIEW_HOME") == str(home)
        return ours and word in " ".join(process.cmdline())
    except (psutil.Error, OSError):
        return False


@contextmanager
def running_preview(*options: str, command: tuple[str, ...] = COMMAND) -> Iterator[PreviewNode]:
    """Run a preview in a fresh home, ready, and end it after."""
    with short_folder() as folder:
        node = PreviewNode(folder / "h", "--port", "0", *options, command=command)
        try:
            yield node.wait_ready()
        finally:
            node.stop()
