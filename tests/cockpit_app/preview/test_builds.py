"""A build is one file that runs and says what it is, or goes wrong as it was told to."""

import hashlib
import json
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit_app.preview.builds import STALE_VERSION, is_whole, read_receipt
from cockpit_app.preview.home import Home
from cockpit_app.preview.releases import Flaw
from tests.cockpit_app.preview.homes import (
    environment,
    furnished,
    health,
    info,
    install_flawed,
    started,
)
from tests.preview_node import until


def test_a_build_is_private_and_its_receipt_knows_it_by_its_digest(folder: Path) -> None:
    home = furnished(folder / "h", "hero_whiteboard")
    receipt = read_receipt(home, "hero_whiteboard")
    names = [f"hero_whiteboard_{part}" for part in ("admin", "server", "web")]
    assert list(receipt["binaries"]) == names
    for name in names:
        path = home.bin / name
        assert stat.S_IMODE(path.stat().st_mode) == 0o700
        assert receipt["binaries"][name] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert (receipt["app"], receipt["version"], receipt["channel"]) == (
        "hero_whiteboard",
        "0.4.2",
        "latest",
    )
    assert is_whole(home, receipt)
    (home.bin / names[1]).unlink()
    assert not is_whole(home, receipt)


def test_a_program_says_what_it_is_without_being_told_where_it_is(folder: Path) -> None:
    home = furnished(folder / "h", "hero_books", "hero_whiteboard")
    said = info(home, "hero_books")
    assert (said["name"], said["version"], said["build"]) == ("hero_books", "0.4.2", 42)
    assert said["sockets"] == [
        "hero_books/rpc.sock",
        "hero_books/web.sock",
        "hero_books/admin.sock",
    ]
    kinds = [info(home, f"hero_whiteboard_{part}")["kind"] for part in ("server", "web", "admin")]
    assert kinds == ["server", "web", "admin"]


def test_a_running_build_tells_its_own_version(folder: Path) -> None:
    home = furnished(folder / "h", "hero_biz")
    install_flawed(home, "hero_biz", Flaw.NONE)
    path = home.socket("hero_biz/web.sock")
    with started(home, "hero_biz"):
        until(path.is_socket)
        assert health(path)["version"] == "0.5.0"


@pytest.mark.parametrize("name", ["a b", "it's", "$HOME", 'q"q', "{x}"])
def test_an_interpreter_in_an_oddly_named_folder_is_found(
    folder: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / name).mkdir()
    odd = folder / name / "python"
    odd.symlink_to(Path(sys.executable).resolve())
    monkeypatch.setattr(sys, "executable", str(odd))
    assert info(furnished(folder / "h", "hero_db"), "hero_db")["name"] == "hero_db"


def test_a_build_that_does_not_start_says_so_in_its_log_and_exits_with_3(folder: Path) -> None:
    home = flawed(folder, Flaw.DOES_NOT_START)
    with started(home, "hero_biz") as process:
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 3
    assert b"hero_biz 0.5.0: its configuration is of another version" in said
    assert not home.socket("hero_biz/rpc.sock").exists()


def test_a_build_that_dies_later_serves_first(folder: Path) -> None:
    home = flawed(folder, Flaw.DIES_LATER)
    path = home.socket("hero_biz/rpc.sock")
    with started(home, "hero_biz") as process:
        until(path.is_socket)
        assert health(path)["version"] == "0.5.0"
        said, _ = process.communicate(timeout=20)
    assert process.returncode == 1
    assert b"panicked" in said
    assert not path.exists()


def test_a_build_that_does_not_answer_takes_connections_all_the_same(folder: Path) -> None:
    home = flawed(folder, Flaw.DOES_NOT_ANSWER)
    path = home.socket("hero_biz/rpc.sock")
    with started(home, "hero_biz") as process:
        until(path.is_socket)
        with pytest.raises(TimeoutError):
            health(path, timeout=0.5)
        process.terminate()
        assert process.wait(20) == 0  # it still ends when asked


def test_a_build_of_the_wrong_version_says_so_everywhere_but_in_the_receipt(folder: Path) -> None:
    home = flawed(folder, Flaw.WRONG_VERSION)
    path = home.socket("hero_biz/rpc.sock")
    with started(home, "hero_biz"):
        until(path.is_socket)
        assert health(path)["version"] == STALE_VERSION
    assert info(home, "hero_biz")["version"] == STALE_VERSION
    assert read_receipt(home, "hero_biz")["version"] == "0.5.0"


def test_half_of_a_build_serves_nothing(folder: Path) -> None:
    home = furnished(folder / "h", "hero_biz")
    path = home.bin / "hero_biz"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    subprocess.run([str(path)], env=environment(home), check=False, timeout=20)  # it ends at once
    assert not home.socket("hero_biz/rpc.sock").exists()


def test_another_build_of_the_cockpit_is_the_cockpit_under_another_number(folder: Path) -> None:
    home = furnished(folder / "h", "hero_cockpit")
    install_flawed(home, "hero_cockpit", Flaw.NONE, version="7.8.9")
    path = home.socket("hero_cockpit/rpc.sock")
    with started(home, "hero_cockpit", "serve"):
        until(path.is_socket, within_s=30)
        assert health(path)["version"] == "7.8.9"
    said = subprocess.run(
        [str(home.bin / "hero_cockpit"), "--info", "--json"], capture_output=True, check=True
    )
    assert json.loads(said.stdout)["version"] == "7.8.9"


@pytest.mark.parametrize(
    ("flaw", "status"), [(Flaw.DOES_NOT_START, 3), (Flaw.DIES_LATER, 1), (Flaw.DOES_NOT_ANSWER, 0)]
)
def test_a_broken_build_of_the_cockpit_goes_wrong_like_any_other(
    folder: Path, flaw: Flaw, status: int
) -> None:
    home = furnished(folder / "h", "hero_cockpit")
    install_flawed(home, "hero_cockpit", flaw, version="7.8.9")
    path = home.socket("hero_cockpit/web.sock")
    with started(home, "hero_cockpit", "serve") as process:
        if flaw is Flaw.DOES_NOT_ANSWER:
            until(path.is_socket)
            with pytest.raises(TimeoutError):
                health(path, timeout=0.3)
            process.terminate()
        assert process.wait(20) == status


def flawed(folder: Path, flaw: Flaw) -> Home:
    """Return a home whose hero_biz is an upgrade that goes wrong."""
    home = furnished(folder / "h", "hero_biz")
    install_flawed(home, "hero_biz", flaw)
    return home
