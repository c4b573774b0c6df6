"""The program's entry: what the system refuses is one sentence, whoever reads the answer."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.preview_node import short_folder

PROGRAM = f"{sys.executable} -m cockpit_app"


def shell(command: str, root: Path) -> tuple[int, str, str]:
    """Run a line of a shell, where `P` stands for the program."""
    done = subprocess.run(
        ["/bin/sh", "-c", command.replace("P ", f"{PROGRAM} ", 1)],
        capture_output=True,
        text=True,
        timeout=60,
        env={"PATH_ROOT": str(root), "PATH": "/bin:/usr/bin"},
    )
    return done.returncode, done.stdout, done.stderr


@pytest.mark.parametrize("command", ["P --info >/dev/full", "P --status --json >/dev/full"])
def test_an_answer_that_cannot_be_written_is_one_sentence(command: str) -> None:
    with short_folder() as folder:
        status, _, said = shell(command, folder)
    assert status == 1
    assert said.splitlines() == [
        "hero_cockpit: The answer could not be written: No space left on device. "
        "What was asked for may be done all the same."
    ]


@pytest.mark.parametrize("command", ["P --info", "P --status"])
def test_streams_that_the_caller_closed_do_no_harm(command: str) -> None:
    with short_folder() as folder:
        expected, _, _ = shell(command, folder)
        assert shell(f"{command} <&- >&-", folder) == (expected, "", "")
        assert shell(f"{command} 2>&- >&-", folder) == (expected, "", "")


def test_a_file_that_cannot_be_made_is_named() -> None:
    with short_folder() as folder:
        status, out, said = shell(f"P export save X {folder}/none/x.tar", folder)
    assert (status, out) == (1, "")
    assert said == (
        f"hero_cockpit: {folder}/none/x.tar.part cannot be used: No such file or directory.\n"
    )


def test_a_reader_that_left_is_no_news() -> None:
    with short_folder() as folder:
        _, _, said = shell("P --info | true", folder)
    assert said == ""
