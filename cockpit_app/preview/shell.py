"""The guest's shell: one process on its own pseudo-terminal, joined to one connection.

Its window is 24 by 80 for ever: a vsock console has no way to say another size.
"""

import asyncio
import contextlib
import fcntl
import os
import pty
import shutil
import signal
import struct
import termios
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import psutil

ROWS, COLUMNS = 24, 80
CHUNK_BYTES = 16_384
HANGUP_PATIENCE_S = 1.0


class Shell:
    """A running shell; `descriptor` is the near end of its terminal."""

    def __init__(self, process_id: int, descriptor: int) -> None:
        self.process_id = process_id
        self._descriptor = descriptor
        os.set_blocking(descriptor, False)

    async def join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry bytes both ways until one side ends; neither side is read faster than the other
        takes it.
        """
        ways = {
            asyncio.create_task(self._give(reader)),
            asyncio.create_task(self._take(writer)),
        }
        try:
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for way in ways:
                way.cancel()
            await asyncio.gather(*ways, return_exceptions=True)

    def hang_up(self) -> None:
        """Close the terminal, as when a modem line drops; the kernel sends the shell SIGHUP.

        No second one from us: it would end bash before it has passed the first on to its jobs.
        """
        os.close(self._descriptor)

    def kill_session(self) -> None:
        """Kill the shell and its jobs: one that is killed can pass no hang-up on to them."""
        for process in psutil.Process().children(recursive=True):
            with contextlib.suppress(ProcessLookupError, psutil.NoSuchProcess):
                if os.getsid(process.pid) == self.process_id:
                    process.kill()

    async def _give(self, reader: asyncio.StreamReader) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(CHUNK_BYTES):
                while data:
                    data = data[await self._write(data) :]

    async def _take(self, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):  # EIO: the last process of the terminal ended
            while data := await self._read():
                writer.write(data)
                await writer.drain()

    async def _read(self) -> bytes:
        loop = asyncio.get_running_loop()
        while True:
            try:
                return os.read(self._descriptor, CHUNK_BYTES)
            except BlockingIOError:
                await _ready(self._descriptor, loop.add_reader, loop.remove_reader)

    async def _write(self, data: bytes) -> int:
        loop = asyncio.get_running_loop()
        while True:
            try:
                return os.write(self._descriptor, data)
            except BlockingIOError:
                await _ready(self._descriptor, loop.add_writer, loop.remove_writer)


async def _ready(descriptor: int, add: Callable[..., Any], remove: Callable[[int], Any]) -> None:
    """Wait until the loop says that `descriptor` can be read, or written."""
    ready = asyncio.Event()
    add(descriptor, ready.set)
    try:
        await ready.wait()
    finally:
        remove(descriptor)


def start_shell(home: Path, environment: Mapping[str, str]) -> Shell:
    """Start a shell that lives in the folder `home` and knows nothing but `environment`."""
    program = shutil.which("bash") or "/bin/sh"
    variables = {**environment, "SHELL": program, "HOME": str(home), "PWD": str(home)}
    # Until it is the shell, the child shares our loop's signal pipe: a signal that it got would
    # count as ours.
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    try:
        process_id, descriptor = pty.fork()
        if process_id == 0:
            _become(program, home, variables)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    os.set_inheritable(descriptor, False)
    return Shell(process_id, descriptor)


def _become(program: str, home: Path, variables: dict[str, str]) -> None:
    """Turn the forked child into the shell; it never comes back."""
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGCHLD):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        os.closerange(3, 1024)
        os.chdir(home)
        os.umask(0o022)
        os.execve(program, [program, "-i"], variables)  # noqa: S606 (a shell is what is wanted)
    finally:
        os._exit(127)
