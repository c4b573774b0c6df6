from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.audit.log import AuditLog
from services.audit.sightings import Sightings
from services.audit.timeline import TimeLines
from services.claims import GUEST, Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract.audit import (
    READ_TIME_LINE,
    SEARCH_AUDIT,
    VERIFY_AUDIT,
    WHAT_CHANGED,
    AskWhatChanged,
    ReadTimeLine,
    SearchAudit,
)
from services.contract.service import RESTART_SERVICE, ChangeService
from services.database import Database
from services.errors import CockpitError, NotAllowed
from services.handlers.audit import AuditHandler
from services.handlers.service import ServiceHandler
from services.operations import OPERATIONS
from services.params import NoParams, read_params
from tests.services.databases import a_database
from tests.services.machines import Machine, machine

OWNER = Identity(user="owner", via="rpc", right=Right.ADMIN)
CHANGES = [o for o in OPERATIONS.values() if o.changes and o.audited]


@asynccontextmanager
async def audited(sockets: Path) -> AsyncIterator[tuple[Cockpit, Machine, Database]]:
    async with machine(sockets) as made, a_database(sockets) as database:
        await made.add("hero_books")
        audit = AuditLog(database, heads=sockets / "heads")
        sightings = Sightings(database, made.store)
        await sightings.start()
        lines = TimeLines(database, made.store)
        handlers = [ServiceHandler(made.store, made.actions), AuditHandler(audit, lines)]
        try:
            yield Cockpit(handlers, audit), made, database
        finally:
            await sightings.close()


async def test_every_change_of_the_registry_leaves_one_line_even_when_refused(
    sockets: Path,
) -> None:
    async with audited(sockets) as (cockpit, _, _):
        for operation in CHANGES:
            params = read_params(operation.params, operation.example)
            with acting_as(GUEST), pytest.raises(CockpitError):
                await cockpit.call(operation, params)
        with acting_as(OWNER):
            page = await cockpit.call(SEARCH_AUDIT, SearchAudit(limit=500))
            verdict = await cockpit.call(VERIFY_AUDIT, NoParams())
    assert [line.operation for line in reversed(page.lines)] == [o.name for o in CHANGES]
    assert {line.outcome for line in page.lines} == {NotAllowed.kind}
    assert all(line.target for line in page.lines if OPERATIONS[line.operation].target)
    assert verdict.whole


async def test_no_value_of_a_secret_parameter_reaches_the_database(sockets: Path) -> None:
    operation = OPERATIONS["cockpit.set_byok_key"]
    value = "gsk_" + "0123456789abcdef" * 2
    async with audited(sockets) as (cockpit, _, database):
        params = read_params(operation.params, {"name": "GROQ_API_KEY", "value": value})
        with acting_as(OWNER), pytest.raises(CockpitError):
            await cockpit.call(operation, params)
        await database.run(lambda t: t.all("SELECT 1 FROM audit"))
        files = [path.read_bytes() for path in sockets.glob("cockpit.db*")]
    assert any(b"GROQ_API_KEY" in content for content in files)
    assert not any(value[:8].encode() in content for content in files)


async def test_a_change_is_searched_read_and_asked_about(sockets: Path) -> None:
    async with audited(sockets) as (cockpit, _, _):
        with acting_as(OWNER):
            await cockpit.call(RESTART_SERVICE, ChangeService(name="hero_books"))
            page = await cockpit.call(SEARCH_AUDIT, SearchAudit(target="hero_books"))
            line = await cockpit.call(READ_TIME_LINE, ReadTimeLine(service="hero_books"))
            changed = await cockpit.call(WHAT_CHANGED, AskWhatChanged(name="hero_books"))
    (written,) = page.lines
    assert (written.user, written.via, written.outcome) == ("owner", "rpc", "done")
    assert "owner: restart service (hero_books)." in [e.sentence for e in line.events]
    assert changed.worked_until is None
