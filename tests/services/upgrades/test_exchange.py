import json
from dataclasses import dataclass
from pathlib import Path

from services.apps.catalog import App, find_app
from services.apps.receipts import Shelf
from services.clock import SystemClock
from services.contract.job import ItemState, JobItem
from services.defaults import DEFAULTS
from services.jobs.engine import Jobs
from services.jobs.run import Run
from services.upgrades.exchange import Exchange
from services.upgrades.handover import Handover
from services.upgrades.lab import Built, Lab
from services.upgrades.phases import Order
from services.upgrades.proof import Proof
from services.upgrades.trial import Trial
from services.wire.node import LocalNode
from tests.services.clocks import RacingClock
from tests.services.databases import a_database
from tests.services.ended_jobs import ended
from tests.services.machines import machine, no_mark


class FaultyLab(Lab):
    """Has a defect that shows when half of a build is in its place."""

    async def build(self, run: Run, place: int, app: App, *, channel: str) -> Built:
        (self._shelf.programs / app.name).write_text("half of the new one")
        raise ZeroDivisionError


class SpoilingLab(FaultyLab):
    """A FaultyLab on a disk that has lost what was saved."""

    async def build(self, run: Run, place: int, app: App, *, channel: str) -> Built:
        saved = self._shelf.root / "saved" / app.name / str(run.job_id)
        (saved / "bin" / app.name).write_text("garbage")
        return await super().build(run, place, app, channel=channel)


@dataclass
class Exchanging:
    exchange: Exchange
    kind: str = "exchange"

    async def carry_out(self, run: Run) -> str:
        await self.exchange.carry_out(run, 0, Order(find_app("hero_books")))
        return ""


def install(root: Path, *, version: str) -> Path:
    program = root / "bin" / "hero_books"
    receipt = root / DEFAULTS.receipts[0] / "hero_books.json"
    for path in (program, receipt):
        path.parent.mkdir(parents=True)
    program.write_text("the former one")
    receipt.write_text(json.dumps({"version": version, "binaries": [program.name]}))
    return program


async def exchanged(sockets: Path, root: Path, lab: type[Lab] = FaultyLab) -> JobItem:
    """Exchange hero_books, which serves version 1.2.3, with a faulty lab; return how it ended."""
    clock, shelf = RacingClock(), Shelf(root, receipts=DEFAULTS.receipts)
    async with machine(sockets) as made, a_database(root) as database:
        await made.add("hero_books")
        proof = Proof(made.proc, LocalNode(), clock, sockets=sockets, defaults=DEFAULTS)
        exchange = Exchange(
            shelf=shelf,
            saved=root / "saved",
            lab=lab(made.proc, clock, shelf=shelf, defaults=DEFAULTS),
            trial=Trial(made.proc, proof, clock, no_mark),
            handover=Handover(made.proc, clock, root=root, sockets=sockets, defaults=DEFAULTS),
        )
        jobs = Jobs(database, SystemClock())
        jobs.register(Exchanging(exchange))
        try:
            job = await jobs.start("exchange", title="t", items=["hero_books"], plan={})
            (item,) = (await ended(jobs, job)).items
        finally:
            await jobs.close()
    return item


async def test_after_an_error_inside_the_cockpit_the_former_build_is_put_back(
    sockets: Path, tmp_path: Path
) -> None:
    program = install(tmp_path, version="1.2.3")
    item = await exchanged(sockets, tmp_path)
    assert item.state is ItemState.ROLLED_BACK
    assert "error inside the cockpit" in item.sentence
    assert item.sentence.endswith("The former version 1.2.3 serves again.")
    assert program.read_text() == "the former one"


async def test_a_damaged_saved_build_overwrites_nothing_and_is_named(
    sockets: Path, tmp_path: Path
) -> None:
    program = install(tmp_path, version="1.2.3")
    item = await exchanged(sockets, tmp_path, SpoilingLab)
    assert item.state is ItemState.BROKEN
    assert "What was saved of bin/hero_books is damaged" in item.sentence
    assert program.read_text() == "half of the new one"
