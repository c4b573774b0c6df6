"""Changes that a dead cockpit had begun: each gets a line at the next start."""

import asyncio
import signal
import sys
from pathlib import Path

from services.audit.log import LEFT_UNCLEAR, AuditLog
from services.claims import Identity
from services.contract.audit import SearchAudit
from tests.services.databases import a_database, fill_disk, free_disk

OWNER = Identity(user="owner", via="rpc", impersonator="operator")
ROTATE = "cockpit.rotate_byok_key"

DIES = """
import asyncio, os, signal, sys
from pathlib import Path
from services.audit.log import AuditLog
from services.claims import Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract.service import RESTART_SERVICE, ChangeService
from services.database import Database

class Handler:
    async def restart_service(self, params):
        os.kill(os.getpid(), signal.SIGKILL)

async def main(folder):
    database = await Database.open(folder / "cockpit.db")
    cockpit = Cockpit([Handler()], AuditLog(database, heads=folder / "audit.heads"))
    with acting_as(Identity(user="mia", via="web", right=Right.ADMIN)):
        await cockpit.call(RESTART_SERVICE, ChangeService(name="hero_books"))

asyncio.run(main(Path(sys.argv[1])))
"""


async def test_a_change_that_the_cockpit_died_of_is_a_line_at_the_next_start(
    tmp_path: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", DIES, tmp_path)
    assert await process.wait() == -signal.SIGKILL
    async with a_database(tmp_path) as database:
        audit = AuditLog(database, heads=tmp_path / "audit.heads")
        await audit.take_up()
        await audit.take_up()
        (line,) = (await audit.search(SearchAudit())).lines
        verdict = await audit.verify()
    assert (line.user, line.via, line.target) == ("mia", "web", "hero_books")
    assert (line.operation, line.outcome) == ("cockpit.restart_service", "unclear")
    assert line.reason == LEFT_UNCLEAR
    assert (verdict.whole, verdict.lines) == (True, 1)


async def test_what_is_under_way_in_this_cockpit_is_not_taken_for_left_over(tmp_path: Path) -> None:
    async with a_database(tmp_path) as database:
        audit = AuditLog(database, heads=tmp_path / "audit.heads")
        begun = await audit.begin(OWNER, operation=ROTATE, target="GROQ_API_KEY")
        await audit.take_up()
        assert (await audit.search(SearchAudit())).lines == ()
        await audit.note(
            OWNER, operation=ROTATE, target="GROQ_API_KEY", outcome="done", reason="", begun=begun
        )
        await AuditLog(database, heads=tmp_path / "audit.heads").take_up()
        lines = (await audit.search(SearchAudit())).lines
    assert [(line.outcome, line.impersonator) for line in lines] == [("done", "operator")]


async def test_what_was_left_waits_for_the_next_start_when_it_cannot_be_written(
    tmp_path: Path,
) -> None:
    async with a_database(tmp_path) as database:
        heads = tmp_path / "audit.heads"
        await AuditLog(database, heads=heads).begin(OWNER, operation=ROTATE, target="GROQ_API_KEY")
        await fill_disk(database, "audit")
        await AuditLog(database, heads=heads).take_up()
        await free_disk(database, "audit")
        audit = AuditLog(database, heads=heads)
        await audit.take_up()
        assert [line.outcome for line in (await audit.search(SearchAudit())).lines] == ["unclear"]
