import asyncio
import os
import resource
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.contract.manifest import Profile
from services.errors import Invalid, NotFound, Refused
from services.manifest.file import ManifestFile

ALWAYS_ON = ("hero_proc", "hero_proxy")
DEMO = ("hero_books", "hero_osis", "hero_proxy")
GOOD = "owner = 'alice'\nenabled = ['hero_db']\n"
BROKEN = "owner = 'alice'\nenabled = ['hero_db'\nx\n"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "cfg" / "services.toml"


def write(path: Path, text: str, *, age_s: float = 60) -> None:
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(text.encode())
    then = time.time() - age_s
    os.utime(path, (then, then))


def manifest_at(path: Path) -> ManifestFile:
    return ManifestFile(path, demo=DEMO, always_on=ALWAYS_ON)


async def test_without_a_file_the_demo_profile_holds_and_nothing_is_written(path: Path) -> None:
    manifest = await manifest_at(path).read()
    assert (manifest.exists, manifest.problem, manifest.digest) == (False, None, "")
    assert (manifest.profile, manifest.always_on) == (Profile.DEMO, ALWAYS_ON)
    assert manifest.enabled == ("hero_books", "hero_osis")
    assert not path.parent.exists()


async def test_the_first_edit_writes_the_file_as_the_deployer_would(path: Path) -> None:
    manifest = await manifest_at(path).keep("hero_osis", kept=False)
    assert manifest.enabled == ("hero_books",)
    text = path.read_text()
    assert text.startswith("# Which apps this machine keeps.")
    assert '\nprofile = "demo"\n' in text
    assert '\n[always_on]\nservices = [\n    "hero_proc",\n' in text
    assert text.endswith('\n[enabled]\nservices = [\n    "hero_books",\n]\n')
    assert stat.S_IMODE(path.stat().st_mode) == 0o644


@pytest.mark.parametrize(
    ("profile", "enabled"),
    [
        (Profile.DEMO, ("hero_books", "hero_osis")),
        (Profile.LIGHTWEIGHT, ("hero_books",)),
        (Profile.BOOKS, ("hero_books",)),
        (Profile.CUSTOM, ()),
    ],
)
async def test_each_profile_keeps_its_own_apps(
    path: Path, profile: Profile, enabled: tuple[str, ...]
) -> None:
    write(path, f"profile = '{profile.value}'\n")
    manifest = await manifest_at(path).read()
    assert (manifest.profile, manifest.enabled) == (profile, enabled)


async def test_choosing_a_profile_sets_the_list_that_the_file_has(path: Path) -> None:
    write(path, GOOD)
    manifest = await manifest_at(path).choose(Profile.LIGHTWEIGHT)
    assert (manifest.profile, manifest.enabled) == (Profile.LIGHTWEIGHT, ("hero_books",))
    assert path.read_text() == (
        'profile = "lightweight"\nowner = \'alice\'\nenabled = ["hero_books"]\n'
    )


async def test_choosing_custom_keeps_what_is_kept(path: Path) -> None:
    write(path, "profile = 'lightweight'\n")
    manifest = await manifest_at(path).choose(Profile.CUSTOM)
    assert (manifest.profile, manifest.enabled) == (Profile.CUSTOM, ("hero_books",))


async def test_a_choice_made_from_an_older_file_is_refused(path: Path) -> None:
    write(path, GOOD)
    manifest = manifest_at(path)
    digest = (await manifest.read()).digest
    write(path, GOOD + "# more\n")
    with pytest.raises(Refused, match="changed by somebody else meanwhile"):
        await manifest.choose(Profile.BOOKS, digest=digest)
    assert path.read_text() == GOOD + "# more\n"
    digest = (await manifest.read()).digest
    assert (await manifest.choose(Profile.BOOKS, digest=digest)).profile is Profile.BOOKS


async def test_an_edit_that_changes_nothing_leaves_the_file_alone(path: Path) -> None:
    write(path, GOOD)
    before = (path.stat().st_ino, path.stat().st_mtime_ns)
    await manifest_at(path).keep("hero_db")
    await manifest_at(path).keep("hero_proxy")
    await manifest_at(path).keep("hero_voice", kept=False)
    assert (path.stat().st_ino, path.stat().st_mtime_ns) == before


