import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.audit.sighting_rules import Seen, seen_now, sighted, vanished
from services.audit.sightings import Sightings
from services.contract.audit import EventKind
from services.database import Database
from services.models import Service, Snapshot, Source, State, Wanted
from tests.services.clocks import HandClock
from tests.services.daemons import eventually, short_directory
from tests.services.databases import a_database
from tests.services.machines import Machine, machine

RUN = """
import asyncio, sys
from pathlib import Path
from services.database import Database
from services.wire.node import LocalNode
from services.hero.proc import ProcClient
from services.audit.sightings import Sightings
from services.state.store import Store

async def main(home):
    database = await Database.open(home / "cockpit.db")
    node = LocalNode()
    store = Store(ProcClient.at(node, home), node, sockets=home)
    await Sightings(database, store, look_s=0.01).start()
    alive = "SELECT until FROM sighting WHERE kind = 'cockpit' AND until > at"
    while (row := await database.run(lambda t: t.one(alive))) is None:
        await asyncio.sleep(0.01)
    print(row["until"], flush=True)
    await asyncio.sleep(60)

asyncio.run(main(Path(sys.argv[1])))
"""
NOW = HandClock().now()
WELL = Service(name="a", app="a", state=State.RUNNING, sentence="Running.", pid=1, restarts=0)


def like(service: Service, **changes: Any) -> Service:
    return service.model_copy(update=changes)


RULES: list[tuple[str, dict[str, Any], EventKind | None, bool | None]] = [
    ("nothing new", {}, None, None),
    ("memory is no news", {"memory_bytes": 5}, None, None),
    ("starting is on the way", {"state": State.STARTING}, None, None),
    ("it failed", {"state": State.FAILED, "pid": None}, EventKind.CRASH, False),
    ("it stopped itself", {"state": State.STOPPED, "wanted": Wanted.UP}, EventKind.CRASH, False),
    ("it was stopped", {"state": State.STOPPED, "wanted": Wanted.DOWN}, EventKind.STATE, False),
    ("it does not stay up", {"state": State.CRASH_LOOP}, EventKind.CRASH, False),
    ("it does not answer", {"state": State.DEGRADED}, EventKind.STATE, False),
    ("it is not known", {"state": State.UNKNOWN}, EventKind.STATE, None),
    ("another process", {"pid": 2}, EventKind.RESTART, True),
    ("the supervisor counted", {"restarts": 1}, EventKind.RESTART, True),
    ("restarting on demand", {"pid": 2, "pending": "restart"}, None, None),
    ("failing on demand", {"state": State.FAILED, "pending": "start"}, EventKind.STATE, False),
]


@pytest.mark.parametrize(("what", "changes", "kind", "works"), RULES)
def test_what_is_worth_a_line_and_of_which_kind(
    what: str, changes: dict[str, Any], kind: EventKind | None, works: bool | None
) -> None:
    seen = seen_now(None, WELL, NOW)
    news = sighted(seen, like(WELL, **changes), NOW + timedelta(seconds=9))
    assert (news.kind if news else None) is kind, what
    if news is not None:
        assert news.works is works
        assert news.until == (NOW if works is False else None)


def test_what_an_asked_for_restart_does_on_its_way_is_no_news_until_it_ends() -> None:
    steps = [
        like(WELL, pending="restart"),
        like(WELL, state=State.STOPPING, pending="restart"),
        like(WELL, state=State.STARTING, pid=None, pending="restart"),
        like(WELL, pid=2, pending="restart"),
        like(WELL, pid=2),
        like(WELL, pid=3),
    ]
    seen, kinds = seen_now(None, WELL, NOW), []
    for service in steps:
        news = sighted(seen, service, NOW)
        kinds.append(news.kind if news else None)
        seen = seen_now(seen, service, NOW)
    assert kinds == [None, None, None, None, None, EventKind.RESTART]


def test_a_service_that_vanished_is_told_once_and_its_return_too() -> None:
    seen = seen_now(None, WELL, NOW)
    gone = vanished("a", seen, NOW)
    assert gone is not None
    assert (gone.works, gone.until) == (False, NOW)
    after = Seen(gone.state, False, NOW)
    assert vanished("a", after, NOW) is None
    back = sighted(after, WELL, NOW)
    assert back is not None
    assert (back.kind, back.works) == (EventKind.STATE, True)


@pytest.fixture
def home() -> Iterator[Path]:
    with short_directory() as path:
        yield path


@asynccontextmanager
async def watching(
    home: Path, made: Machine, **options: Any
) -> AsyncIterator[tuple[Sightings, Database]]:
    async with a_database(home) as database:
        sightings = Sightings(database, made.store, **options)
        await sightings.start()
        try:
            yield sightings, database
        finally:
            await sightings.close()


async def rows(database: Database, kind: str = "") -> list[dict[str, Any]]:
    return await database.run(
        lambda t: t.all("SELECT * FROM sighting WHERE kind = ? OR ? = ''", kind, kind)
    )


