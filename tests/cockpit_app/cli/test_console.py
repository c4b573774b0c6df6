"""A console of the node in a real terminal: painted without another key, left without a trace."""

import fcntl
import os
import pty
import select
import signal
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.preview_node import PreviewNode

WITHIN_S = 20.0


class Attached:
    """The command on a pseudo-terminal, with all that it wrote."""

    def __init__(self, process: subprocess.Popen[bytes], terminal: int) -> None:
        self.process = process
        self.terminal = terminal
        self.written = b""

    def type(self, keys: bytes) -> None:
        os.write(self.terminal, keys)

    def until(self, words: bytes) -> None:
        """Read until the words were written; no key is pressed meanwhile."""
        deadline = time.monotonic() + WITHIN_S
        while words not in self.written:
            left = deadline - time.monotonic()
            assert left > 0, self.written[-2000:]
            if select.select([self.terminal], [], [], left)[0]:
                self.written += os.read(self.terminal, 65536)


@contextmanager
def _attached(node: PreviewNode, name: str) -> Iterator[Attached]:
    terminal, end = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "cockpit_app", "console", name],
        stdin=end,
        stdout=end,
        stderr=end,
        env={**os.environ, "PATH_ROOT": str(node.home), "TERM": "xterm-256color"},
        start_new_session=True,
    )
    os.close(end)
    try:
        yield Attached(process, terminal)
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
        node.rpc("hero_cockpit", "cockpit.close_console", {"console": name})


def test_what_the_shell_answers_is_painted_without_another_key(node: PreviewNode) -> None:
    with _attached(node, "pty") as attached:
        attached.until(b"driver@preview")
        for number in (6, 7, 8):
            attached.type(b"echo $((%d*7))x\r" % number)
            attached.until(b"%dx" % (number * 7))


def test_a_far_end_that_cannot_follow_keeps_its_size(node: PreviewNode) -> None:
    with _attached(node, "pty3") as attached:
        fcntl.ioctl(attached.terminal, termios.TIOCSWINSZ, struct.pack("4H", 11, 33, 0, 0))
        os.killpg(attached.process.pid, signal.SIGWINCH)
        attached.until(b"driver@preview")
        attached.type(b"echo $((6*7))x\r")
        attached.until(b"42x")
        screen = node.result("hero_cockpit", "cockpit.read_console", {"console": "pty3"})
        assert (screen["rows"], screen["columns"], screen["resizes"]) == (24, 80, False)


def test_leaving_restores_the_terminal_and_says_how_to_come_back(node: PreviewNode) -> None:
    with _attached(node, "pty2") as attached:
        attached.until(b"driver@preview")
        attached.type(b"printf '\\033[?1000h\\033[?1h\\033[5;10r'; echo set\r")
        attached.until(b"set")
        attached.type(b"\x1d")
        attached.until(b"it lives on")
        assert attached.process.wait(WITHIN_S) == 0
        left = attached.written[attached.written.rindex(b"\x1b[?1049l") - 400 :]
        for undone in (b"\x1b[?1000l", b"\x1b[?1l", b"\x1b[r", b"\x1b[?1049l"):
            assert undone in left
        assert b"\x1b[3J" not in attached.written
    answer = node.rpc("hero_cockpit", "cockpit.read_console", {"console": "pty2"})
    assert answer["error"]["data"]["kind"] == "not_found"
