import os
import time
from pathlib import Path

from services.claims import Right, RightsTable
from services.manifest.file import ManifestFile
from services.manifest.owners import Owners


def test_rights_follow_the_owner_in_the_manifest_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    rights = RightsTable(owners=Owners({"root"}, ManifestFile(path, demo=(), always_on=())))

    def of(user: str) -> Right:
        return rights.right_of(user, frozenset())

    assert [of("root"), of("alice"), of("")] == [Right.WRITE, Right.READ, Right.READ]
    path.write_text("owner = 'alice'\n")
    assert [of("root"), of("alice"), of("bob")] == [Right.WRITE, Right.WRITE, Right.READ]
    path.write_text("owner = 'bob'\n")
    assert [of("alice"), of("bob")] == [Right.READ, Right.WRITE]
    path.write_text("owner = ''\n")
    assert [of("alice"), of("bob"), of("")] == [Right.READ] * 3
    path.write_text("owner = 3\n")
    assert [of("3"), of("root")] == [Right.READ, Right.WRITE]


def test_asking_for_the_owner_is_cheap_while_the_file_rests(tmp_path: Path) -> None:
    path = tmp_path / "services.toml"
    path.write_text("owner = 'alice'\n" + "# filler\n" * 50_000)
    os.utime(path, (time.time() - 60,) * 2)
    owners = Owners((), ManifestFile(path, demo=(), always_on=()))
    assert "alice" in owners
    began = time.perf_counter()
    assert all("alice" in owners for _ in range(1000))
    assert time.perf_counter() - began < 1.0
