from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from services.audit.log import AuditLog
from services.audit.sightings import Sightings
from services.audit.timeline import MOST_CANDIDATES, TimeLines
from services.claims import Identity, acting_as
from services.contract.audit import EventKind, ReadTimeLine
from services.contract.job import ItemState
from services.database import Database
from services.errors import NotFound
from services.jobs.engine import Jobs
from services.jobs.run import Run
from tests.services.clocks import HandClock
from tests.services.daemons import eventually, short_directory
from tests.services.databases import a_database
from tests.services.machines import Machine, machine

OWNER = Identity(user="owner", via="rpc")
VIEWER = Identity(user="viewer", via="web")
HELPER = Identity(user="helper", via="web", impersonator="operator")


class Building:
    """A job that does nothing but end."""

    kind = "upgrade"

    async def carry_out(self, run: Run) -> str:
        for place in range(len(run.items)):
            await run.note(place, state=ItemState.DONE)
        return "All are new."


@dataclass
class Scene:
    clock: HandClock
    database: Database
    made: Machine
    audit: AuditLog
    sightings: Sightings
    lines: TimeLines

    async def note(
        self, operation: str, target: str, identity: Identity = OWNER, outcome: str = "done"
    ) -> None:
        await self.audit.note(
            identity, operation=f"cockpit.{operation}", target=target, outcome=outcome, reason=""
        )

    async def look(self) -> None:
        """Look at the services now, and wait until what is new is written."""
        self.sightings.take(await self.made.store.refresh())
        before = await self.sighted()

        async def written() -> bool:
            return not self.sightings.waiting and await self.sighted() >= before

        await eventually(written)

    async def sighted(self) -> int:
        rows = await self.database.run(lambda t: t.all("SELECT count(*) AS n FROM sighting"))
        return int(rows[0]["n"])

    def fail(self, name: str) -> None:
        self.made.supervisor.services[name].state = "failed"
        self.made.supervisor.services[name].pid = None

    async def sentences(self, service: str = "") -> list[str]:
        line = await self.lines.read(ReadTimeLine(service=service))
        assert [e.at for e in line.events] == sorted((e.at for e in line.events), reverse=True)
        return [e.sentence for e in line.events]


@asynccontextmanager
async def scene(home: Path) -> AsyncIterator[Scene]:
    clock = HandClock()
    async with machine(home, clock=clock) as made, a_database(home) as database:
        made.supervisor.add("hero_voice_web", "hero_books_web", "hero_db", sockets=[])
        audit = AuditLog(database, heads=home / "heads", clock=clock)
        sightings = Sightings(database, made.store, clock=clock, look_s=1e9)
        lines = TimeLines(
            database,
            made.store,
            keys_of=lambda app: {"GROQ_API_KEY"} if app == "hero_voice" else (),
            needs_of=lambda app: ["hero_db"],
        )
        await sightings.start()
        await eventually(lambda: clock.sleepers == 1)  # its first look is over
        try:
            built = Scene(clock, database, made, audit, sightings, lines)
            await built.look()
            yield built
        finally:
            await sightings.close()


@pytest.fixture
def home() -> Iterator[Path]:
    with short_directory() as path:
        yield path


async def test_changes_jobs_and_sightings_stand_in_one_line_of_time(home: Path) -> None:
    async with scene(home) as s:
        s.clock.advance(60)
        await s.note("upgrade", "hero_books, hero_voice")
        jobs = Jobs(s.database, s.clock)
        jobs.register(Building())
        s.clock.advance(60)
        with acting_as(OWNER):
            job = await jobs.start("upgrade", title="Upgrade", items=["hero_voice"], plan={})

        async def over() -> bool:
            return (await jobs.get(job.id)).is_over

        await eventually(over)
        s.clock.advance(60)
        s.fail("hero_voice_web")
        await s.look()
        s.clock.advance(60)
        await s.note("set_byok_key", "GROQ_API_KEY", HELPER)
        all_of = await s.sentences()
        voice = await s.sentences("hero_voice")
        books = await s.sentences("hero_books_web")
        await jobs.close()
    assert all_of[0] == "operator in the name of helper: set byok key (GROQ_API_KEY)."
    assert all_of[1].startswith("Failed")
    assert all_of[2:4] == ["Upgrade: All are new.", "owner: upgrade (hero_books, hero_voice)."]
    assert all_of[-1] == "The cockpit started."
    assert voice[:-1] == all_of[1:4]
    assert books[:-1] == [all_of[3]]
    assert voice[-1] == books[-1] == "Running. It has no socket that could be checked."


