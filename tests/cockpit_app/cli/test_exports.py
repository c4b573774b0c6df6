"""Copies of exports by the real program from a real cockpit."""

import hashlib
from pathlib import Path

from tests.cockpit_app.cli.program import run
from tests.preview_node import short_folder


def test_a_copy_that_is_not_what_the_machine_has_is_noticed_and_saved_again() -> None:
    with short_folder() as root:
        assert run("--start", root=root).status == 0
        try:
            export = made(root)
            part, copy = root / "copy.part", root / "copy"
            part.write_bytes(b"left of another export, and longer than this one is. " * 2000)
            wrong = run("export", "save", export.name, str(copy), root=root)
            assert wrong.status == 1, wrong
            assert "Save it again" in wrong.err
            assert not copy.exists()
            right = run("export", "save", export.name, str(copy), root=root)
            assert right.status == 0, right
            assert digest(copy) == digest(export)
            half = copy.rename(part).stat().st_size // 2
            part.write_bytes(part.read_bytes()[:half])
            assert run("export", "save", export.name, str(copy), root=root).status == 0
            assert digest(copy) == digest(export)
            copy.rename(root / "back.tar")
            back = run("export", "add", str(root / "back.tar"), root=root)
            assert back.out == (
                "back.tar is on the machine. Try it: hero_cockpit export restore back.tar --trial\n"
            )
        finally:
            run("--stop", root=root)


def made(root: Path) -> Path:
    """Make an export and return its file on the machine."""
    begun = run("export", "create", root=root)
    assert begun.status == 0, begun
    (export,) = (root / "var" / "hero_cockpit" / "exports").glob("*.tar")
    return export


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
