"""`lab` installs what it knows, leaves traces as an installer does, and fails as rehearsed."""

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from cockpit_app.preview.builds import is_whole, read_receipt
from cockpit_app.preview.home import Home
from cockpit_app.preview.releases import DEVELOPMENT, Flaw
from tests.cockpit_app.preview.homes import furnished, info, lab
from tests.preview_node import PreviewNode, until

BUILD = ("--download", "--install")


@pytest.fixture
def home(folder: Path) -> Home:
    return furnished(folder / "h", "hero_books", "hero_whiteboard", "hero_agent", "hero_db")


def test_a_build_tells_its_progress_installs_all_parts_and_then_the_receipt(home: Home) -> None:
    done = lab(home, "build", "hero_whiteboard", *BUILD)
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert "[3/5] downloading hero_whiteboard_server 40 %" in lines
    assert lines.index("[4/5] installing hero_whiteboard_web") < lines.index(
        "[5/5] writing the receipt"
    )
    receipt = read_receipt(home, "hero_whiteboard")
    assert receipt["version"] == "0.5.0"
    assert is_whole(home, receipt)
    assert info(home, "hero_whiteboard_web")["version"] == "0.5.0"
    assert lab(home, "infocheck").returncode == 0


def test_an_app_that_was_not_there_is_installed_whole(home: Home) -> None:
    assert not (home.bin / "hero_agent_web").exists()
    assert lab(home, "build", "hero_agent", *BUILD).returncode == 0
    assert {"hero_agent_server", "hero_agent_web"} <= {path.name for path in home.bin.iterdir()}


def test_the_newest_is_built_anew_only_when_forced_or_damaged(home: Home) -> None:
    first = read_receipt(home, "hero_db")
    done = lab(home, "build", "hero_db", *BUILD)
    assert "hero_db 0.4.2 is installed already" in done.stdout
    assert read_receipt(home, "hero_db") == first
    assert "is installed." in lab(home, "build", "hero_db", *BUILD, "--force").stdout
    (home.bin / "hero_db").write_text("damaged")
    assert "is installed." in lab(home, "build", "hero_db", *BUILD).stdout
    assert info(home, "hero_db")["version"] == "0.4.2"


def test_each_channel_has_its_own_newest(home: Home) -> None:
    assert lab(home, "build", "hero_db", *BUILD, "--channel", DEVELOPMENT).returncode == 0
    receipt = read_receipt(home, "hero_db")
    assert (receipt["version"], receipt["channel"]) == ("0.6.0-dev", DEVELOPMENT)


@pytest.mark.parametrize(
    "name",
    ["hero_none", "../hero_books", "/bin/sh", "", "lab", "hero_proxy", "hero_whiteboard_web"],
)
def test_only_apps_of_its_own_table_are_built(home: Home, name: str) -> None:
    before = snapshot(home)
    done = lab(home, "build", name, *BUILD)
    assert done.returncode == 1
    assert f"there is no app named {name!r}" in done.stderr
    assert snapshot(home) == before


@pytest.mark.parametrize(
    ("flags", "words"),
    [((), "no sources on this machine"), (("--download",), "--install was not given")],
)
def test_without_its_flags_a_build_installs_nothing(
    home: Home, flags: tuple[str, ...], words: str
) -> None:
    before = snapshot(home)
    done = lab(home, "build", "hero_books", *flags)
    assert words in done.stdout + done.stderr
    assert snapshot(home) == before


def test_a_build_that_fails_says_so_like_a_compiler_and_changes_nothing(home: Home) -> None:
    assert lab(home, "rehearse", "hero_books", "build_fails").returncode == 0
    before = snapshot(home)
    done = lab(home, "build", "hero_books", *BUILD)
    assert done.returncode == 1
    assert "error: could not compile `hero_books`" in done.stderr
    assert snapshot(home) == before
    lab(home, "rehearse", "hero_books", "none")
    assert lab(home, "build", "hero_books", *BUILD).returncode == 0


