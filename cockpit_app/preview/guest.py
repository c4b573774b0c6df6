"""The hero_compute of the preview: a process with the machines' RPC face and one guest.

The guest is this machine in disguise: a real shell, in a folder of the preview's home.
"""

import asyncio
import contextlib
import ctypes
import logging
import os
import signal
import sys
from functools import partial
from pathlib import Path

import psutil

from cockpit_app import __version__
from cockpit_app.preview.compute_rpc import GUEST, ComputeMethods
from cockpit_app.preview.face import About, Face
from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import HOME_MARK
from cockpit_app.preview.shell import start_shell
from cockpit_app.preview.sockets import bound, private_umask, serve, stop_signal
from cockpit_app.preview.vsock import Vsock

ABOUT = About(
    name="hero_compute",
    title="Compute",
    description="Runs the virtual machine of this preview",
    version=__version__,
)
PROMPT = r"driver@preview:\w$ "
_PR_SET_CHILD_SUBREAPER = 36  # linux/prctl.h


async def run(home: Home) -> None:
    """Serve the RPC face and the guest's vsock until a signal ends it."""
    _adopt_orphans()
    _furnish(home.guest_home)
    over = stop_signal()
    vsock = Vsock(partial(start_shell, home.guest_home, _environment()))
    asyncio.get_running_loop().add_signal_handler(signal.SIGCHLD, vsock.reap)
    face = Face(ABOUT, ComputeMethods(home).methods())
    machine = home.machines / GUEST["hypervisor_id"]
    with bound(machine / "vsock.sock") as listening:
        server = await asyncio.start_unix_server(vsock.serve, sock=listening)
        await serve(face.application(), home.socket("hero_compute/rpc.sock"), over)
        server.close()
        await vsock.close()
    _end_descendants()


def _adopt_orphans() -> None:
    """Become the parent of what shells leave behind, so that it ends with the guest."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _end_descendants() -> None:
    """Kill what shells left behind; adopted, it cannot slip away while it is counted."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(left)


def _furnish(folder: Path) -> None:
    settings = folder / ".bashrc"
    if not settings.exists():
        settings.write_text(f"PS1='{PROMPT}'\nalias ls='ls --color=auto'\n")


def _environment() -> dict[str, str]:
    """Return what a shell knows: nothing of the machine but its search path."""
    return {
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "USER": "driver",
        "LOGNAME": "driver",
        "PS1": PROMPT,
        "PATH": os.environ.get("PATH", os.defpath),
        HOME_MARK: os.environ.get(HOME_MARK, ""),
    }


def main() -> None:
    """Run as a process; the home is told by PATH_ROOT."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    private_umask()
    asyncio.run(run(Home(Path(os.environ["PATH_ROOT"]))))


if __name__ == "__main__":
    main()
