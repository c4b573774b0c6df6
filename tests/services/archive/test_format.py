import io
import json
import subprocess
import tarfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from services.archive import seal as archive_seal
from services.archive.format import (
    ABOUT,
    AUDIT,
    KEY_NAMES,
    PART_OF,
    SETTINGS,
    SHARES,
    About,
    pack,
    unpack,
)
from services.archive.parts import digests
from services.archive.seal import seal, unseal
from services.errors import Invalid

ABOUT_IT = About(made_at=datetime(2026, 11, 20, tzinfo=UTC), cockpit="1.2.3")
MEMBERS = {SETTINGS: b"a = 1\n", KEY_NAMES: b"[]", SHARES: b"[]\n", AUDIT: b"x" * 600}
FILE = pack(ABOUT_IT, MEMBERS)
GOOD = SecretStr("correct horse battery")


@given(st.dictionaries(st.sampled_from(sorted(PART_OF)), st.binary(max_size=2000)))
def test_what_is_packed_comes_out_again(members: dict[str, bytes]) -> None:
    data = pack(ABOUT_IT, members)
    archive = unpack(data)
    assert dict(archive.members) == members
    assert (archive.about.cockpit, archive.about.made_at) == ("1.2.3", ABOUT_IT.made_at)
    assert pack(ABOUT_IT, dict(reversed(members.items()))) == data


