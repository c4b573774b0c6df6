"""A command on a leash dies with its parent, however the parent dies."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from cockpit_app.preview.leash import PARENT
from cockpit_app.preview.supervisor_config import LEASH
from tests.preview_node import until

PARENTS_SCRIPT = """
import os, subprocess, sys
os.environ[sys.argv[1]] = str(os.getpid())
child = subprocess.Popen(sys.argv[2:], stdout=subprocess.PIPE)
print(child.pid, child.stdout.readline().decode().strip(), flush=True)
child.wait()
"""


def test_the_death_of_the_parent_ends_a_chain_of_leashes() -> None:
    inner = "echo $PPID $$; exec sleep 4322"
    chain = [*LEASH, "sh", "-c", '"$@" & wait', "sh", *LEASH, "sh", "-c", inner]
    with subprocess.Popen(
        [sys.executable, "-c", PARENTS_SCRIPT, PARENT, *chain], stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        outer, _, innermost = map(int, parent.stdout.readline().split())
        chained = [psutil.Process(outer), psutil.Process(innermost)]
        parent.kill()
    until(lambda: not any(alive(process) for process in chained), what="the chain is gone")


def test_a_command_whose_parent_is_gone_is_not_started(folder: Path) -> None:
    mark = folder / "started"
    somebody_else = {**os.environ, PARENT: "1"}
    done = subprocess.run([*LEASH, "touch", str(mark)], env=somebody_else, check=False)
    assert done.returncode == 3
    assert not mark.exists()


def test_a_command_keeps_its_arguments_and_its_exit_status() -> None:
    tied = {**os.environ, PARENT: str(os.getpid())}
    command = [*LEASH, "sh", "-c", 'printf "%s|" "$@"; exit 7', "sh", "a b", "", "%x"]
    done = subprocess.run(command, env=tied, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (7, b"a b||%x|")


def test_a_leashed_command_can_still_be_ended_by_a_signal() -> None:
    tied = {**os.environ, PARENT: str(os.getpid())}
    with subprocess.Popen([*LEASH, "sleep", "4323"], env=tied) as process:
        process.send_signal(signal.SIGINT)
        assert process.wait(10) != 0


def alive(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
