"""Waits until everything of a starting preview answers, or says in words what does not.

The node itself must answer. A stand-in may stay away: somebody may have installed a broken build.
"""

import asyncio
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from cockpit_app.preview.home import Home, PreviewError
from cockpit_app.preview.programs import Program
from cockpit_app.preview.ready import Check, port_check, unix_check, wait_for_all
from cockpit_app.preview.supervisor import Supervisor, SupervisorFault

READY_WITHIN_S = 60.0
STAND_INS_WITHIN_S = 30.0
LOOK_FOR_FAILURE_EVERY_S = 0.5
_LOG_TAIL_LINES = 12


async def wait_ready(home: Home, port: int, programs: Sequence[Program]) -> None:
    """Wait until each socket of each of `programs`, hero_proc and the front door answer.

    Raises PreviewError, with the end of a log, when one of the node's own gives up or 60 s were
    not enough; a stand-in that gives up or stays silent for 30 s is named on stderr.
    """
    supervisor = Supervisor(home.supervisor_socket)
    stand_ins = _checks(home, port, (p for p in programs if p.is_stand_in))
    others = asyncio.create_task(_silent_stand_ins(stand_ins, supervisor))
    checks = [unix_check("hero_proc", home.socket("hero_proc/rpc.sock"))]
    checks += _checks(home, port, (p for p in programs if not p.is_stand_in))
    try:
        given_up, silent = await _wait(checks, READY_WITHIN_S, supervisor)
        if given_up:
            raise PreviewError(f"{given_up} does not start. {_log_of(home, given_up)}")
        if silent:
            raise PreviewError(_silence(home, silent))
        for name in sorted(await others):
            sys.stderr.write(f"{name} does not answer; its log is {home.log_of(name)}.\n")
        sys.stderr.flush()
    finally:
        others.cancel()
        await asyncio.gather(others, return_exceptions=True)


async def _silent_stand_ins(checks: list[Check], supervisor: Supervisor) -> set[str]:
    """Return the names of the stand-ins that gave up, or were silent for too long."""
    gone: set[str] = set()
    while checks:
        given_up, silent = await _wait(checks, STAND_INS_WITHIN_S, supervisor)
        if not given_up:
            return gone | {check.program for check in silent}
        gone.add(given_up)
        checks = [check for check in checks if check.program != given_up]
    return gone


async def _wait(
    checks: Sequence[Check], within_s: float, supervisor: Supervisor
) -> tuple[str, list[Check]]:
    """Wait until all checks hold; return a program that gave up, or what did not hold in time."""
    names = {check.program for check in checks}
    answers = asyncio.create_task(wait_for_all(checks, within_s))
    failure = asyncio.create_task(_given_up(supervisor, names))
    try:
        await asyncio.wait({answers, failure}, return_when=asyncio.FIRST_COMPLETED)
        return ("", answers.result()) if answers.done() else (failure.result(), [])
    finally:
        for task in (answers, failure):
            task.cancel()
        await asyncio.gather(answers, failure, return_exceptions=True)


def _checks(home: Home, port: int, programs: Iterable[Program]) -> list[Check]:
    checks: list[Check] = []
    for program in programs:
        checks += [unix_check(program.name, home.socket(path)) for path in program.sockets]
        if program.name == "hero_proxy":
            checks.append(port_check(program.name, port))
    return checks


async def _given_up(supervisor: Supervisor, names: set[str]) -> str:
    """Wait until supervisord has given one of the programs `names` up; return its name."""
    while True:
        try:
            processes = await supervisor.processes()
        except SupervisorFault:  # it is starting itself
            processes = []
        for process in processes:
            if process.state == "FATAL" and process.name in names:
                return process.name
        await asyncio.sleep(LOOK_FOR_FAILURE_EVERY_S)


def _silence(home: Home, silent: list[Check]) -> str:
    names = ", ".join(sorted({check.program for check in silent}))
    return (
        f"Not everything answered within {READY_WITHIN_S:.0f} s: {names}. "
        f"{silent[0].what} was asked in vain. {_log_of(home, silent[0].program)}"
    )


def _log_of(home: Home, program: str) -> str:
    log = home.log_of(program)
    return f"Its log {log} ends with:\n{_tail(log)}"


def _tail(log: Path) -> str:
    try:
        lines = log.read_text(errors="replace").splitlines()
    except OSError:
        lines = []
    return "\n".join(lines[-_LOG_TAIL_LINES:]) or "(nothing)"
