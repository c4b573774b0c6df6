"""Completion: the script of each shell, and names that the running cockpit knows."""

import os
import subprocess
import sys

import pytest

from tests.cockpit_app.cli.program import run
from tests.preview_node import PreviewNode, short_folder


def completed(*words: str, root: str) -> list[str]:
    """Return what bash would offer for the last of `words`."""
    environment = os.environ | {
        "_HERO_COCKPIT_COMPLETE": "bash_complete",
        "COMP_WORDS": " ".join(words),
        "COMP_CWORD": str(len(words) - 1),
        "PATH_ROOT": root,
    }
    command = [sys.executable, "-m", "cockpit_app"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, env=environment)
    assert done.stderr == ""
    return [line.partition(",")[2] for line in done.stdout.splitlines() if line]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_each_shell_gets_its_script(shell: str) -> None:
    outcome = run("completion", shell)
    assert outcome.status == 0
    assert "_HERO_COCKPIT_COMPLETE" in outcome.out


def test_an_unknown_shell_is_wrong_usage() -> None:
    assert run("completion", "tcsh").status == 2


def test_groups_verbs_and_names_are_completed(node: PreviewNode) -> None:
    root = str(node.home)
    assert "services" in completed("hero_cockpit", "serv", root=root)
    assert "restart" in completed("hero_cockpit", "services", "rest", root=root)
    assert completed("hero_cockpit", "services", "restart", "hero_boo", root=root) == ["hero_books"]


def test_without_a_cockpit_nothing_is_offered_and_nothing_is_said() -> None:
    with short_folder() as folder:
        assert completed("hero_cockpit", "services", "restart", "h", root=str(folder)) == []


def test_jobs_and_exports_are_completed_for_the_commands_that_are_no_operation() -> None:
    with short_folder() as folder:
        root = str(folder)
        assert run("--start", root=folder).status == 0
        try:
            assert run("export", "create", root=folder).status == 0
            (export,) = (folder / "var" / "hero_cockpit" / "exports").glob("*.tar")
            assert completed("hero_cockpit", "jobs", "follow", "1", root=root) == ["1"]
            for verb in ("save", "restore"):
                assert completed("hero_cockpit", "export", verb, "", root=root) == [export.name]
        finally:
            run("--stop", root=folder)
