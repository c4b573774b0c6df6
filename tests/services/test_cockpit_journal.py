"""Every change leaves exactly one line, whoever asked and however it ended."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from services.audit.log import LOST_LINES, AuditLog
from services.claims import GUEST, Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract.audit import SearchAudit
from services.contract.console import RESIZE_CONSOLE, WRITE_CONSOLE
from services.contract.service import LIST_SERVICES, RESTART_SERVICE, ChangeService, ListServices
from services.contract.upgrade import UPGRADE, Upgrade
from services.errors import NotAllowed, Refused
from services.models import Service
from services.operations import OPERATIONS
from tests.services.databases import a_database, fill_disk, free_disk

OWNER = Identity(user="owner", via="web", right=Right.ADMIN)
BOOKS = ChangeService(name="hero_books")


@dataclass
class Lines:
    """A journal that can be read."""

    kept: list[dict[str, Any]] = field(default_factory=list)
    begun: list[str] = field(default_factory=list)

    async def begin(self, identity: Identity, *, operation: str, target: str) -> int:
        self.begun.append(f"{identity.user} {operation} {target}")
        return len(self.begun)

    async def note(self, identity: Identity, **members: Any) -> None:
        self.kept.append({"user": identity.user, **members})


@dataclass
class Handler:
    """Carries out what a test wants to see the end of."""

    raises: Exception | None = None
    goes_on: asyncio.Event = field(default_factory=asyncio.Event)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def restart_service(self, params: ChangeService) -> Service:
        self.begun.set()
        await self.goes_on.wait()
        if self.raises is not None:
            raise self.raises
        return Service(name=params.name, app=params.name)


def a_cockpit(raises: Exception | None = None) -> tuple[Cockpit, Handler, Lines]:
    handler, lines = Handler(raises), Lines()
    handler.goes_on.set()
    return Cockpit([handler], lines), handler, lines


async def test_a_change_leaves_one_line_with_its_target_and_no_value() -> None:
    cockpit, _, lines = a_cockpit()
    with acting_as(OWNER):
        await cockpit.call(RESTART_SERVICE, BOOKS)
    assert lines.kept == [
        {
            "user": "owner",
            "operation": "cockpit.restart_service",
            "target": "hero_books",
            "outcome": "done",
            "reason": "",
            "begun": 1,
        }
    ]
    assert lines.begun == ["owner cockpit.restart_service hero_books"]


@pytest.mark.parametrize(
    ("error", "outcome"), [(Refused("It is busy."), "refused"), (RuntimeError("oh"), "failed")]
)
async def test_a_change_that_fails_leaves_one_line_too(error: Exception, outcome: str) -> None:
    cockpit, _, lines = a_cockpit(error)
    with acting_as(OWNER), pytest.raises(type(error)):
        await cockpit.call(RESTART_SERVICE, BOOKS)
    assert [line["outcome"] for line in lines.kept] == [outcome]
    assert "oh" not in lines.kept[0]["reason"]


async def test_a_refused_change_is_noted_and_reaches_nobody() -> None:
    cockpit, handler, lines = a_cockpit()
    with acting_as(Identity(user="viewer")), pytest.raises(NotAllowed):
        await cockpit.call(RESTART_SERVICE, BOOKS)
    assert [(line["user"], line["outcome"]) for line in lines.kept] == [("viewer", "not_allowed")]
    assert not handler.begun.is_set()
    assert lines.begun == []


async def test_strangers_cannot_fill_the_audit() -> None:
    cockpit, _, lines = a_cockpit()
    with acting_as(GUEST):
        for _ in range(200):
            with pytest.raises(NotAllowed):
                await cockpit.call(RESTART_SERVICE, BOOKS)
    assert len(lines.kept) == 60


async def test_who_lacks_the_right_cannot_fill_the_audit_nor_take_the_lines_of_others() -> None:
    cockpit, _, lines = a_cockpit(Refused("It is busy."))

    async def refused(identity: Identity, times: int) -> int:
        before = len(lines.kept)
        with acting_as(identity):
            for _ in range(times):
                with pytest.raises((NotAllowed, Refused)):
                    await cockpit.call(RESTART_SERVICE, BOOKS)
        return len(lines.kept) - before

    assert await refused(Identity(user="viewer"), 200) == 60
    assert await refused(Identity(user="other"), 1) == 1
    assert await refused(GUEST, 1) == 1
    assert await refused(OWNER, 200) == 200


async def test_a_change_is_noted_as_under_way_before_it_begins_and_not_while_a_line_is_there() -> (
    None
):
    cockpit, handler, lines = a_cockpit()
    handler.goes_on.clear()
    with acting_as(OWNER):
        caller = asyncio.create_task(cockpit.call(RESTART_SERVICE, BOOKS))
        await handler.begun.wait()
        assert lines.begun == ["owner cockpit.restart_service hero_books"]
        assert lines.kept == []
        handler.goes_on.set()
        await caller
    assert [line["begun"] for line in lines.kept] == [1]


async def test_a_full_disk_stops_no_change_and_the_loss_is_told_by_the_next_line(
    tmp_path: Path,
) -> None:
    handler = Handler()
    handler.goes_on.set()
    async with a_database(tmp_path) as database:
        audit = AuditLog(database, heads=tmp_path / "audit.heads")
        cockpit = Cockpit([handler], audit)
        with acting_as(OWNER):
            await fill_disk(database, "audit", "under_way")
            for _ in range(2):
                assert (await cockpit.call(RESTART_SERVICE, BOOKS)).name == "hero_books"
            assert audit.problem == (
                "2 changes could not be noted in the audit. The disk is full, so nothing was "
                "written. Free some space and try again."
            )
            await free_disk(database, "audit", "under_way")
            await cockpit.call(RESTART_SERVICE, BOOKS)
        done, gap = (await audit.search(SearchAudit())).lines
        assert (done.operation, done.outcome) == (RESTART_SERVICE.name, "done")
        assert (gap.operation, gap.outcome) == (LOST_LINES, "failed")
        assert gap.reason.startswith("2 lines were lost here. The disk is full")
        assert audit.problem == ""
        assert (await audit.verify()).whole


async def test_a_change_comes_to_its_end_and_its_line_when_its_caller_leaves() -> None:
    cockpit, handler, lines = a_cockpit()
    handler.goes_on.clear()
    with acting_as(OWNER):
        caller = asyncio.create_task(cockpit.call(RESTART_SERVICE, BOOKS))
    await handler.begun.wait()
    caller.cancel()
    await asyncio.wait({caller})
    handler.goes_on.set()
    await cockpit.close()
    assert [line["outcome"] for line in lines.kept] == ["done"]


async def test_reading_leaves_no_line() -> None:
    cockpit, _, lines = a_cockpit()
    with acting_as(OWNER), pytest.raises(Exception, match="started without"):
        await cockpit.call(LIST_SERVICES, ListServices())
    assert lines.kept == []


async def test_several_targets_stand_in_one_line() -> None:
    cockpit, _, lines = a_cockpit()
    with acting_as(OWNER), pytest.raises(Exception, match="started without"):
        await cockpit.call(UPGRADE, Upgrade(apps=("hero_books", "hero_biz")))
    assert lines.kept[0]["target"] == "hero_books, hero_biz"


async def test_a_comma_in_a_name_makes_no_second_target() -> None:
    cockpit, _, lines = a_cockpit()
    forged = "hero_books, hero_db"
    with acting_as(Identity(user="viewer")):
        with pytest.raises(NotAllowed):
            await cockpit.call(RESTART_SERVICE, ChangeService(name=forged))
        with pytest.raises(NotAllowed):
            await cockpit.call(UPGRADE, Upgrade(apps=(forged, "hero_biz")))
    told = [line["target"] for line in lines.kept]
    assert told == ["hero_books\\u002c hero_db", "hero_books\\u002c hero_db, hero_biz"]


def test_only_typing_and_resizing_leave_no_line() -> None:
    silent = {o.name for o in OPERATIONS.values() if o.changes and not o.audited}
    assert silent == {WRITE_CONSOLE.name, RESIZE_CONSOLE.name}
