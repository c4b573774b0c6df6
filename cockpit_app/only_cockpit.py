"""Holds the place of the one cockpit that works for a machine; the kernel frees it at our death."""

import fcntl
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from services.errors import Refused

log = logging.getLogger(__name__)


@contextmanager
def only_cockpit(path: Path) -> Iterator[None]:
    """Hold the lock at `path` inside the block, with our process number in it.

    Raises Refused while another process holds it: two cockpits would carry the same job out
    twice. Where nothing can be written there are no jobs, and the lock is done without.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = path.open("ab")
    except OSError as error:
        log.warning("%s cannot be opened (%s)", path, error.strerror)
        yield
        return
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise Refused(
                f"Another cockpit works for {path.parents[2]} already. "
                "End it, or let hero_proc restart it."
            ) from error
        with suppress(OSError):  # a sentry reads it; the lock itself holds without
            file.truncate(0)
            file.write(f"{os.getpid()}\n".encode())
            file.flush()
        yield
