"""Waits until everything of a starting preview answers, or says in words what does not."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from cockpit_app.preview.home import Home, PreviewError
from cockpit_app.preview.programs import Program
from cockpit_app.preview.ready import Check, port_check, unix_check, wait_for_all
from cockpit_app.preview.supervisor import Supervisor, SupervisorFault

READY_WITHIN_S = 60.0
LOOK_FOR_FAILURE_EVERY_S = 0.5
_LOG_TAIL_LINES = 12


async def wait_ready(home: Home, port: int, programs: Iterable[Program]) -> None:
    """Wait until each socket of each of `programs`, hero_proc and the front door answer.

    Raises PreviewError, with the end of a log, when one gives up or 60 s were not enough.
    """
    checks = _checks(home, port, programs)
    answers = asyncio.create_task(wait_for_all(checks, READY_WITHIN_S))
    failure = asyncio.create_task(_given_up(Supervisor(home.supervisor_socket)))
    try:
        await asyncio.wait({answers, failure}, return_when=asyncio.FIRST_COMPLETED)
        if not answers.done():
            name = failure.result()
            raise PreviewError(f"{name} does not start. {_log_of(home, name)}")
        if silent := answers.result():
            raise PreviewError(_silence(home, silent))
    finally:
        for task in (answers, failure):
            task.cancel()
        await asyncio.gather(answers, failure, return_exceptions=True)


def _checks(home: Home, port: int, programs: Iterable[Program]) -> list[Check]:
    checks = [unix_check("hero_proc", home.socket("hero_proc/rpc.sock"))]
    for program in programs:
        checks += [unix_check(program.name, home.socket(path)) for path in program.sockets]
        if program.name == "hero_proxy":
            checks.append(port_check(program.name, port))
    return checks


async def _given_up(supervisor: Supervisor) -> str:
    """Wait until supervisord has given a program up; return its name."""
    while True:
        try:
            processes = await supervisor.processes()
        except SupervisorFault:  # it is starting itself
            processes = []
        for process in processes:
            if process.state == "FATAL":
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
