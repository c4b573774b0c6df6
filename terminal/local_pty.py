"""A program on a pseudo terminal of this machine, as a byte stream."""

import asyncio
import contextlib
import errno
import fcntl
import os
import pty
import signal
import struct
import termios
from collections.abc import Mapping, Sequence

from terminal.stream import StreamError

END_TIMEOUT_S = 2.0


class LocalPty:
    """A process group in its own session on its own terminal; `close` ends all of it."""

    def __init__(self, master: int, process: asyncio.subprocess.Process) -> None:
        self._master = master
        self._process = process
        self._closed = False
        self._waiting: set[asyncio.Future[None]] = set()

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        *,
        rows: int = 24,
        columns: int = 80,
        env: Mapping[str, str] | None = None,
        directory: str | None = None,
    ) -> "LocalPty":
        """Start `command` on a new terminal of this size; raises StreamError if it cannot start."""
        master, slave = pty.openpty()
        try:
            _set_size(master, rows, columns)
            os.set_blocking(master, False)
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=dict(env) if env is not None else None,
                cwd=directory,
                start_new_session=True,
                preexec_fn=_take_terminal,
            )
        except (OSError, ValueError) as error:
            os.close(master)
            raise StreamError(f"{command[0]} could not be started: {error}.") from error
        finally:
            os.close(slave)
        return cls(master, process)

    @property
    def pid(self) -> int:
        """The process, which leads its session and group."""
        return self._process.pid

    async def read(self, limit: int = 8192) -> bytes:
        """Return what the program wrote; empty once nobody holds the terminal any more."""
        while not self._closed:
            try:
                return os.read(self._master, limit)
            except BlockingIOError:
                await self._readable()
            except OSError as error:
                if error.errno == errno.EIO:
                    return b""
                raise StreamError(f"The terminal broke ({error.strerror}).") from error
        return b""

    async def write(self, data: bytes) -> None:
        """Type `data`; the terminal takes it in parts when it is long."""
        rest = memoryview(data)
        while rest:
            if self._closed:
                raise StreamError("The terminal is closed.")
            try:
                rest = rest[os.write(self._master, rest) :]
            except BlockingIOError:
                await self._writable()
            except OSError as error:
                raise StreamError("The program on the terminal has ended.") from error

    async def resize(self, *, rows: int, columns: int) -> bool:
        """Tell the terminal's size to the program, which gets SIGWINCH."""
        if self._closed:
            return False
        _set_size(self._master, rows, columns)
        return True

    async def close(self) -> None:
        """Hang up, wait a little for the process to end, else kill its group."""
        if self._closed:
            return
        self._closed = True
        self._unwatch()
        os.close(self._master)
        self._signal(signal.SIGHUP)
        try:
            async with asyncio.timeout(END_TIMEOUT_S):
                await self._process.wait()
        except TimeoutError:
            self._signal(signal.SIGKILL)
            await self._process.wait()

    async def _readable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = self._awaited(loop)
        loop.add_reader(self._master, _settle, ready)
        try:
            await ready
        finally:
            self._waiting.discard(ready)
            if not self._closed:
                loop.remove_reader(self._master)

    async def _writable(self) -> None:
        loop = asyncio.get_running_loop()
        ready = self._awaited(loop)
        loop.add_writer(self._master, _settle, ready)
        try:
            await ready
        finally:
            self._waiting.discard(ready)
            if not self._closed:
                loop.remove_writer(self._master)

    def _awaited(self, loop: asyncio.AbstractEventLoop) -> asyncio.Future[None]:
        ready: asyncio.Future[None] = loop.create_future()
        self._waiting.add(ready)
        return ready

    def _unwatch(self) -> None:
        """Take the terminal off the loop and wake whoever waits for it."""
        loop = asyncio.get_running_loop()
        loop.remove_reader(self._master)
        loop.remove_writer(self._master)
        for ready in self._waiting:
            _settle(ready)

    def _signal(self, number: signal.Signals) -> None:
        if self._process.returncode is None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _settle(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)


def _set_size(terminal: int, rows: int, columns: int) -> None:
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _take_terminal() -> None:
    """Make standard input the controlling terminal; runs in the new process, after setsid."""
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
