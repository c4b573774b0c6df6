"""The shape of the repository: what would break quietly if it changed."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

TOP = Path(__file__).parent.parent
LONGEST_MODULE = 300


def _tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", *patterns],
        cwd=TOP,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    return [TOP / name for name in listed.split("\0") if name and (TOP / name).exists()]


@pytest.mark.parametrize(
    "name",
    [
        "pyproject.toml",
        "cockpit_app",
        "views",
        "services",
        "terminal",
        "manual",
        "assets",
        "tests",
        "packaging",
    ],
)
def test_the_top_level_is_as_the_owner_fixed_it(name: str) -> None:
    assert (TOP / name).exists()


def test_packaging_holds_no_python_that_would_shadow_the_library() -> None:
    assert list((TOP / "packaging").rglob("*.py")) == []


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in _tracked("tests/*.py")}
    assert [folder for folder in folders if not (folder / "__init__.py").exists()] == []


def test_no_module_outgrows_one_subject() -> None:
    modules = _tracked("cockpit_app/*.py", "views/*.py", "services/*.py", "terminal/*.py")
    assert modules
    lengths = {path: len(path.read_text().splitlines()) for path in modules}
    assert {str(p): n for p, n in lengths.items() if n > LONGEST_MODULE} == {}


def test_every_module_says_what_it_is_for() -> None:
    modules = _tracked("cockpit_app/*.py", "views/*.py", "services/*.py", "terminal/*.py")
    assert [str(p) for p in modules if not p.read_text().startswith(('"""', 'r"""'))] == []


def test_locks_hold_hashes_and_no_address() -> None:
    locks = _tracked("requirements/*.txt")
    assert {path.name for path in locks} == {"uv.txt", "run.txt", "dev.txt"}
    for lock in locks:
        text = lock.read_text()
        assert "--hash=sha256:" in text
        assert not re.search(r"https?:|file:|--(extra-)?index|--find-links", text), lock
    assert _tracked("uv.lock", "poetry.lock", "package-lock.json") == []


def test_every_dependency_has_its_line_of_reason() -> None:
    project = tomllib.loads((TOP / "pyproject.toml").read_text())
    wanted = [
        *project["project"]["dependencies"],
        *(p for extra in project["project"]["optional-dependencies"].values() for p in extra),
        *project["dependency-groups"]["dev"],
    ]
    names = {re.split(r"[^a-z0-9-]", line)[0] for line in wanted}
    explained = set(re.findall(r"[a-z0-9-]+", (TOP / "docs" / "dependencies.md").read_text()))
    assert names - explained == set()


def test_sources_name_no_machine() -> None:
    homes = re.compile(r"/root/|/Users/|/work/(?:main|shared)")
    found = {
        str(path.relative_to(TOP))
        for path in _tracked("*.py", "*.md", "*.toml", "*.sh", "*.js", "Makefile")
        if homes.search(path.read_text()) and path != Path(__file__)
    }
    assert found == set()
