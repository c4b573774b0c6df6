"""Starts a command that cannot outlive its parent; standard library only, run by path.

`python -I -S leash.py COMMAND …` asks the kernel for a SIGTERM when the parent dies, makes sure
that the parent is still there, and becomes COMMAND. Leashes chain: each names itself as the parent
for those that its command starts. Only Linux has the means; elsewhere the command is just started.
"""

import ctypes
import os
import signal
import sys

PARENT = "HERO_PREVIEW_PARENT"
"""Environment variable that names the process that must be alive: the one that starts a leash."""

_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_PARENT_IS_GONE = 3


def fasten() -> None:
    """Tie this process to its parent; it ends here when the parent is gone already."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # The parent may have died before the kernel was asked: then nobody would send the signal.
    if str(os.getppid()) != os.environ.get(PARENT, str(os.getppid())):
        os._exit(_PARENT_IS_GONE)
    os.environ[PARENT] = str(os.getpid())


def main(command: list[str]) -> None:
    """Fasten the leash and become `command`."""
    fasten()
    os.execvp(command[0], command)  # noqa: S606 (becoming another program is the whole purpose)


if __name__ == "__main__":
    main(sys.argv[1:])