async def test_a_crash_is_seen_although_nobody_watches(home: Path) -> None:
    async with machine(home) as made:
        await made.add("hero_books")
        async with watching(home, made, look_s=0.05) as (_, database):

            async def states(*wanted: str) -> bool:
                found = [r["state"] for r in await rows(database) if r["service"] == "hero_books"]
                return found == list(wanted)

            await eventually(lambda: states("running"))
            service = made.supervisor.services["hero_books"]
            service.state, service.pid, service.extra = "failed", None, {"exit_code": 3}
            await made.end("hero_books")
            await eventually(lambda: states("running", "failed"))
            crash = (await rows(database, "crash"))[0]
            assert crash["works"] == 0
            assert crash["until"] is not None
            assert "3" in crash["sentence"]
            del made.supervisor.services["hero_books"]
            await eventually(lambda: states("running", "failed", "gone"))


async def test_a_silent_hero_proc_is_one_line_not_one_per_service(home: Path) -> None:
    async with machine(home) as made:
        for number in range(5):
            made.supervisor.add(f"s{number}")
        async with watching(home, made, look_s=0.05) as (_, database):

            async def silent() -> bool:
                return any(r["state"] == "silent" for r in await rows(database, "machine"))

            async def baseline() -> bool:
                return len(await rows(database, "state")) == 5

            await eventually(baseline)
            await made.daemon.stop()
            await eventually(silent)
            assert len(await rows(database)) == 1 + 5 + 1


async def test_a_former_run_that_was_killed_is_told_with_its_last_sign_of_life(
    home: Path,
) -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", RUN, home, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    last_sign = datetime.fromisoformat((await process.stdout.readline()).decode().strip())
    process.kill()
    await process.wait()
    async with machine(home) as made:
        for expected in (f"without a word, some time after {last_sign:%Y-%m-%d %H}:", "started."):
            async with watching(home, made) as (_, database):
                started = [r for r in await rows(database, "cockpit") if r["state"] == "started"]
                assert expected in started[-1]["sentence"]


async def test_what_broke_while_the_cockpit_was_away_is_seen_at_the_next_start(home: Path) -> None:
    async with machine(home) as made:
        await made.add("hero_books")
        async with watching(home, made) as (_, database):
            await eventually(lambda: _has(database, "running"))
        made.supervisor.services["hero_books"].state = "failed"
        await made.end("hero_books")
        await made.store.refresh()
        async with watching(home, made, look_s=0.05) as (_, database):
            await eventually(lambda: _has(database, "failed"))
            (crash,) = await rows(database, "crash")
            (ended,) = [r for r in await rows(database, "cockpit") if r["state"] == "ended"]
            assert crash["until"] == ended["at"]
            assert len(await rows(database, "state")) == 1


async def _has(database: Database, state: str) -> bool:
    return any(r["state"] == state for r in await rows(database))


async def test_a_shortage_is_told_once_and_its_end_too(home: Path) -> None:
    short: dict[str, str] = {"disk space": "The disk is nearly full."}
    asked: list[frozenset[str]] = []

    def shortages(was: frozenset[str]) -> dict[str, str]:
        asked.append(was)
        return dict(short)

    async with (
        machine(home) as made,
        watching(home, made, look_s=0.02, shortages=shortages) as (_, database),
    ):
        await eventually(lambda: len(asked) > 3)
        assert [r["sentence"] for r in await rows(database, "machine")] == [
            "The disk is nearly full."
        ]
        assert asked[:2] == [frozenset(), frozenset({"disk space"})]
        short.clear()
        await eventually(lambda: _has(database, "disk space enough"))


async def test_a_look_that_fails_inside_is_followed_by_the_next(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    looks: list[int] = []

    def shortages(was: frozenset[str]) -> dict[str, str]:
        looks.append(1)
        raise ZeroDivisionError

    async with machine(home) as made, watching(home, made, look_s=0.02, shortages=shortages):
        await eventually(lambda: len(looks) > 2)
    assert "a slow look failed inside" in caplog.text


async def test_what_cannot_be_written_waits_until_it_can(
    home: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with machine(home) as made, watching(home, made, look_s=0.02) as (_, database):
        await database.run(lambda t: t.change("ALTER TABLE sighting RENAME TO away"))
        made.supervisor.add("late")
        await eventually(lambda: "wait to be written" in caplog.text)
        await database.run(lambda t: t.change("ALTER TABLE away RENAME TO sighting"))

        async def written() -> bool:
            return any(r["service"] == "late" for r in await rows(database))

        await eventually(written)


async def test_rows_beyond_the_limit_are_dropped_the_oldest_first(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.audit.sightings.KEPT_ROWS", 10)
    async with machine(home) as made, watching(home, made) as (sightings, database):
        for number in range(30):
            state = State.RUNNING if number % 2 else State.FAILED
            sightings.take(
                Snapshot(
                    revision=number,
                    at=NOW,
                    source=Source(reachable=True, since=NOW),
                    services=(like(WELL, state=state),),
                )
            )
            await asyncio.sleep(0)

        async def only_ten() -> bool:
            found = await rows(database)
            return len(found) == 10 and found[-1]["number"] > 30

        await eventually(only_ten)
