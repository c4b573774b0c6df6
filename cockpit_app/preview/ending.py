"""When the preview ends: on a signal, or with whoever started it."""

import asyncio
import os
import signal

LOOK_FOR_PARENT_EVERY_S = 0.5


def told_to_end(with_parent: bool | None) -> "asyncio.Task[None]":
    """Return a task that is over when the preview has to end.

    With the parent it ends when `with_parent` says so, and left alone when it is a plain child.
    """
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        if number == signal.SIGTERM or not _is_ignored(number):
            loop.add_signal_handler(number, over.set)
    follow = _is_plain_child() if with_parent is None else with_parent
    return asyncio.create_task(_wait(over, follow))


async def _wait(over: asyncio.Event, with_parent: bool) -> None:
    parent = os.getppid()
    while not over.is_set() and not (with_parent and os.getppid() != parent):
        try:
            async with asyncio.timeout(LOOK_FOR_PARENT_EVERY_S):
                await over.wait()
        except TimeoutError:
            continue


def _is_plain_child() -> bool:
    """Tell whether nobody meant this process to live on alone.

    A shell's background job ignores SIGINT, nohup ignores SIGHUP, job control and setsid give a
    process group of its own.
    """
    me = os.getpid()
    leads = os.getpgrp() == me or os.getsid(0) == me
    return not (leads or _is_ignored(signal.SIGINT) or _is_ignored(signal.SIGHUP))


def _is_ignored(number: signal.Signals) -> bool:
    return signal.getsignal(number) == signal.SIG_IGN
