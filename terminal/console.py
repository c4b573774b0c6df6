"""A screen attached to a byte stream: read on whether anyone looks or not, for any viewers.

Knows neither where the stream leads nor who looks. No task of it outlives `close`.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from enum import StrEnum

from terminal.governor import Governor, shared_governor
from terminal.outbox import ANSWERS_LIMIT_BYTES, Outbox
from terminal.screen import Screen
from terminal.stream import ByteStream, StreamError

_log = logging.getLogger(__name__)

READ_LIMIT_BYTES = 8192
READ_LEAST_BYTES = 256
SLICE_S = 0.002
"""Processor time that a slice of reading should take at most; dense sequences get smaller ones."""
FIRST_RETRY_S = 0.25
LAST_RETRY_S = 5.0


class ConsoleState(StrEnum):
    """Where a console is in its life; after `closed` comes nothing."""

    CONNECTING = "connecting"
    OPEN = "open"
    CLOSED = "closed"


class Console:
    """A screen that follows one stream, from the first attempt to open it to its end.

    Its end is a state with a reason, never an exception; the screen stays as it was. Whoever
    calls `start` owns it and must `close` it.
    """

    def __init__(
        self,
        name: str,
        *,
        open: Callable[[], Awaitable[ByteStream]],
        rows: int = 24,
        columns: int = 80,
        scrollback: int = 10_000,
        governor: Governor = shared_governor,
    ) -> None:
        self.name = name
        self.screen = Screen(rows=rows, columns=columns, scrollback=scrollback)
        self.state = ConsoleState.CONNECTING
        self.reason = ""
        """Why it is not open: what the last attempt met, or how it ended. A sentence."""
        self.size_follows = False
        """Whether the far side heard of the size; if not, it believes what it was told inside."""
        self.revision = 0
        """Grows with every change of screen, state, reason or size."""
        self._open = open
        self._governor = governor
        self._outbox = Outbox()
        self._changed = asyncio.Event()
        self._stream: ByteStream | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to connect and read, in a task that `close` ends; a second call does nothing."""
        if self._task is None and self.state is not ConsoleState.CLOSED:
            self._task = asyncio.create_task(self._live(), name=f"console {self.name}")

    async def write(self, data: bytes) -> None:
        """Queue `data` for the far side, waiting while too much is queued already.

        Raises StreamError when the console is not open.
        """
        if self.state is not ConsoleState.OPEN:
            raise StreamError(self._unwritable())
        await self._outbox.put(data)

    def offer(self, data: bytes) -> bool:
        """Queue all of `data` for the far side, or nothing of it; return whether it was taken.

        It is not while the console is not open, or the far side leaves too much unread.
        """
        return self.state is ConsoleState.OPEN and self._outbox.offer(data)

    def _unwritable(self) -> str:
        if self.state is ConsoleState.CLOSED:
            return f"The console {self.name} has ended: {self.reason}"
        return f"The console {self.name} is not connected yet. Try again in a moment."

    async def resize(self, *, rows: int, columns: int) -> bool:
        """Change the screen's size and tell the far side; return whether it could be told."""
        self.screen.resize(rows=rows, columns=columns)
        await self._tell_size()
        self._note_change()
        return self.size_follows

    async def wait_change(self, since: int) -> int:
        """Return the revision as soon as it is greater than `since`; any number may wait."""
        while self.revision <= since:
            await self._changed.wait()
        return self.revision

    async def close(self, reason: str = "It was closed.") -> None:
        """End the console and its stream; a second call does nothing."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            await asyncio.wait([task])
        self._end(reason)

    async def _live(self) -> None:
        """Connect, then carry bytes both ways until the stream ends."""
        try:
            self._stream = await self._connect()
            self._enter(ConsoleState.OPEN, "")
            await self._tell_size()
            await self._carry(self._stream)
        except StreamError as error:
            self._end(error.message)
        except Exception:
            _log.exception("console %s stopped by a fault of the cockpit", self.name)
            self._end("A fault of the cockpit stopped it; the log says more.")
        finally:
            if self._stream is not None:
                await self._stream.close()

    async def _connect(self) -> ByteStream:
        """Open the stream, trying again later as long as that may help."""
        delay_s = FIRST_RETRY_S
        while True:
            try:
                return await self._open()
            except StreamError as error:
                if not error.retry:
                    raise
                self._enter(ConsoleState.CONNECTING, error.message)
            await asyncio.sleep(delay_s)
            delay_s = min(delay_s * 2, LAST_RETRY_S)

    async def _carry(self, stream: ByteStream) -> None:
        """Read and write side by side: a far side that does not read must not stop our reading."""
        sender = asyncio.create_task(self._outbox.empty_into(stream))
        try:
            await self._pump(stream)
        finally:
            sender.cancel()
            await asyncio.wait([sender])

    async def _pump(self, stream: ByteStream) -> None:
        """Feed the screen until the stream ends; what others do meanwhile is not on our bill."""
        limit = READ_LIMIT_BYTES
        while data := await stream.read(limit):
            started_s = time.thread_time()
            self.screen.feed(data)
            spent_s = time.thread_time() - started_s
            limit = _next_limit(limit, spent_s)
            self._outbox.offer(self.screen.take_replies(), limit_bytes=ANSWERS_LIMIT_BYTES)
            self._note_change()
            await self._governor.pay(spent_s)
        self._end("The far side ended the session.")

    async def _tell_size(self) -> None:
        screen = self.screen
        if self._stream is not None and self.state is ConsoleState.OPEN:
            self.size_follows = await self._stream.resize(rows=screen.rows, columns=screen.columns)

    def _end(self, reason: str) -> None:
        if self.state is not ConsoleState.CLOSED:
            self._outbox.close()
            self._enter(ConsoleState.CLOSED, reason)

    def _enter(self, state: ConsoleState, reason: str) -> None:
        self.state, self.reason = state, reason
        self._note_change()

    def _note_change(self) -> None:
        self.revision += 1
        self._changed.set()
        self._changed = asyncio.Event()


def _next_limit(limit: int, spent_s: float) -> int:
    """Return how much to read next, from what the last slice cost."""
    if spent_s > SLICE_S:
        return max(limit // 2, READ_LEAST_BYTES)
    if spent_s < SLICE_S / 4:
        return min(limit * 2, READ_LIMIT_BYTES)
    return limit
