"""Where things are and what is believed."""

from pathlib import Path

import pytest

from cockpit_app.settings import read_settings, socket_directory
from services.claims import Right
from services.errors import Invalid

ROOT = Path("/hero")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "/hero/var/sockets"),
        ({"HERO_SOCKET_DIR": "/b"}, "/b"),
        ({"PATH_SOCKET": "/a"}, "/a"),
        ({"PATH_SOCKET": "/a", "HERO_SOCKET_DIR": "/b"}, "/a"),
        ({"PATH_SOCKET": "", "HERO_SOCKET_DIR": "/b"}, "/b"),
    ],
)
def test_the_socket_directory_is_found_in_the_platforms_order(
    environment: dict[str, str], expected: str
) -> None:
    assert socket_directory(environment, root=ROOT) == Path(expected)


def test_without_a_file_the_defaults_hold(tmp_path: Path) -> None:
    settings = read_settings({"PATH_ROOT": str(tmp_path)})
    assert settings.rpc_socket == tmp_path / "var" / "sockets" / "hero_cockpit" / "rpc.sock"
    assert settings.file.front.web == "proxy"
    assert settings.file.front.rpc == "none"
    assert settings.vms == Path("~/.chvm/vms").expanduser()


def test_the_file_overrides_and_a_relative_folder_of_vms_starts_at_the_root(tmp_path: Path) -> None:
    _write(tmp_path, b'\xef\xbb\xbf[front]\nrpc = "proxy"\n[console]\nvms = "machines"\n')
    settings = read_settings({"PATH_ROOT": str(tmp_path)})
    assert settings.file.front.rpc == "proxy"
    assert settings.vms == tmp_path / "machines"


def test_rights_follow_the_file(tmp_path: Path) -> None:
    _write(tmp_path, b'[rights]\nwrite = ["crew"]\nadmin = ["captain"]\nowners = ["mik"]\n')
    rights = read_settings({"PATH_ROOT": str(tmp_path)}).rights
    assert rights.right_of("ann", frozenset({"crew"})) is Right.WRITE
    assert rights.right_of("ann", frozenset({"captain"})) is Right.ADMIN
    assert rights.right_of("ann", frozenset({"groups.admin"})) is Right.READ
    assert rights.right_of("mik", frozenset()) is Right.WRITE
    assert rights.right_of("", frozenset({"captain"})) is Right.READ


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"[front", "not valid TOML"),
        (b'[providers]\ngroq = "http://groq.example/v1"\n', "providers.groq: An address with http"),
        (b'[forge]\naddress = "ftp://a.b"\n', "forge.address"),
        (b"\xff\xff", "not valid TOML"),
        (b"[front]\nweb = 'everybody'\n", "front.web"),
        (b"[console]\nkeep_s = -1\n", "console.keep_s"),
        (b"[colour]\n", "colour"),
    ],
)
def test_a_wrong_file_is_told_with_its_path_and_place(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = _write(tmp_path, content)
    with pytest.raises(Invalid) as told:
        read_settings({"PATH_ROOT": str(tmp_path)})
    assert str(path) in told.value.message
    assert words in told.value.message


def _write(root: Path, content: bytes) -> Path:
    path = root / "cfg" / "cockpit" / "cockpit.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    return path
