"""Examines what a build left behind, before anything of it is run as a service."""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path

from services.catalog import App
from services.receipts import Shelf
from services.versions import is_same

INFO_TIMEOUT_S = 10.0


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
        told = await _told_version(shelf.programs / name)
        if told and version and not is_same(told, version):
            words = f"{name} says that it is {told}, and {version} was expected."
            return Installation(version, words)
    return Installation(version)


def _is_still(now: str, former: str, *, wanted: str) -> bool:
    """Tell whether another version was wanted, and the former one is what is there."""
    return bool(now and wanted) and is_same(now, former) and not is_same(wanted, former)


async def _told_version(program: Path) -> str:
    """Return the version that a program gives for `--info`; empty when it gives none.

    Source: hero_proc reference 2 and 3.4 (every program of the family has the flag).
    """
    try:
        process = await asyncio.create_subprocess_exec(
            str(program),
            "--info",
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
    except OSError:
        return ""
    try:
        async with asyncio.timeout(INFO_TIMEOUT_S):
            output, _ = await process.communicate()
    except TimeoutError:
        return ""
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    return _version(output)


def _version(output: bytes) -> str:
    try:
        told = json.loads(output)
    except ValueError:
        return ""
    version = told.get("version") if isinstance(told, dict) else None
    return version[:100] if isinstance(version, str) else ""