async def test_mode_link_and_byte_order_mark_survive_an_edit(path: Path) -> None:
    real = path.parent / "real" / "s.toml"
    real.parent.mkdir(parents=True)
    real.write_bytes(b"\xef\xbb\xbf# bom\r\nenabled = []\r\n")
    real.chmod(0o640)
    path.symlink_to("real/s.toml")
    if os.geteuid() == 0:
        os.chown(real, 12345, 12346)
    owner = (real.stat().st_uid, real.stat().st_gid)
    await manifest_at(path).keep("hero_books")
    assert path.is_symlink()
    assert real.read_bytes() == b'\xef\xbb\xbf# bom\r\nenabled = ["hero_books"]\r\n'
    assert stat.S_IMODE(real.stat().st_mode) == 0o640
    assert (real.stat().st_uid, real.stat().st_gid) == owner
    copy = real.with_name("s.toml.bak").stat()
    assert (stat.S_IMODE(copy.st_mode), copy.st_uid, copy.st_gid) == (0o640, *owner)
    real.unlink()
    await manifest_at(path).restore()
    assert stat.S_IMODE(real.stat().st_mode) == 0o640


async def test_a_broken_file_is_shown_with_its_line_and_never_overwritten(path: Path) -> None:
    write(path, GOOD)
    manifest = manifest_at(path)
    assert (await manifest.read()).restorable
    write(path, BROKEN)
    broken = await manifest.read()
    assert broken.problem is not None
    assert (broken.problem.line, broken.problem.excerpt) == (3, "x")
    assert (broken.exists, broken.restorable) == (True, True)
    assert (broken.owner, broken.enabled) == ("alice", ("hero_db",))
    for edit in (manifest.keep("hero_books"), manifest.choose(Profile.BOOKS)):
        with pytest.raises(
            Invalid, match=r"nothing was changed.*at line 3.*restore the last good copy"
        ):
            await edit
    assert path.read_text() == BROKEN


async def test_restoring_puts_the_good_copy_back_and_keeps_the_broken_file(path: Path) -> None:
    write(path, GOOD)
    manifest = manifest_at(path)
    await manifest.keep("hero_books")
    good = path.read_text()
    write(path, BROKEN)
    restored = await manifest.restore()
    assert (restored.problem, restored.enabled) == (None, ("hero_db", "hero_books"))
    assert path.read_text() == good
    (aside,) = path.parent.glob("services.toml.unusable-*")
    assert aside.read_text() == BROKEN
    with pytest.raises(Refused, match="can be read, so there is nothing to put back"):
        await manifest.restore()


async def test_a_file_that_vanished_leaves_the_last_good_one_in_force(path: Path) -> None:
    write(path, GOOD)
    manifest = manifest_at(path)
    await manifest.read()
    path.unlink()
    gone = await manifest.read()
    assert gone.problem is not None
    assert (gone.problem.sentence, gone.exists) == ("It is gone.", False)
    assert (manifest.owner(), gone.enabled) == ("alice", ("hero_db",))
    with pytest.raises(Invalid, match=r"It is gone.*restore the last good copy"):
        await manifest.keep("hero_books")
    assert not path.exists()
    assert (await manifest.restore()).enabled == ("hero_db",)


async def test_without_a_good_copy_nothing_is_restored(path: Path) -> None:
    write(path, BROKEN)
    manifest = manifest_at(path)
    broken = await manifest.read()
    assert (broken.restorable, broken.enabled) == (False, ("hero_books", "hero_osis"))
    with pytest.raises(NotFound, match=r"no good copy of services.toml"):
        await manifest.restore()
    with pytest.raises(Invalid, match="or remove it"):
        await manifest.keep("hero_db")
    (path.parent / "services.toml.bak").write_text("[")
    with pytest.raises(NotFound):
        await manifest_at(path).restore()
    assert path.read_text() == BROKEN


