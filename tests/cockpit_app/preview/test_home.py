"""The folder of a preview: what it refuses, and what it keeps private."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit_app.preview.home import (
    MAX_SOCKET_PATH_BYTES,
    PreviewError,
    default_home,
    lay_out,
    open_home,
)
from cockpit_app.preview.lock import announce, locked, running
from cockpit_app.preview.records import read_json, write_private
from cockpit_app.preview.tickets import new_link


def test_everything_in_a_home_is_private(folder: Path) -> None:
    home = open_home(folder / "h")
    with locked(home):
        lay_out(home)
    for at, _, files in os.walk(home.root):
        assert stat.S_IMODE(Path(at).stat().st_mode) == 0o700
        for name in files:
            assert stat.S_IMODE((Path(at) / name).stat().st_mode) == 0o600


def test_settings_that_are_there_stay_as_they_are(folder: Path) -> None:
    home = open_home(folder / "h")
    lay_out(home)
    settings = home.config / "cockpit/cockpit.toml"
    assert 'vms = ".chvm/vms"' in settings.read_text()
    settings.write_text("# mine\n")
    lay_out(home)
    assert settings.read_text() == "# mine\n"


def test_a_folder_with_something_else_in_it_is_left_as_it_is(folder: Path) -> None:
    letters = folder / "letters"
    letters.mkdir(mode=0o755)
    with pytest.raises(PreviewError, match="holds something else than a preview"):
        open_home(folder)
    assert [path.name for path in folder.iterdir()] == ["letters"]
    assert stat.S_IMODE(letters.stat().st_mode) == 0o755


def test_a_home_that_was_laid_out_is_opened_again(folder: Path) -> None:
    assert open_home(open_home(folder).root).root == folder


def test_a_file_is_no_home(folder: Path) -> None:
    file = folder / "f"
    file.touch()
    with pytest.raises(PreviewError, match=r"is not a folder\. Choose another with --home"):
        open_home(file)
    with pytest.raises(PreviewError, match=r"is not a folder\. Choose another with --home"):
        open_home(file / "below")


def test_a_place_that_cannot_be_written_is_refused() -> None:
    with pytest.raises(PreviewError, match=r"cannot be used: .*Choose another with --home"):
        open_home(Path("/proc/hero"))


def test_a_folder_whose_sockets_would_have_too_long_a_path_is_refused(folder: Path) -> None:
    longest = MAX_SOCKET_PATH_BYTES - len("/var/sockets/hero_whiteboard_server/.admin.sock")
    fits = folder / ("x" * (longest - len(str(folder)) - 1))
    assert open_home(fits).root == fits
    with pytest.raises(PreviewError, match="of 108 bytes, and the system allows 107"):
        open_home(fits.with_name(fits.name + "x"))


def test_the_home_of_a_hero_system_is_not_taken_for_a_previews(folder: Path) -> None:
    (folder / "var/sockets/hero_proc").mkdir(parents=True)
    with pytest.raises(PreviewError, match="is the home of a Hero system"):
        open_home(folder)


def test_only_one_process_holds_a_home(folder: Path) -> None:
    home = open_home(folder / "h")
    assert running(home) is None
    with locked(home):
        announce(home, port=1234)
        assert running(home) == (os.getpid(), 1234)
        with (
            pytest.raises(PreviewError, match=rf"process {os.getpid()}, http://127.0.0.1:1234"),
            locked(home),
        ):
            raise AssertionError
        assert new_link(home.root).startswith("http://127.0.0.1:1234/enter?ticket=")
    assert running(home) is None


def test_a_link_into_a_preview_that_does_not_run_says_how_to_start_it(folder: Path) -> None:
    with pytest.raises(PreviewError, match=f"Start it with: hero_cockpit preview --home {folder}"):
        new_link(folder)


def test_the_lock_of_a_killed_process_is_free(folder: Path) -> None:
    script = (
        "import os, sys; from pathlib import Path;"
        "from cockpit_app.preview.home import *; from cockpit_app.preview.lock import *;"
        "home = open_home(Path(sys.argv[1])); lock = locked(home); lock.__enter__();"
        "announce(home, port=1); os.kill(os.getpid(), 9)"
    )
    subprocess.run([sys.executable, "-c", script, str(folder)], check=False)
    home = open_home(folder)
    assert running(home) is None
    with locked(home):
        assert running(home) is None


def test_damaged_notes_are_read_as_if_they_were_not_there(folder: Path) -> None:
    assert read_json(folder / "none.json", [1]) == [1]
    write_private(folder / "bad.json", b"{")
    assert read_json(folder / "bad.json", {}) == {}


def test_the_default_home_is_the_users_own() -> None:
    assert default_home().parts[-2:] == ("hero_cockpit", "preview")
