"""What stands below all features, opened on a machine whose database cannot be used."""

import sqlite3
import tempfile
from contextlib import AsyncExitStack, closing
from pathlib import Path

import pytest

from cockpit_app.ground import open_ground
from cockpit_app.settings import read_settings
from services.claims import Identity
from services.contract.audit import AuditVerdict, SearchAudit
from services.errors import Refused
from services.schema import MIGRATIONS
from services.wire.node import LocalNode
from tests.services.databases import fill_disk


async def start(root: Path, *operations: str) -> tuple[str, AuditVerdict]:
    """Start on `root`, leave a line for each operation; return the problem and the verdict."""
    async with AsyncExitStack() as stack:
        ground = await open_ground(read_settings({"PATH_ROOT": str(root)}), LocalNode(), stack)
        for operation in operations:
            await ground.audit.note(
                Identity(user="mia"), operation=operation, target="", outcome="done", reason=""
            )
        return ground.database.problem, await ground.audit.verify()


def written_by(root: Path, version: int) -> None:
    """Have the database be one of the cockpit with so many migrations."""
    path = root / "var" / "hero_cockpit" / "cockpit.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {version}")


async def test_a_start_without_the_database_leaves_the_audit_beside_it_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, scratch = tmp_path / "hero", tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(scratch))
    await start(root, "cockpit.one", "cockpit.two")
    before = sorted(path.name for path in (root / "var" / "hero_cockpit").iterdir())
    written_by(root, len(MIGRATIONS) + 1)
    problem, meanwhile = await start(root, "cockpit.meanwhile")
    assert "newer version" in problem
    assert (meanwhile.whole, meanwhile.lines) == (True, 1)
    assert list(scratch.iterdir()) == []
    written_by(root, len(MIGRATIONS))
    problem, verdict = await start(root, "cockpit.three")
    assert (problem, verdict.whole, verdict.lines) == ("", True, 3)
    assert sorted(path.name for path in (root / "var" / "hero_cockpit").iterdir()) == before


async def test_what_a_dead_cockpit_left_is_noted_at_the_start_and_losses_are_told(
    tmp_path: Path,
) -> None:
    settings, mia = read_settings({"PATH_ROOT": str(tmp_path)}), Identity(user="mia")
    async with AsyncExitStack() as stack:
        ground = await open_ground(settings, LocalNode(), stack)
        await ground.audit.begin(mia, operation="cockpit.one", target="x")
    async with AsyncExitStack() as stack:
        ground = await open_ground(settings, LocalNode(), stack)
        for beginning in ground.beginnings:
            await beginning()
        (line,) = (await ground.audit.search(SearchAudit())).lines
        assert (line.user, line.target, line.outcome) == ("mia", "x", "unclear")
        assert ground.problem() == ""
        await fill_disk(ground.database, "audit")
        with pytest.raises(Refused):
            await ground.audit.note(
                mia, operation="cockpit.two", target="", outcome="done", reason=""
            )
        assert ground.problem().startswith("1 change could not be noted in the audit. The disk is")