@given(st.integers(min_value=0, max_value=len(FILE) * 8 - 1))
def test_one_flipped_bit_anywhere_is_found(bit: int) -> None:
    damaged = bytearray(FILE)
    damaged[bit // 8] ^= 1 << bit % 8
    with pytest.raises(Invalid):
        unpack(bytes(damaged))


@given(st.integers(min_value=0, max_value=len(FILE) - 1))
def test_a_file_cut_off_anywhere_is_found(size: int) -> None:
    with pytest.raises(Invalid):
        unpack(FILE[:size])


@given(st.binary(max_size=3000))
def test_any_other_bytes_are_invalid_and_nothing_else(data: bytes) -> None:
    for file in (data, FILE + data + b"\1", FILE[:1024] + data + FILE[1024 + len(data) + 1 :]):
        with pytest.raises(Invalid):
            unpack(file)


def tar_of(*members: tuple[str, bytes], kind: bytes = tarfile.REGTYPE, link: str = "") -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, content in members:
            info = tarfile.TarInfo(name)
            info.size, info.type, info.linkname, info.mode = len(content), kind, link, 0o600
            tar.addfile(info, io.BytesIO(content))
    return file.getvalue()


CRAFTED = [
    tar_of(("../../etc/passwd", b"x")),
    tar_of(("/etc/passwd", b"x")),
    tar_of((SETTINGS, b"x"), (SETTINGS, b"y")),
    tar_of((ABOUT, b""), kind=tarfile.SYMTYPE, link="/etc/passwd"),
    tar_of((ABOUT, b""), kind=tarfile.DIRTYPE),
    tar_of(("settings/../x", b"x")),
    tar_of((AUDIT, b"x"), (SETTINGS, b"x")),
]


@pytest.mark.parametrize("data", CRAFTED)
def test_crafted_names_links_and_doubles_are_refused(data: bytes) -> None:
    with pytest.raises(Invalid):
        unpack(data)


def test_a_size_beyond_the_file_is_refused() -> None:
    info = tarfile.TarInfo(ABOUT)
    info.size, info.mode = 8**11 - 1, 0o600
    with pytest.raises(Invalid, match="cut off"):
        unpack(info.tobuf(tarfile.USTAR_FORMAT))


@pytest.mark.parametrize("time", ["9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59"])
def test_a_time_that_is_none_in_utc_is_invalid(time: str) -> None:
    with pytest.raises(Invalid, match="does not say what it is"):
        unpack(pack(ABOUT_IT.model_copy(update={"made_at": datetime.fromisoformat(time)}), MEMBERS))


def test_a_newer_format_is_told_apart_from_damage() -> None:
    with pytest.raises(Invalid, match="Upgrade the cockpit"):
        unpack(pack(ABOUT_IT.model_copy(update={"format": 2}), MEMBERS))


def test_a_member_larger_than_an_export_can_hold_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.archive.format.MAX_MEMBER_BYTES", 599)
    with pytest.raises(Invalid, match="larger than an export can hold"):
        pack(ABOUT_IT, MEMBERS)
    monkeypatch.setattr("services.archive.format.MAX_ARCHIVE_BYTES", len(FILE) - 1)
    with pytest.raises(Invalid, match="holds at most"):
        unpack(FILE)


def test_the_systems_own_tools_read_and_check_an_export(tmp_path: Path) -> None:
    (tmp_path / "e.tar").write_bytes(FILE)
    subprocess.run(["tar", "xf", "e.tar"], cwd=tmp_path, check=True)
    assert (tmp_path / AUDIT).read_bytes() == MEMBERS[AUDIT]
    subprocess.run(["sha256sum", "--check", "manifest.sha256"], cwd=tmp_path, check=True)
    about = json.loads((tmp_path / ABOUT).read_text())
    assert about["format"] == 1
    assert about["members"][AUDIT]["size_bytes"] == 600


@pytest.mark.parametrize(
    "members",
    [
        {SHARES: b"{}"},
        {SHARES: b"[1]"},
        {SHARES: b"["},
        {KEY_NAMES: b'["../x"]'},
        {KEY_NAMES: b'["core/UNDO_GROQ_API_KEY"]'},
        {KEY_NAMES: b'["core/A\\nB"]'},
        {KEY_NAMES: json.dumps([f"core/KEY_{n}" for n in range(201)]).encode()},
        {AUDIT: b"no json\n"},
        {AUDIT: b"\n"},
        {AUDIT: b"{}\n\n"},
        {AUDIT: b'{"number": "1"}\n'},
        {AUDIT: b"[" * 100_000},
    ],
)
def test_parts_that_no_cockpit_wrote_are_invalid_not_a_crash(members: dict[str, bytes]) -> None:
    with pytest.raises(Invalid):
        digests(members)


def test_sealed_values_come_out_with_the_passphrase_and_nothing_else() -> None:
    values = {"core/GROQ_API_KEY": "gsk_geheim", "core/B": "ü\n\0"}
    sealed, again = seal(values, GOOD), seal(values, GOOD)
    assert unseal(sealed, GOOD) == values
    assert sealed != again
    assert b"geheim" not in sealed
    assert b"GROQ" not in sealed
    with pytest.raises(Invalid, match="passphrase does not open") as caught:
        unseal(sealed, SecretStr("correct horse batterie"))
    assert "batterie" not in caught.value.message + caught.value.detail


@pytest.mark.parametrize("passphrase", ["", "too short", "x" * 1001])
def test_a_passphrase_that_protects_nothing_is_refused(passphrase: str) -> None:
    with pytest.raises(Invalid, match="A passphrase has 10 to 1000 characters"):
        seal({}, SecretStr(passphrase))


def test_a_changed_seal_does_not_open(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive_seal, "_N", 2**4)
    sealed = json.loads(seal({"core/A": "b"}, GOOD))
    changes = {
        "kind": "none",
        "salt": "AAAAAAAAAAAAAAAAAAAAAA==",
        "nonce": "AAAA",
        "data": sealed["data"][::-1],
        "other": "",
    }
    for name, value in changes.items():
        changed = json.dumps({**sealed, name: value}).encode()
        if name == "other":
            assert unseal(changed, GOOD) == {"core/A": "b"}
        else:
            with pytest.raises(Invalid):
                unseal(changed, GOOD)
    for broken in (b"", b"[]", json.dumps({**sealed, "salt": None}).encode()):
        with pytest.raises(Invalid, match="cannot be read"):
            unseal(broken, GOOD)
