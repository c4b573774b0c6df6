import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from services.errors import Refused
from services.upgrades.builds import BALLAST, KEPT_PER_APP, LIST, SavedBuild, forget_older

WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
from services.upgrades.builds import SavedBuild

build = SavedBuild.load(Path(sys.argv[1]), Path(sys.argv[2]))
resource.setrlimit(resource.RLIMIT_FSIZE, (3, 3))
build.put_back()
"""

OLD, NEW = b"the former build", b"the new one"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "bin").mkdir()
    program(tmp_path).write_bytes(OLD)
    program(tmp_path).chmod(0o750)
    return tmp_path


def program(root: Path) -> Path:
    return root / "bin" / "hero_books"


def added(root: Path) -> Path:
    return root / "bin" / "hero_books_web"


def saved(root: Path, number: int = 1) -> SavedBuild:
    folder = root / "var" / "builds" / "hero_books" / str(number)
    return SavedBuild.make(root, folder, [program(root), added(root)])


def test_a_saved_build_puts_back_content_mode_and_absence(root: Path) -> None:
    build = saved(root)
    assert build.changed() == []
    program(root).write_bytes(NEW)
    program(root).chmod(0o644)
    added(root).write_bytes(NEW)
    assert sorted(build.changed()) == ["bin/hero_books", "bin/hero_books_web"]
    build.put_back()
    assert program(root).read_bytes() == OLD
    assert program(root).stat().st_mode & 0o777 == 0o750
    assert not added(root).exists()
    assert build.changed() == []


def test_programs_that_only_the_new_build_has_are_removed(root: Path) -> None:
    build = saved(root)
    extra = root / "bin" / "hero_books_worker"
    extra.write_bytes(NEW)
    build.put_back([extra, program(root)])
    assert not extra.exists()
    assert program(root).read_bytes() == OLD


def test_a_program_that_runs_can_be_replaced(root: Path) -> None:
    shutil.copy("/bin/true", program(root))
    build = saved(root)
    shutil.copy("/bin/false", program(root))
    with program(root).open("rb") as running:
        build.put_back()
        assert running.read() == Path("/bin/false").read_bytes()
    assert program(root).read_bytes() == Path("/bin/true").read_bytes()


def test_a_build_without_its_list_was_not_saved(root: Path) -> None:
    build = saved(root)
    assert SavedBuild.load(root, build.folder) == build
    (build.folder / LIST).unlink()
    assert SavedBuild.load(root, build.folder) is None


def test_what_an_interrupted_attempt_left_is_replaced(root: Path) -> None:
    first = saved(root)
    first.folder.rename(first.folder.with_name("1.part"))
    program(root).write_bytes(NEW)
    again = saved(root)
    program(root).write_bytes(OLD)
    again.put_back()
    assert program(root).read_bytes() == NEW
    assert not first.folder.with_name("1.part").exists()


def test_a_list_cannot_lead_out_of_the_root(root: Path) -> None:
    build = saved(root)
    (build.folder / LIST).write_text('{"../x": "", "/etc/passwd": "", "bin/hero_books": "aa"}')
    loaded = SavedBuild.load(root, build.folder)
    assert loaded is not None
    assert list(loaded.digests) == ["bin/hero_books"]


def test_a_saved_copy_that_was_damaged_is_noticed(root: Path) -> None:
    build = saved(root)
    (build.folder / "bin" / "hero_books").write_bytes(b"damaged")
    program(root).write_bytes(NEW)
    added(root).write_bytes(NEW)
    with pytest.raises(Refused, match="saved of bin/hero_books is damaged, so every file was left"):
        build.put_back([added(root)])
    assert program(root).read_bytes() == added(root).read_bytes() == NEW


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "7", '"bin"', "null", '{"bin/x": null}', "[" * 99_999]
)
def test_a_list_that_names_nothing_is_no_saved_build(root: Path, content: str) -> None:
    build = saved(root)
    (build.folder / LIST).write_text(content)
    assert SavedBuild.load(root, build.folder) is None


def test_without_room_to_write_the_saved_copy_itself_is_put_back(root: Path) -> None:
    build = saved(root)
    program(root).write_bytes(NEW)
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_ROOM, str(root), str(build.folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert program(root).read_bytes() == OLD


def test_room_for_notes_is_kept_and_given_back(root: Path) -> None:
    build = saved(root)
    assert (build.folder / BALLAST).stat().st_blocks > 0
    build.make_room()
    build.make_room()
    assert not (build.folder / BALLAST).exists()


def test_only_the_newest_builds_are_kept(root: Path) -> None:
    builds = [saved(root, number) for number in (9, 1, 2, 3)]
    forget_older(builds[-1].folder)
    left = {path.name for path in builds[-1].folder.parent.iterdir()}
    assert len(left) == KEPT_PER_APP
    assert left >= {"3", "2"}
