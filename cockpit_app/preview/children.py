"""The two processes that the preview starts itself: supervisord and hero_proc."""

import asyncio
import contextlib
import os
import subprocess
import sys
from asyncio.subprocess import Process

from cockpit_app.preview.builds import PYTHON
from cockpit_app.preview.home import Home
from cockpit_app.preview.leash import PARENT
from cockpit_app.preview.programs import HOME_MARK
from cockpit_app.preview.supervisor_config import LEASH

END_PATIENCE_S = 3.5
MAX_LOG_BYTES = 1_000_000

_FOREIGN = ("HERO_", "PATH_", "PYTHON", "SUPERVISOR_")
"""Variables of whoever starts the preview that would lead its programs astray."""


class Child:
    """One process on a leash, whose output goes to the log of its name."""

    def __init__(self, home: Home, name: str, *command: str) -> None:
        self._home = home
        self.name = name
        self._command = command
        self._process: Process | None = None

    async def start(self) -> None:
        """Start it, for the first time or again; from the main thread, to which leashes tie."""
        log = self._home.log_of(self.name)
        with contextlib.suppress(FileNotFoundError):
            if log.stat().st_size > MAX_LOG_BYTES:
                log.replace(log.with_suffix(".log.1"))
        with log.open("ab") as output:
            self._process = await asyncio.create_subprocess_exec(
                *LEASH,
                *self._command,
                cwd=self._home.root,
                env=environment(self._home),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,  # Ctrl-C in the terminal is for the preview alone
            )

    async def wait(self) -> int:
        """Wait for its end; return its exit status."""
        return await self._process.wait() if self._process else 0

    async def end(self) -> None:
        """Ask it to end, and kill it when it does not."""
        if self._process is None or self._process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(END_PATIENCE_S):
                await self._process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


def environment(home: Home) -> dict[str, str]:
    """Return the environment of everything in `home`: that of the user, less what is ours."""
    inherited = {k: v for k, v in os.environ.items() if not k.startswith(_FOREIGN)}
    return inherited | {
        "PATH": f"{home.bin}{os.pathsep}{os.environ.get('PATH', os.defpath)}",
        PYTHON: sys.executable,
        "PATH_ROOT": str(home.root),
        HOME_MARK: str(home.root),
        PARENT: str(os.getpid()),
        # The working folder is the home: a file of its user must not be imported from there.
        "PYTHONSAFEPATH": "1",
        "PYTHONUNBUFFERED": "1",
    }
