from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.contract.job import ItemState
from services.defaults import DEFAULTS
from services.upgrades.builds import SavedBuild
from services.upgrades.guardian import Guardian
from services.upgrades.proof import Proof
from services.upgrades.trial import Member, Trial
from services.wire.node import LocalNode
from tests.services.clocks import RacingClock
from tests.services.machines import Machine, machine, no_mark


async def no_sign() -> None:
    """Show nothing: there is no job here."""


@asynccontextmanager
async def trying(sockets: Path) -> AsyncIterator[tuple[Machine, Trial]]:
    clock = RacingClock()
    async with machine(sockets) as made:
        proof = Proof(made.proc, LocalNode(), clock, sockets=sockets, defaults=DEFAULTS)
        yield made, Trial(made.proc, proof, clock, no_mark)


async def test_without_a_service_nothing_is_proven(sockets: Path) -> None:
    async with trying(sockets) as (_, trial):
        for proven in (
            await trial.restart((), version="1.2.3", sign=no_sign),
            await trial.prove((), version="", sign=no_sign),
        ):
            assert not proven.ok
            assert "no service of it" in proven.sentence


async def test_a_service_that_serves_the_version_is_proven_and_another_version_is_not(
    sockets: Path,
) -> None:
    async with trying(sockets) as (made, trial):
        await made.add("hero_books")
        members = [Member("hero_books", up=True)]
        proven = await trial.prove(members, version="1.2.3", sign=no_sign)
        assert (proven.ok, proven.version) == (True, "1.2.3")
        assert not (await trial.prove(members, version="2.0.0", sign=no_sign)).ok


async def test_a_cockpit_that_hero_proc_does_not_list_is_never_said_to_serve(
    sockets: Path, tmp_path: Path
) -> None:
    program = tmp_path / "bin" / "hero_cockpit"
    program.parent.mkdir()
    program.write_text("the former one")
    saved = SavedBuild.make(tmp_path, tmp_path / "saved", [program])
    program.write_text("the new one")
    async with trying(sockets) as (_, trial):
        guardian = Guardian(trial, root=tmp_path, app="hero_cockpit")
        verdict = await guardian.carry_out(saved.folder, version="9.9.9")
    assert verdict.state is ItemState.BROKEN
    assert program.read_text() == "the former one"
