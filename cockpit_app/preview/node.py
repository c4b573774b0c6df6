"""Runs the preview: takes the home, starts everything, says when it is ready, ends everything.

This module knows no Flet and none of the clients, and does no work of its own.
"""

import asyncio
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO

from cockpit_app.preview.children import Child
from cockpit_app.preview.dialect import read_switches
from cockpit_app.preview.ending import told_to_end
from cockpit_app.preview.first_builds import furnish
from cockpit_app.preview.fleet import fleet
from cockpit_app.preview.home import Home, PreviewError, default_home, lay_out, open_home
from cockpit_app.preview.lock import announce, locked
from cockpit_app.preview.port import reserved_port
from cockpit_app.preview.programs import Program, WantedStates, save_programs
from cockpit_app.preview.starting import wait_ready
from cockpit_app.preview.supervisor_config import config_path, write_config
from cockpit_app.preview.sweep import sweep
from cockpit_app.preview.tickets import new_link, new_ticket_link

__all__ = ["PreviewError", "default_home", "new_link", "run"]

RESTART_PROC_AFTER_S = 15.0
LOOK_FOR_HOME_EVERY_S = 1.0

_WAY_IN = frozenset({"hero_cockpit", "hero_proxy"})
"""Always started with the preview, also when they were stopped: without them nobody gets in."""

Programs = Callable[[int], Sequence[Program]]
"""Names the programs to supervise, given the gateway's port."""


async def run(
    root: Path,
    port: int,
    *,
    out: TextIO = sys.stdout,
    programs: Programs = fleet,
    end_with_parent: bool | None = None,
    restart_proc_after_s: float = RESTART_PROC_AFTER_S,
) -> int:
    """Run a preview in the folder `root` until it is told to end; return the exit status.

    Port 0 takes any. `out` gets exactly one line, when everything answers. Left alone,
    `end_with_parent` is true for a plain foreground child. Raises PreviewError.
    """
    home = open_home(root)
    with _usable(home), locked(home):
        await asyncio.to_thread(sweep, home)
        with reserved_port(port) as chosen:
            announce(home, port=chosen)
            life = _live(home, chosen, programs(chosen), out, restart_proc_after_s)
            try:
                await _first_of(asyncio.create_task(life), told_to_end(end_with_parent))
            finally:
                await asyncio.to_thread(sweep, home)
    return 0


@contextmanager
def _usable(home: Home) -> Iterator[None]:
    """Turn what the system says of the home, such as that the disk is full, into a sentence."""
    try:
        yield
    except OSError as error:
        if not home.state.is_dir():
            raise PreviewError(_gone(home)) from error
        raise PreviewError(
            f"The preview cannot go on in {home.root}: {error.strerror}. "
            "Mend that, or choose another folder with --home."
        ) from error


async def _first_of(life: "asyncio.Task[None]", end: "asyncio.Task[None]") -> None:
    """Wait until one of the two is over, then end the other; raises what `life` raised."""
    try:
        await asyncio.wait({life, end}, return_when=asyncio.FIRST_COMPLETED)
        if life.done():
            life.result()
    finally:
        for task in (life, end):
            task.cancel()
        await asyncio.gather(life, end, return_exceptions=True)


async def _live(
    home: Home,
    port: int,
    programs: Sequence[Program],
    out: TextIO,
    restart_proc_after_s: float,
) -> None:
    """Start everything, announce it, and keep it; ends only by cancellation or PreviewError."""
    wanted = WantedStates(home)
    lay_out(home)
    read_switches(home)  # a wrong one is told here; hero_proc could only write it into its log
    furnish(home, programs)
    save_programs(home, programs)
    for program in programs:
        if program.name in _WAY_IN and not wanted.of(program):
            wanted.set(program.name, True)
    write_config(home, programs, wanted)
    run_config = ("-m", "supervisor.supervisord", "-c", str(config_path(home)))
    supervisord = Child(home, "supervisord", sys.executable, *run_config)
    hero_proc = Child(home, "hero_proc", sys.executable, "-m", "cockpit_app.preview.proc_rpc")
    try:
        await supervisord.start()
        await hero_proc.start()
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(_mind(supervisord, home))
            tasks.create_task(_mind_home(home))
            tasks.create_task(_keep(hero_proc, restart_proc_after_s))
            await wait_ready(home, port, [p for p in programs if wanted.of(p)])
            print(f"ready {new_ticket_link(home, port)}", file=out, flush=True)
    except ExceptionGroup as group:  # the first failure cancelled the others
        raise group.exceptions[0] from None
    finally:
        await asyncio.gather(supervisord.end(), hero_proc.end())


async def _mind(supervisord: Child, home: Home) -> None:
    """End the preview when supervisord is gone: its programs went with it."""
    status = await supervisord.wait()
    raise PreviewError(
        f"supervisord ended by itself (exit status {status}), and all services with it. "
        f"Start the preview again; {home.log_of('supervisord')} may say why."
    )


async def _mind_home(home: Home) -> None:
    """End the preview when its folder is gone: nothing of it can be reached any more."""
    while home.state.is_dir():  # noqa: ASYNC110 - nothing tells that a folder is gone
        await asyncio.sleep(LOOK_FOR_HOME_EVERY_S)
    raise PreviewError(_gone(home))


def _gone(home: Home) -> str:
    return f"{home.root} was moved or removed while the preview ran in it, so the preview ended."


async def _keep(hero_proc: Child, after_s: float) -> None:
    """Start hero_proc again whenever it ends; what it looks after runs on meanwhile."""
    while True:
        status = await hero_proc.wait()
        sys.stderr.write(
            f"hero_proc ended (exit status {status}); it is started again in {after_s:.0f} s.\n"
        )
        sys.stderr.flush()
        await asyncio.sleep(after_s)
        await hero_proc.start()
