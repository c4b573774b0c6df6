"""Named consoles kept in the server: they outlive every page, and are shared by their viewers.

The place where a stream's errors turn into the five kinds. A console's end is state, not an error.
"""

import asyncio
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from services.claims import Right, require
from services.clock import Clock, SystemClock
from services.contract.console import (
    FIRST_NAME,
    MAX_WRITE_BYTES,
    ConsoleList,
    ConsoleScreen,
    ConsoleSummary,
    CursorPlace,
    OpenedConsole,
)
from services.errors import Invalid, NotFound, Refused
from services.params import did_you_mean
from services.wire.node import Node
from terminal.console import Console, ConsoleState
from terminal.stream import ByteStream, StreamError
from terminal.vsock import CONSOLE_PORT, connect_vsock

MAX_CONSOLES = 8
KEEP_S = 600.0
WRITE_TIMEOUT_S = 10.0

_VM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_NAME = re.compile(r"[a-z0-9][a-z0-9_.-]{0,31}")


@dataclass(slots=True)
class _Kept:
    console: Console
    vm: str
    looked_at: float
    """When somebody last looked, on the monotonic clock."""
    viewers: int = 0

    @property
    def has_ended(self) -> bool:
        return self.console.state is ConsoleState.CLOSED


class Consoles:
    """The open consoles of this machine; whoever makes it closes it."""

    def __init__(
        self,
        node: Node,
        *,
        vms: Path,
        keep_s: float = KEEP_S,
        limit: int = MAX_CONSOLES,
        clock: Clock | None = None,
    ) -> None:
        """Offer the VMs below the folder `vms`; a console without viewers ends after `keep_s`."""
        self._node = node
        self._vms = vms
        self._keep_s = keep_s
        self._limit = limit
        self._clock = clock or SystemClock()
        self._kept: dict[str, _Kept] = {}
        self._opening = asyncio.Lock()
        self._sweeper: asyncio.Task[None] | None = None

    async def list(self) -> ConsoleList:
        """Return the open consoles in order of name, and the VMs that can be reached."""
        summaries = [self._summary(kept) for _, kept in sorted(self._kept.items())]
        vms = await asyncio.to_thread(_vms_in, self._vms)
        return ConsoleList(consoles=tuple(summaries), vms=vms, limit=self._limit)

    async def open(self, *, name: str | None = None, vm: str | None = None) -> OpenedConsole:
        """Return the console of that name, made first when there is none or it has ended.

        Without a name it is the one that the page shows first, or that of the VM given.
        """
        name = name or (FIRST_NAME if vm is None else None)
        async with self._opening:
            created = False
            kept = self._kept.get(name or "")
            if kept is None or kept.has_ended or vm not in (None, kept.vm):
                vm = await self._target(vm or (kept.vm if kept else None))
                name = name or _name_for(vm)
                created = await self._ensure(name, vm)
        summary = self._summary(self._find(str(name)))
        return OpenedConsole(**summary.__dict__, created=created)

    async def read(
        self, name: str, *, since: int | None = None, timeout_s: float = 25.0
    ) -> ConsoleScreen:
        """Return the screen; with `since` as soon as its revision is another, or in the end."""
        with self._viewed(name) as kept:
            console = kept.console
            if since is not None and console.revision == since:
                with suppress(TimeoutError):
                    async with asyncio.timeout(timeout_s):
                        await console.wait_change(since)
            return self._screen(kept)

    async def write(self, name: str, data: bytes) -> None:
        """Send bytes to the far end; raises Refused when it is not there or does not take them."""
        console = self._find(name).console
        if len(data) > MAX_WRITE_BYTES:
            raise Invalid(
                f"At most {MAX_WRITE_BYTES // 1024} KiB can be typed at a time. Send it in parts."
            )
        try:
            async with asyncio.timeout(WRITE_TIMEOUT_S):
                await console.write(data)
        except StreamError as error:
            raise Refused(error.message) from error
        except TimeoutError as error:
            raise Refused(
                f"The far side of the console {name} does not take input. Try Ctrl-C or wait."
            ) from error

    async def resize(self, name: str, *, rows: int, columns: int) -> ConsoleSummary:
        """Give the screen another size, and the far end too if it can follow."""
        kept = self._find(name)
        await kept.console.resize(rows=rows, columns=columns)
        return self._summary(kept)

    async def end(self, name: str) -> None:
        """Close a console and forget it."""
        kept = self._find(name)
        del self._kept[name]
        await kept.console.close()

    async def close(self) -> None:
        """End all consoles."""
        sweeper, self._sweeper = self._sweeper, None
        if sweeper is not None:
            sweeper.cancel()
            await asyncio.wait({sweeper})
        while self._kept:
            _, kept = self._kept.popitem()
            await kept.console.close()

    @contextmanager
    def viewing(self, name: str) -> Iterator[Console]:
        """Lend the console to a view, which keeps it alive; needs the right to write."""
        require(Right.WRITE, "A console")
        with self._viewed(name) as kept:
            yield kept.console

    @contextmanager
    def _viewed(self, name: str) -> Iterator[_Kept]:
        kept = self._find(name)
        kept.viewers += 1
        try:
            yield kept
        finally:
            kept.viewers -= 1
            kept.looked_at = self._clock.monotonic()

    def _find(self, name: str) -> _Kept:
        kept = self._kept.get(name)
        if kept is None:
            near = did_you_mean(name, list(self._kept))
            raise NotFound(f"There is no console {name!r}. Open it first.{near}")
        return kept

    async def _target(self, vm: str | None) -> str:
        """Return the identifier of the VM that is meant."""
        vms = await asyncio.to_thread(_vms_in, self._vms)
        if vm is not None:
            if vm in vms:
                return vm
            raise NotFound(f"There is no VM {vm[:64]!r} with a console.{did_you_mean(vm, vms)}")
        if not vms:
            raise NotFound("There is no VM with a console on this machine.")
        if len(vms) > 1:
            raise Invalid(f"Say which VM: {', '.join(vms[:20])}.")
        return vms[0]

    async def _ensure(self, name: str, vm: str) -> bool:
        """Make the console, unless it is there and alive; return whether it was made."""
        if not _NAME.fullmatch(name):
            raise Invalid(
                f"{name[:64]!r} cannot be the name of a console: use up to 32 small letters, "
                "digits, dots, dashes and underscores."
            )
        kept = self._kept.get(name)
        if kept is not None and not kept.has_ended:
            if kept.vm == vm:
                return False
            raise Invalid(f"The console {name} leads to {kept.vm}. Choose another name for {vm}.")
        if kept is not None:
            await self.end(name)
        await self._make_room()
        console = Console(name, open=lambda: self._connect(vm))
        console.start()
        self._kept[name] = _Kept(console, vm, self._clock.monotonic())
        if self._sweeper is None or self._sweeper.done():
            self._sweeper = asyncio.create_task(self._sweep(), name="console sweeper")
        return True

    async def _make_room(self) -> None:
        """Forget an ended console if there are too many; raises Refused if all are alive."""
        if len(self._kept) < self._limit:
            return
        ended = next((name for name, kept in self._kept.items() if kept.has_ended), None)
        if ended is None:
            raise Refused(f"{self._limit} consoles are open, and no more can be. Close one first.")
        await self.end(ended)

    async def _connect(self, vm: str) -> ByteStream:
        stream = await self._node.open_stream(self._vms / vm / "vsock.sock")
        return await connect_vsock(stream, port=CONSOLE_PORT)

    async def _sweep(self) -> None:
        """End consoles that nobody has looked at for too long, until none is left."""
        while self._kept:
            now = self._clock.monotonic()
            for name, kept in list(self._kept.items()):
                # It may be gone, or another by that name, since ending takes a while.
                current = self._kept.get(name) is kept
                if current and not kept.viewers and now - kept.looked_at >= self._keep_s:
                    await self.end(name)
            await self._clock.sleep(min(self._keep_s / 4, 5.0))

    def _summary(self, kept: _Kept) -> ConsoleSummary:
        console, screen = kept.console, kept.console.screen
        left_s = self._keep_s - (self._clock.monotonic() - kept.looked_at)
        ends_at = self._clock.now() + timedelta(seconds=max(0.0, left_s))
        return ConsoleSummary(
            name=console.name,
            vm=kept.vm,
            state=console.state,
            reason=console.reason,
            title=screen.title,
            rows=screen.rows,
            columns=screen.columns,
            resizes=console.size_follows,
            readers=kept.viewers,
            ends_at=None if kept.viewers else ends_at,
            revision=console.revision,
        )

    def _screen(self, kept: _Kept) -> ConsoleScreen:
        screen = kept.console.screen
        cursor = screen.cursor
        return ConsoleScreen(
            **self._summary(kept).__dict__,
            text=tuple(screen.text()),
            ansi=screen.serialize().decode(),
            cursor=CursorPlace(row=cursor.row, column=cursor.column, visible=cursor.visible),
        )


def _vms_in(folder: Path) -> tuple[str, ...]:
    """Return the identifiers of the VMs that have a console socket, in order."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if _VM.fullmatch(entry.name)]
    except OSError:
        return ()
    return tuple(sorted(name for name in names if (folder / name / "vsock.sock").is_socket()))


def _name_for(vm: str) -> str:
    return re.sub(r"[^a-z0-9_.-]", "-", vm.lower())[:32]