async def test_a_part_of_the_line_can_be_read(home: Path) -> None:
    async with scene(home) as s:
        begin = s.clock.now()
        for number in range(5):
            s.clock.advance(60)
            await s.note("restart_service", f"s{number}")
        wanted = ReadTimeLine(
            since=begin + timedelta(seconds=61), until=begin + timedelta(seconds=240), limit=2
        )
        line = await s.lines.read(wanted)
    assert [e.service for e in line.events] == ["s3", "s2"]
    assert {e.kind for e in line.events} == {EventKind.CHANGE}
    assert {e.user for e in line.events} == {"owner"}


async def test_what_changed_names_the_likeliest_cause_and_until_when_it_worked(home: Path) -> None:
    async with scene(home) as s:
        s.clock.advance(600)
        await s.look()
        worked = s.clock.now()
        s.clock.advance(5)
        await s.note("restart_service", "hero_books_web")
        await s.note("set_byok_key", "GROQ_API_KEY")
        s.clock.advance(5)
        s.fail("hero_voice_web")
        await s.look()
        s.clock.advance(3600)
        await s.note("upgrade", "hero_voice")
        found = await s.lines.what_changed("hero_voice_web")
        assert found.worked_until == worked
        assert [e.operation for e in found.suspects] == ["cockpit.set_byok_key", ""]
        assert found.sentence.endswith("owner: set byok key (GROQ_API_KEY).")
        well = await s.lines.what_changed("hero_books_web")
        assert (well.sentence, well.suspects) == ("hero_books_web was not seen to break.", ())


async def test_what_was_refused_pushes_no_suspect_out(home: Path) -> None:
    async with scene(home) as s:
        s.clock.advance(60)
        await s.note("upgrade", "hero_voice")
        s.clock.advance(60)
        for _ in range(MOST_CANDIDATES + 1):
            await s.note("restart_service", "hero_voice_web", VIEWER, outcome="not_allowed")
        s.fail("hero_voice_web")
        await s.look()
        found = await s.lines.what_changed("hero_voice_web")
        line = await s.lines.read(ReadTimeLine(limit=1, since=found.suspects[0].at))
    assert [e.operation for e in found.suspects] == ["cockpit.upgrade", ""]
    assert [e.outcome for e in line.events] == ["not_allowed"]


async def test_a_service_that_works_again_is_said_to(home: Path) -> None:
    async with scene(home) as s:
        s.fail("hero_voice_web")
        s.clock.advance(5)
        await s.look()
        s.made.supervisor.services["hero_voice_web"].state = "running"
        s.clock.advance(5)
        await s.look()
        found = await s.lines.what_changed("hero_voice_web")
    assert (found.worked_until, found.sentence) == (None, "hero_voice_web works now.")


async def test_trouble_of_what_it_stands_on_is_a_suspect(home: Path) -> None:
    async with scene(home) as s:
        s.clock.advance(20)
        s.fail("hero_db")
        await s.look()
        s.clock.advance(20)
        s.fail("hero_voice_web")
        await s.look()
        found = await s.lines.what_changed("hero_voice_web")
    assert found.suspects[0].service == "hero_db"


async def test_a_name_that_was_never_seen_is_not_found(home: Path) -> None:
    async with scene(home) as s:
        with pytest.raises(NotFound, match="none of that name was seen"):
            await s.lines.what_changed("hero_boks")


async def test_a_change_that_nobody_saw_the_end_of_is_not_said_to_have_failed(home: Path) -> None:
    async with scene(home) as s:
        await s.audit.begin(OWNER, operation="cockpit.restart_service", target="hero_books")
        await AuditLog(s.database, heads=home / "audit.heads", clock=s.clock).take_up()
        said = await s.sentences("hero_books")
    how = "owner: restart service (hero_books), and nobody saw how it ended: "
    assert [sentence.startswith(how) for sentence in said].count(True) == 1
