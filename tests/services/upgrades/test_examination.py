"""Builds that are examined: what they say counts, what they do besides comes to nothing."""

import json
import os
from pathlib import Path

import pytest

from services.apps.catalog import find_app
from services.apps.receipts import Shelf
from services.defaults import DEFAULTS
from services.upgrades.examination import MAX_INFO_BYTES, Installation, examine
from tests.services.daemons import eventually

BOOKS = find_app("hero_books")


def build(root: Path, script: str) -> Shelf:
    """Put the program hero_books 0.5.0 on a shelf; `script` is what the shell runs as it."""
    programs, receipts = root / "bin", root / DEFAULTS.receipts[0]
    programs.mkdir()
    receipts.mkdir(parents=True)
    (receipts / "hero_books.json").write_text(
        json.dumps({"version": "0.5.0", "binaries": ["hero_books"]})
    )
    program = programs / "hero_books"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    return Shelf(root, receipts=DEFAULTS.receipts)


async def examined(shelf: Shelf) -> Installation:
    return await examine(shelf, BOOKS, former="0.4.0", available="0.5.0")


def is_alive(process_id: int) -> bool:
    try:
        state = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.parametrize(
    ("says", "trouble"),
    [
        ('{"version": "0.5.0+build7"}', ""),
        ('{"version": "0.4.9"}', "hero_books says that it is 0.4.9, and 0.5.0 was expected."),
        ('{"version": "0.4.9\\u001b[2J\\n"}', "hero_books says that it is 0.4.9 [2J, and 0.5.0"),
        ("usage: hero_books", ""),
        ("[" * 20_000, ""),
        ("[7]", ""),
    ],
)
async def test_a_build_that_says_it_is_another_version_is_not_used(
    tmp_path: Path, says: str, trouble: str
) -> None:
    (tmp_path / "said").write_text(says)
    found = await examined(build(tmp_path, f"cat '{tmp_path}/said'"))
    assert found.version == "0.5.0"
    assert found.trouble.startswith(trouble)
    assert bool(found.trouble) is bool(trouble)


async def test_what_a_build_starts_ends_with_it_and_keeps_nobody_waiting(tmp_path: Path) -> None:
    script = f"sleep 60 &\necho $! > '{tmp_path}/child'\necho '{{\"version\": \"0.4.9\"}}'"
    found = await examined(build(tmp_path, script))
    assert "0.4.9" in found.trouble
    child = int((tmp_path / "child").read_text())
    await eventually(lambda: not is_alive(child))


async def test_a_build_that_never_ends_is_ended_with_what_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.upgrades.examination.INFO_TIMEOUT_S", 0.5)
    script = f"echo $$ > '{tmp_path}/self'\nsleep 60 &\necho $! > '{tmp_path}/child'\nwait"
    assert (await examined(build(tmp_path, script))).trouble == ""
    for name in ("self", "child"):
        process = int((tmp_path / name).read_text())
        await eventually(lambda process=process: not is_alive(process))


async def test_a_build_that_talks_without_end_fills_no_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.upgrades.examination.INFO_TIMEOUT_S", 0.5)
    talk = f"while echo '{'x' * 999}'; do echo >> '{tmp_path}/thousands'; done"
    assert (await examined(build(tmp_path, talk))).trouble == ""
    assert 1 <= (tmp_path / "thousands").stat().st_size <= MAX_INFO_BYTES // 1000


async def test_a_build_sees_nothing_of_our_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GROQ_API_KEY", "gsk_secret")
    await examined(build(tmp_path, f"env > '{tmp_path}/env'"))
    seen = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().splitlines())
    assert seen["PATH_ROOT"] == str(tmp_path)
    assert seen["PATH"] == os.environ["PATH"]
    assert "GROQ_API_KEY" not in seen
