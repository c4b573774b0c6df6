"""What can only be known by watching: restarts, failed tries, memory and processor time.

supervisord tells the present moment; this keeps what its answers add up to. It is told every
answer and asks nothing itself, except the kernel about process ids.
"""

from dataclasses import dataclass

import psutil

from cockpit_app.preview.supervisor import Process


@dataclass(slots=True)
class History:
    """What was seen of one program since this process looks on."""

    started: int = 0
    pid: int = 0
    restarts: int = 0
    """Starts that nobody asked for."""
    tries: int = 0
    """Starts since it last stayed up."""
    expected: bool = False
    """True while the next start is one that somebody asked for."""
    usage: psutil.Process | None = None


class Observed:
    """Histories of all programs."""

    def __init__(self) -> None:
        self._histories: dict[str, History] = {}

    def expect_start(self, name: str) -> None:
        """Take note that the next start of a program is asked for, and no restart by itself."""
        self._histories.setdefault(name, History()).expected = True

    def learn(self, process: Process) -> History:
        """Take in one answer of supervisord; return what is known now."""
        history = self._histories.setdefault(process.name, History())
        if process.started != history.started or (process.pid and process.pid != history.pid):
            if history.started and not history.expected:
                history.restarts += 1
            history.expected = False
            history.started = process.started
            history.tries += 1
        if process.state in {"RUNNING", "STOPPED"}:
            history.tries = 0
        if process.pid != history.pid:
            history.pid = process.pid
            history.usage = _usage(process.pid)
        return history


def _usage(pid: int) -> psutil.Process | None:
    try:
        return psutil.Process(pid) if pid else None
    except psutil.NoSuchProcess:
        return None


def measure(history: History) -> tuple[int | None, float | None]:
    """Return memory in bytes and processor use in percent of one core, or None for both."""
    if history.usage is None:
        return None, None
    try:
        with history.usage.oneshot():
            return history.usage.memory_info().rss, history.usage.cpu_percent()
    except psutil.Error:
        return None, None
