"""A console of the cockpit in this terminal: the same one that the browser shows."""

import asyncio
import base64
import os
import shutil
import signal
import sys
import termios
import tty
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click

from cockpit_app.cli.target import Target
from services.contract.console import (
    OPEN_CONSOLE,
    READ_CONSOLE,
    RESIZE_CONSOLE,
    WRITE_CONSOLE,
    OpenConsole,
    ReadConsole,
    ResizeConsole,
    WriteConsole,
)
from services.errors import Invalid
from services.remote import Remote

LEAVE = b"\x1d"
"""Ctrl+], as in telnet: no program of a console needs it."""
_OFF = "".join(
    f"\x1b[?{mode}l"
    for mode in (1, 5, 6, 9, 66, 67, 69, 1000, 1002, 1003, 1004, 1005, 1006, 1015, 2004)
)
PLAIN = f"{_OFF}\x1b[r\x1b[4l\x1b[20l\x1b[?7h\x1b[?25h\x1b(B\x0f\x1b[0 q\x1b[m"
"""Undoes what a console may have set; not every terminal obeys DECSTR (tmux does not)."""
ENTER = "\x1b[?1049h"
LEAVE_SCREEN = f"{PLAIN}\x1b[?1049l"


def attach(target: Target, name: str) -> int:
    """Show the console `name` here until Ctrl+] or its end; returns the exit status."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Invalid(
            "A console needs a terminal. To read one in a script: "
            f"hero_cockpit consoles read {name}"
        )
    before = termios.tcgetattr(sys.stdin)
    try:
        reason = asyncio.run(_attach(target, name))
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
        click.echo(LEAVE_SCREEN, nl=False)
    click.echo(reason)
    return 0


async def _attach(target: Target, name: str) -> str:
    async with target.remote() as reading, target.remote() as writing:
        opened = await writing.call(OPEN_CONSOLE, OpenConsole(name=name))
        tty.setraw(sys.stdin)
        _write_out(ENTER)
        async with _sized(writing, opened.name) as follows:
            typing = asyncio.ensure_future(_type(writing, opened.name))
            painting = asyncio.ensure_future(_paint(reading, opened.name, follows))
            done, rest = await asyncio.wait({typing, painting}, return_when=asyncio.FIRST_COMPLETED)
            for task in rest:
                task.cancel()
            await asyncio.gather(*rest, return_exceptions=True)
            return done.pop().result()


async def _paint(remote: Remote, name: str, follows: asyncio.Event) -> str:
    since: int | None = None
    while True:
        screen = await remote.call(READ_CONSOLE, ReadConsole(console=name, since=since))
        if screen.revision != since:
            await asyncio.to_thread(_write_out, _kept_here(screen.ansi))
        since = screen.revision
        if screen.resizes:
            follows.set()
        if screen.state == "closed":
            return f"The console {name} is closed: {screen.reason}"


async def _type(remote: Remote, name: str) -> str:
    async for data in _keys():
        before, leave, _ = data.partition(LEAVE)
        if before:
            text = base64.b64encode(before).decode()
            await remote.call(WRITE_CONSOLE, WriteConsole(console=name, data_base64=text))
        if leave:
            break
    return f"Left the console {name}; it lives on. Back to it: hero_cockpit console {name}"


async def _keys() -> AsyncIterator[bytes]:
    loop = asyncio.get_running_loop()
    keys: asyncio.Queue[bytes] = asyncio.Queue()
    # Read where readiness is told: a later read could find nothing and hold the whole loop up.
    loop.add_reader(sys.stdin.fileno(), lambda: keys.put_nowait(os.read(sys.stdin.fileno(), 4096)))
    try:
        while data := await keys.get():
            yield data
    finally:
        loop.remove_reader(sys.stdin.fileno())


@asynccontextmanager
async def _sized(remote: Remote, name: str) -> AsyncIterator[asyncio.Event]:
    """Keep the console as large as this terminal, from when the event given is set.

    A far end that does not hear of the size would go on to draw for the one it was started with.
    """
    loop = asyncio.get_running_loop()
    changed, follows = asyncio.Event(), asyncio.Event()
    changed.set()
    loop.add_signal_handler(signal.SIGWINCH, changed.set)

    async def follow() -> None:
        await follows.wait()
        while True:
            await changed.wait()
            changed.clear()
            size = shutil.get_terminal_size()
            params = ResizeConsole(console=name, rows=size.lines, columns=size.columns)
            await remote.call(RESIZE_CONSOLE, params)

    task = asyncio.ensure_future(follow())
    try:
        yield follows
    finally:
        loop.remove_signal_handler(signal.SIGWINCH)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def _write_out(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def _kept_here(ansi: str) -> str:
    """Return a frame that leaves the terminal's own screen and history alone."""
    ours = ansi.replace("\x1b[?1049l", "", 1).replace("\x1b[3J", "", 1)
    return PLAIN + ours.replace("\x1b[?1049h", "\x1b[m\x1b[2J", 1)