async def test_an_empty_file_is_fine_until_there_was_a_good_one(path: Path) -> None:
    write(path, "\n")
    for _ in range(2):
        assert (await manifest_at(path).read()).problem is None
    write(path, GOOD)
    await manifest_at(path).read()
    for emptied in ("", "\ufeff\r\n"):
        write(path, emptied)
        problem = (await manifest_at(path).read()).problem
        assert problem is not None
        assert problem.sentence == "It is empty."
    assert (await manifest_at(path).restore()).owner == "alice"


async def test_what_was_written_a_moment_ago_is_not_yet_a_good_copy(path: Path) -> None:
    write(path, GOOD)
    await manifest_at(path).read()
    write(path, "enabled = []\n", age_s=0)  # as far as a writer has come that truncates
    assert (await manifest_at(path).read()).enabled == ()
    write(path, BROKEN)
    assert (await manifest_at(path).read()).enabled == ("hero_db",)


async def test_the_owner_follows_the_file_without_a_restart(path: Path) -> None:
    manifest = manifest_at(path)
    owners = [manifest.owner()]
    for text in (GOOD, "owner = 'bob' # and no longer alice\n", GOOD):
        write(path, text, age_s=0)
        owners.append(manifest.owner())
        write(path, text)
        owners += [manifest.owner(), manifest.owner()]
    write(path, BROKEN)
    owners.append(manifest.owner())
    path.unlink()
    owners.append(manifest.owner())
    assert owners == ["", *["alice"] * 3, *["bob"] * 3, *["alice"] * 3, "", ""]


async def test_many_edits_at_once_in_one_process_are_all_kept(path: Path) -> None:
    manifest = manifest_at(path)
    await asyncio.gather(*(manifest.keep(f"app_{n}") for n in range(30)))
    assert len(set(await manifest.enabled_apps())) == 30 + len(ALWAYS_ON) + 2


async def test_an_always_on_app_of_the_file_is_not_listed_twice(path: Path) -> None:
    write(path, "always_on = ['a', 'b']\nenabled = ['b', 'c']\n")
    assert await manifest_at(path).enabled_apps() == ("a", "b", "c")


@contextmanager
def files_no_larger_than(size_bytes: int) -> Iterator[None]:
    """A disk without room: the kernel refuses to let any file grow further."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def test_on_a_full_disk_the_file_stays_and_the_reason_is_told(path: Path) -> None:
    write(path, GOOD)
    manifest = manifest_at(path)
    with files_no_larger_than(4), pytest.raises(Refused, match="disk is full, so services"):
        await manifest.keep("hero_books")
    assert path.read_text() == GOOD
    assert {file.name for file in path.parent.iterdir()} == {"services.toml", ".services.toml.lock"}


async def test_where_nothing_may_be_written_the_reason_is_told() -> None:
    forbidden = Path("/sys/kernel/services.toml")  # where not even root may make files
    with pytest.raises(Refused, match=r"may not write|read-only"):
        await manifest_at(forbidden).keep("hero_books")
    assert (await manifest_at(forbidden).read()).exists is False


async def test_what_is_no_file_is_a_problem_in_words_and_never_waited_for(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    problem = (await manifest_at(path).read()).problem
    assert problem is not None
    assert problem.sentence == "It cannot be read: it is not a file."
    with pytest.raises(Refused, match="it is not a file"):
        await manifest_at(path).keep("hero_books")
    path.unlink()
    path.symlink_to(path)
    assert (await manifest_at(path).read()).problem is not None


async def test_a_change_that_would_break_the_file_is_refused(path: Path) -> None:
    write(path, GOOD)
    with pytest.raises(Refused, match="would make the manifest unusable"):
        await manifest_at(path).edit(lambda content, _: content + b"[")
    assert path.read_text() == GOOD


async def test_a_file_that_cannot_be_written_back_as_it_was_is_left_alone(path: Path) -> None:
    text = f"{GOOD}[backup]\nlast = {{ day = 2026-11-20 }}\n"
    write(path, text)
    for edit in (manifest_at(path).keep("hero_books"), manifest_at(path).choose(Profile.BOOKS)):
        with pytest.raises(Refused, match=r"without touching other parts.*near line 4.*by hand"):
            await edit
    assert path.read_text() == text
