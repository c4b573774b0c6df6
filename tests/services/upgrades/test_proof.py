from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.defaults import DEFAULTS
from services.upgrades.proof import PATIENCE_S, SETTLE_S, Before, Proof, Proven
from services.wire.node import LocalNode
from tests.services.clocks import RacingClock
from tests.services.daemons import HttpServer, Request, http
from tests.services.machines import Machine, machine


class Told(RacingClock):
    """Does something whenever somebody waits."""

    def __init__(self) -> None:
        super().__init__()
        self.signs = 0

    async def sleep(self, seconds: float) -> None:
        await self.happen()
        await super().sleep(seconds)

    async def happen(self) -> None:
        """Do what the test wants; nothing here."""

    async def sign(self) -> None:
        self.signs += 1


@asynccontextmanager
async def proving(sockets: Path, clock: Told) -> AsyncIterator[tuple[Machine, Proof]]:
    async with machine(sockets) as made:
        await made.add("hero_books")
        proof = Proof(made.proc, LocalNode(), clock, sockets=sockets, defaults=DEFAULTS)
        yield made, proof


async def prove(proof: Proof, clock: Told, before: Before, version: str = "1.2.3") -> Proven:
    return await proof.serves(before, version=version, sign=clock.sign)


BOOKS = Before("hero_books")


async def test_a_service_that_serves_is_believed_only_after_it_settled(sockets: Path) -> None:
    clock = Told()
    async with proving(sockets, clock) as (_, proof):
        assert await prove(proof, clock, BOOKS) == Proven(True, "", "1.2.3")
        assert SETTLE_S <= clock.monotonic() < PATIENCE_S
        assert clock.signs > 1


async def test_another_version_than_expected_is_no_proof(sockets: Path) -> None:
    clock = Told()
    async with proving(sockets, clock) as (_, proof):
        proven = await prove(proof, clock, BOOKS, "9.9.9")
        assert proven.sentence == "hero_books serves version 1.2.3, and 9.9.9 was expected."
        assert not proven.ok
        assert clock.monotonic() < SETTLE_S


async def test_the_old_process_proves_nothing(sockets: Path) -> None:
    clock = Told()
    async with proving(sockets, clock) as (_, proof):
        before = await proof.before("hero_books")
        assert before.pid == 100
        proven = await prove(proof, clock, before)
        assert not proven.ok
        assert "The old process of hero_books still runs." in proven.sentence


async def test_a_service_without_its_socket_is_not_believed(sockets: Path) -> None:
    clock = Told()
    async with proving(sockets, clock) as (made, proof):
        await made.end("hero_books")
        proven = await prove(proof, clock, BOOKS)
        assert not proven.ok
        assert proven.sentence.startswith("hero_books runs, but does not take connections: ")
        assert proven.sentence.endswith(f"It was given {PATIENCE_S:.0f} s.")


async def test_a_service_that_calls_itself_ill_is_not_believed(sockets: Path) -> None:
    async def ill(request: Request) -> bytes:
        return http('{"status":"starting"}', 503)

    clock = Told()
    async with proving(sockets, clock) as (made, proof):
        await made.end("hero_books")
        made.running["hero_books"] = HttpServer(made.web_socket("hero_books"), ill)
        await made.running["hero_books"].start()
        proven = await prove(proof, clock, BOOKS)
        assert not proven.ok
        assert "does not answer: it answers with HTTP status 503" in proven.sentence


async def test_a_service_that_hero_proc_gave_up_is_not_waited_for(sockets: Path) -> None:
    clock = Told()
    async with proving(sockets, clock) as (made, proof):
        made.supervisor.services["hero_books"].state = "failed"
        made.supervisor.services["hero_books"].pid = None
        proven = await prove(proof, clock, BOOKS)
        assert proven.sentence == "hero_books does not start: it ended."
        assert clock.monotonic() < SETTLE_S


async def test_a_service_that_ends_again_and_again_does_not_stay_up(sockets: Path) -> None:
    class Crashing(Told):
        async def happen(self) -> None:
            service = made.supervisor.services["hero_books"]
            if self.signs % 6 == 0:
                service.pid = (service.pid or 0) + 1

    clock = Crashing()
    async with proving(sockets, clock) as (made, proof):
        proven = await prove(proof, clock, BOOKS)
        assert proven.sentence == "hero_books does not stay up: it ends again and again."


async def test_one_restart_by_somebody_else_only_begins_the_settling_anew(sockets: Path) -> None:
    class Restarted(Told):
        async def happen(self) -> None:
            if self.signs == 3:
                made.supervisor.services["hero_books"].pid = 101

    clock = Restarted()
    async with proving(sockets, clock) as (made, proof):
        assert (await prove(proof, clock, BOOKS)).ok
        assert clock.monotonic() > SETTLE_S + 1


async def test_a_service_nobody_knows_is_not_believed(sockets: Path) -> None:
    clock = Told()
    async with proving(sockets, clock) as (_, proof):
        proven = await prove(proof, clock, Before("hero_ghost"))
        assert proven.sentence.startswith("hero_proc does not know a service hero_ghost.")


async def test_while_hero_proc_is_away_nothing_is_believed(sockets: Path) -> None:
    class Back(Told):
        async def happen(self) -> None:
            if self.signs == 5:
                await made.daemon.start()

    clock = Back()
    async with proving(sockets, clock) as (made, proof):
        await made.daemon.stop()
        assert (await prove(proof, clock, BOOKS)).ok
        assert clock.signs > 5


@pytest.mark.parametrize("version", ["1.2.3", "v1.2.3", ""])
async def test_the_version_is_compared_as_people_read_it(sockets: Path, version: str) -> None:
    clock = Told()
    async with proving(sockets, clock) as (_, proof):
        assert (await prove(proof, clock, BOOKS, version)).ok