def test_a_full_disk_leaves_half_a_program_and_the_old_receipt(home: Home) -> None:
    receipt = read_receipt(home, "hero_books")
    lab(home, "rehearse", "hero_books", "disk_full")
    done = lab(home, "build", "hero_books", *BUILD)
    assert done.returncode == 1
    assert "could not write hero_books: No space left on device (os error 28)" in done.stderr
    assert read_receipt(home, "hero_books") == receipt
    assert not is_whole(home, receipt)
    assert lab(home, "infocheck").returncode == 1


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_build_that_is_ended_in_the_middle_ends_at_once(home: Home, number: int) -> None:
    before = snapshot(home)
    lab(home, "rehearse", "hero_books", "slow")
    command = [str(home.bin / "lab"), "build", "hero_books", *BUILD]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        until(lambda: "10 %" in str(process.stdout and process.stdout.readline()))
        process.send_signal(number)
        assert process.wait(5) == -number
    assert snapshot(home) == before


def test_a_wrong_version_is_found_by_asking_the_program(home: Home) -> None:
    lab(home, "rehearse", "hero_books", "wrong_version")
    assert lab(home, "build", "hero_books", *BUILD).returncode == 0
    done = lab(home, "infocheck")
    assert done.returncode == 1
    assert "hero_books does not say that it is 0.5.0" in done.stderr


def test_the_list_tells_what_is_installed_offered_and_rehearsed(home: Home) -> None:
    lab(home, "rehearse", "hero_books", "slow")
    rows = {line.split()[0]: line for line in lab(home, "list").stdout.splitlines()}
    assert "0.4.2" in rows["hero_books"]
    assert "latest 0.5.0" in rows["hero_books"]
    assert rows["hero_books"].endswith("slow")
    assert "latest 0.4.2" in rows["hero_db"]
    assert rows["hero_agent"].split()[1] == "-"


def test_a_further_version_can_be_offered_and_has_no_flaw(home: Home) -> None:
    lab(home, "rehearse", "hero_books", "build_fails")
    assert lab(home, "release", "hero_books", "0.9.1").returncode == 0
    assert lab(home, "build", "hero_books", *BUILD).returncode == 0
    assert info(home, "hero_books")["version"] == "0.9.1"
    assert lab(home, "release", "hero_books", "new").returncode == 1


def test_it_belongs_to_the_home_that_it_lies_in_whatever_the_environment_says(
    home: Home, folder: Path
) -> None:
    elsewhere = {**os.environ, "PATH_ROOT": str(folder / "other")}
    done = subprocess.run(
        [str(home.bin / "lab"), "list"], env=elsewhere, capture_output=True, check=True
    )
    assert b"0.4.2" in done.stdout
    assert not (folder / "other").exists()


def test_usage_is_told_with_status_2_and_lab_itself_has_no_update(home: Home) -> None:
    assert lab(home).returncode == 2
    assert lab(home, "rehearse", "hero_books", "explode").returncode == 2
    assert "belongs to this preview" in lab(home, "update").stdout


def test_every_flaw_can_be_rehearsed(home: Home) -> None:
    for flaw in Flaw:
        assert lab(home, "rehearse", "hero_books", flaw).returncode == 0


def test_a_restart_is_asked_of_hero_proc_and_brings_the_new_version(node: PreviewNode) -> None:
    home = Home(node.home)
    before = node.service("hero_slides")["pid"]
    done = lab(home, "build", "hero_slides", *BUILD, "--force", "--restart")
    assert (done.returncode, done.stderr) == (0, "")
    until(lambda: node.service("hero_slides")["pid"] not in {before, None})
    assert node.service("hero_slides")["version"] == "0.5.0"


def test_a_restart_without_hero_proc_is_told(home: Home) -> None:
    done = lab(home, "build", "hero_db", *BUILD, "--restart")
    assert done.returncode == 1
    assert "hero_proc does not answer" in done.stderr


def snapshot(home: Home) -> dict[str, bytes]:
    """Return all programs and receipts of a home."""
    files = [*home.bin.iterdir(), *home.receipt_of("x").parent.iterdir()]
    found = {path.name: path.read_bytes() for path in files if not path.name.startswith(".")}
    assert json.loads(found["hero_books.json"])["app"] == "hero_books"
    return found
