"""How fast the emulator takes what programs write, beside plain pyte in the same run."""

import random
import time
from collections.abc import Callable

import pyte

from terminal.screen import Screen

SLICE_BYTES = 8192
SIZE_BYTES = 1 << 20
PYTE_SIZE_BYTES = 1 << 18


def plain_log(size_bytes: int) -> bytes:
    """Return lines as a server logs them, up to 110 characters long."""
    chance = random.Random(1)
    words = ("request", "done", "service", "hero_proc", "in", "ms", "status", "user", "token")
    lines: list[str] = []
    size = 0
    while size < size_bytes:
        text = " ".join(chance.choices(words, k=chance.randint(3, 12)))
        lines.append(f"2026-11-20T11:42:50Z INFO {text} {chance.randint(0, 99999)}")
        size += len(lines[-1]) + 2
    return "\r\n".join(lines).encode()


def coloured_listing(size_bytes: int) -> bytes:
    """Return lines as `ls --color -l` writes them."""
    chance = random.Random(2)
    looks = ("01;34", "01;32", "01;36", "0", "01;31", "40;33;01")
    lines: list[str] = []
    size = 0
    while size < size_bytes:
        name = "".join(chance.choices("abcdefghijklmnop_.", k=chance.randint(4, 20)))
        line = f"-rw-r--r-- 1 root root {chance.randint(0, 10**7):>8} Nov 20 11:42 "
        lines.append(f"{line}\x1b[0m\x1b[{chance.choice(looks)}m{name}\x1b[0m")
        size += len(lines[-1]) + 2
    return "\r\n".join(lines).encode()


def full_screen(size_bytes: int) -> bytes:
    """Return redraws as a process viewer sends them: moves, colours, bars, short texts."""
    chance = random.Random(3)
    parts: list[str] = []
    size = 0
    while size < size_bytes:
        for row in range(1, 25):
            text = "".join(chance.choices("abcdefgh 0123456789./", k=chance.randint(8, 30)))
            parts.append(
                f"\x1b[{row};1H\x1b[{chance.choice((32, 36, 39))}m{chance.randint(1, 99999):>7}"
                f"\x1b[m \x1b[1;{chance.randint(30, 37)};44m{chance.random() * 100:4.1f}"
                f"\x1b[0;7m{text}\x1b[m\x1b[K"
            )
            size += len(parts[-1])
    return "".join(parts).encode()


CORPORA: dict[str, Callable[[int], bytes]] = {
    "plain log": plain_log,
    "coloured listing": coloured_listing,
    "full-screen redraws": full_screen,
}


def figures() -> list[tuple[str, float, str]]:
    """Measure; name, value and unit of each figure, in MB of input for each processor second."""
    found: list[tuple[str, float, str]] = []
    for name, make in CORPORA.items():
        ours = _rate(Screen().feed, make(SIZE_BYTES))
        plain = pyte.Screen(80, 24)
        peers = _rate(pyte.ByteStream(plain).feed, make(PYTE_SIZE_BYTES))
        found.append((f"emulator, {name}", ours, "MB/s"))
        found.append((f"plain pyte, {name}", peers, "MB/s"))
        found.append((f"emulator to plain pyte, {name}", ours / peers, "times"))
    return found


def _rate(feed: Callable[[bytes], None], data: bytes) -> float:
    """Return the best of three runs: the others were disturbed."""
    best_s = min(_run_s(feed, data) for _ in range(3))
    return len(data) / best_s / 1e6


def _run_s(feed: Callable[[bytes], None], data: bytes) -> float:
    started_s = time.process_time()
    for start in range(0, len(data), SLICE_BYTES):
        feed(data[start : start + SLICE_BYTES])
    return time.process_time() - started_s
