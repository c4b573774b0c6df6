"""Many writers, readers that look all the time, and writers that ask nobody."""

import asyncio
import sys
from pathlib import Path

import pytest

from services.contract.manifest import Manifest
from services.errors import Refused
from services.files.file_swap import only_writer
from services.manifest.edit import with_app
from services.manifest.file import TRIES, ManifestFile
from services.manifest.text import read_text

PROCESSES, EDITS = 5, 20
BEGINNING = b"# why\nprofile = 'custom' # mine\n\n[enabled]\nservices = [\n    # first\n]\n# end\n"


async def test_a_hundred_edits_of_five_processes_are_kept_and_no_reader_sees_a_broken_file(
    tmp_path: Path,
) -> None:
    path = tmp_path / "services.toml"
    path.write_bytes(BEGINNING)
    writers = [
        await asyncio.create_subprocess_exec(
            sys.executable,
            *("-m", "tests.services.manifest_writer", str(path)),
            *(str(number * EDITS), str(EDITS)),
        )
        for number in range(PROCESSES)
    ]
    ended = asyncio.gather(*(writer.wait() for writer in writers))
    sizes = set()
    while not ended.done():
        choice = read_text(await asyncio.to_thread(path.read_bytes)).enabled
        assert choice is not None
        sizes.add(len(choice.on))
    assert await ended == [0] * PROCESSES
    assert len(sizes) > EDITS
    manifest = await ManifestFile(path, demo=(), always_on=()).read()
    assert set(manifest.enabled) == {f"app_{n}" for n in range(PROCESSES * EDITS)}
    assert [*path.read_bytes().splitlines()[:6], path.read_bytes().splitlines()[-1]] == [
        *BEGINNING.splitlines()[:6],
        b"# end",
    ]
    left = {file.name for file in tmp_path.iterdir()}
    assert left == {"services.toml", "services.toml.bak", ".services.toml.lock"}


async def test_what_a_writer_without_the_lock_leaves_is_kept_beside_our_edit(
    tmp_path: Path,
) -> None:
    path = tmp_path / "services.toml"
    path.write_text("enabled = ['hero_db']\n")
    seen: list[tuple[str, ...]] = []

    def change(content: bytes, manifest: Manifest) -> bytes:
        seen.append(manifest.enabled)
        if len(seen) == 1:
            path.write_text("enabled = ['hero_osis'] # by setup-binaries.sh\n")
        return with_app(content, "hero_books", kept=True, present=manifest.enabled)

    manifest = await ManifestFile(path, demo=(), always_on=()).edit(change)
    assert seen == [("hero_db",), ("hero_osis",)]
    assert manifest.enabled == ("hero_osis", "hero_books")
    assert path.read_text().endswith("# by setup-binaries.sh\n")


async def test_a_file_that_somebody_made_first_is_not_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "cfg" / "services.toml"

    def change(content: bytes, manifest: Manifest) -> bytes:
        if not manifest.exists:
            path.write_text("owner = 'alice'\nenabled = []\n")
        return with_app(content, "hero_books", kept=True, present=manifest.enabled)

    manifest = await ManifestFile(path, demo=(), always_on=()).edit(change)
    assert (manifest.owner, manifest.enabled) == ("alice", ("hero_books",))


async def test_against_a_writer_that_never_rests_we_give_up_in_words(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    path.write_text("# 0\n")
    tries: list[bytes] = []

    def change(content: bytes, manifest: Manifest) -> bytes:
        tries.append(content)
        path.write_text(f"# {len(tries)}\n")
        return content + b"x = 1\n"

    with pytest.raises(Refused, match="changed by another program all the time"):
        await ManifestFile(path, demo=(), always_on=()).edit(change)
    assert len(tries) == TRIES
    assert path.read_text() == f"# {TRIES}\n"


async def test_a_lock_that_is_never_given_back_is_told_in_words(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    told = pytest.raises(Refused, match=r"services.toml is being changed by another program")
    with only_writer(path, wait_s=1), told:
        await ManifestFile(path, demo=(), always_on=(), lock_wait_s=0.05).keep("hero_books")
    assert (await ManifestFile(path, demo=(), always_on=()).keep("hero_books")).enabled == (
        "hero_books",
    )


async def test_what_a_killed_writer_left_is_cleared_away(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    for name in (".services.toml~abc", ".services.toml.bak~abc"):
        (tmp_path / name).write_text("half")
    await ManifestFile(path, demo=(), always_on=()).keep("hero_books")
    assert not [file for file in tmp_path.iterdir() if "~" in file.name]
