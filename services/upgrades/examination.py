"""Examines what a build left behind, before anything of it is run as a service."""

import asyncio
import os
import signal
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.apps.catalog import App
from services.apps.receipts import Shelf
from services.apps.versions import is_same
from services.wire.reply import one_line, parse_json

INFO_TIMEOUT_S = 10.0
MAX_INFO_BYTES = 64 * 1024
"""What a pipe of Linux holds; a program that says more waits in vain until its time is over."""
_HANDED_ON: Final = ("PATH", "HOME", "LANG")
"""What of our environment a program sees before it is trusted: nothing that may be a secret."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What was installed, and what is wrong with it."""

    version: str
    """Which version is to serve from now on; empty when nothing tells."""
    trouble: str = ""
    """Why it must not be used; empty when nothing speaks against it."""


async def examine(shelf: Shelf, app: App, *, former: str, available: str) -> Installation:
    """Look at the files of an app that was built anew.

    `former` is the version before, `available` the one that was on offer; both may be empty.
    """
    installed = await asyncio.to_thread(shelf.look, app)
    version = installed.version or available
    if not installed.is_whole:
        lacks = ", ".join(installed.missing) or app.name
        return Installation(version, f"The new build is not whole: {lacks} is missing.")
    if _is_still(installed.version, former, wanted=available):
        return Installation(version, f"The build ended well, but it is still version {former}.")
    for name in installed.present:
        told = await _told_version(shelf.programs / name, root=shelf.root)
        if told and version and not is_same(told, version):
            words = f"{name} says that it is {told}, and {version} was expected."
            return Installation(version, words)
    return Installation(version)


def _is_still(now: str, former: str, *, wanted: str) -> bool:
    """Tell whether another version was wanted, and the former one is what is there."""
    return bool(now and wanted) and is_same(now, former) and not is_same(wanted, former)


async def _told_version(program: Path, *, root: Path) -> str:
    """Return the version that a program gives for `--info`; empty when it gives none.

    Source: hero_proc reference 2 and 3.4 (every program of the family has the flag).
    """
    handed_on = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    output, told = os.pipe()
    try:
        try:
            process = await asyncio.create_subprocess_exec(
                str(program),
                "--info",
                stdin=asyncio.subprocess.DEVNULL,
                stdout=told,
                stderr=asyncio.subprocess.DEVNULL,
                env={**handed_on, "PATH_ROOT": str(root)},
                start_new_session=True,
            )
        except OSError:
            return ""
        finally:
            os.close(told)
        await _ended(process)
        return _version(_read_what_is_there(output))
    finally:
        os.close(output)


async def _ended(process: asyncio.subprocess.Process) -> None:
    """Wait for the end of a program, or end it; what it started ends with it."""
    try:
        with suppress(TimeoutError):
            async with asyncio.timeout(INFO_TIMEOUT_S):
                await process.wait()
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def _read_what_is_there(output: int) -> bytes:
    os.set_blocking(output, False)  # a process that left its group may hold the other end
    try:
        return os.read(output, MAX_INFO_BYTES)
    except BlockingIOError:
        return b""


def _version(output: bytes) -> str:
    try:
        told = parse_json(output)
    except ValueError:
        return ""
    version = told.get("version") if isinstance(told, dict) else None
    return one_line(version, 100) if isinstance(version, str) else ""
