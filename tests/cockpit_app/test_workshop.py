import json
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cockpit_app.workshop import Place, Workshop, make_workshop
from services.clock import SystemClock
from services.contract.upgrade import CatalogApp, ListCatalog, Upgrade, UpgradePlan
from services.defaults import DEFAULTS
from services.errors import NotFound, Refused
from services.wire.node import LocalNode
from services.wire.outside import Outside
from tests.services.daemons import HttpServer, Request, http, short_directory
from tests.services.databases import a_database
from tests.services.machines import Machine, machine

KEPT = ("hero_books", "hero_slides")
RELEASES = "/api/v1/repos/lhumina_code/"


@pytest.fixture
def sockets() -> Iterator[Path]:
    with short_directory() as path:
        yield path


async def forge(request: Request) -> bytes:
    """Offer version 0.5.0 of everything."""
    if request.target.startswith(RELEASES):
        return http('{"tag_name": "v0.5.0", "body": "Better."}')
    return http('{"version": "12"}')


def install(root: Path, app: str, version: str, *programs: str) -> None:
    folder = root / DEFAULTS.receipts[0]
    folder.mkdir(parents=True, exist_ok=True)
    noted = {"version": version, "binaries": list(programs)}
    (folder / f"{app}.json").write_text(json.dumps(noted))
    for name in programs:
        (root / "bin").mkdir(exist_ok=True)
        (root / "bin" / name).write_text("a program")


@asynccontextmanager
async def workshop(
    sockets: Path, root: Path, *, with_forge: bool = True
) -> AsyncIterator[tuple[Machine, Workshop]]:
    async def kept() -> Sequence[str]:
        return KEPT

    async def keep(app: str) -> None:
        raise AssertionError(app)

    server = HttpServer(sockets / "forge.sock", forge)
    if with_forge:
        await server.start()
    async with machine(sockets) as made, a_database(root) as database:
        await made.add("hero_books")
        node = LocalNode()
        place = Place(
            root=root,
            sockets=sockets,
            node=node,
            proc=made.proc,
            clock=SystemClock(),
            names=DEFAULTS,
        )
        shop = make_workshop(
            place,
            database=database,
            store=made.store,
            outside=Outside(node, sockets),
            forge="unix:forge.sock:",
            kept=kept,
            keep=keep,
        )
        try:
            yield made, shop
        finally:
            await shop.jobs.close()
            await server.stop()


def wills(plan: UpgradePlan) -> dict[str, str]:
    return {item.app: item.will for item in plan.items}


async def entry_of(shop: Workshop, name: str) -> CatalogApp:
    catalog = await shop.upgrades.catalog(ListCatalog(filter=name))
    return next(app for app in catalog.apps if app.name == name)


async def test_the_catalog_joins_what_is_here_with_what_is_on_offer(
    sockets: Path, tmp_path: Path
) -> None:
    install(tmp_path, "hero_books", "0.4.2", "hero_books")
    async with workshop(sockets, tmp_path) as (_, shop):
        books = await entry_of(shop, "hero_books")
        assert (books.installed, books.enabled, books.services) == (True, True, ("hero_books",))
        assert (books.version, books.available, books.update) == ("0.4.2", "0.5.0", True)
        assert (books.notes, books.sentence) == ("Better.", "Version 0.5.0 is on offer.")
        voice = await entry_of(shop, "hero_voice")
        assert (voice.installed, voice.enabled, voice.update) == (False, False, False)
        here = await shop.upgrades.catalog(ListCatalog(installed=True))
        assert [app.name for app in here.apps] == ["hero_books"]


async def test_a_half_install_is_named_and_can_be_installed_anew(
    sockets: Path, tmp_path: Path
) -> None:
    install(tmp_path, "hero_slides", "0.5.0", "hero_slides_server", "hero_slides_admin")
    (tmp_path / "bin" / "hero_slides_admin").unlink()
    async with workshop(sockets, tmp_path) as (_, shop):
        slides = await entry_of(shop, "hero_slides")
        assert (slides.installed, slides.missing) == (False, ("hero_slides_admin",))
        assert wills(await shop.upgrades.plan(Upgrade()))["hero_slides"] == "reinstall"


async def test_a_plan_holds_the_apps_that_are_kept_and_skips_what_is_new_enough(
    sockets: Path, tmp_path: Path
) -> None:
    install(tmp_path, "hero_books", "0.4.2", "hero_books")
    install(tmp_path, "hero_slides", "0.5.0", "hero_slides")
    install(tmp_path, "hero_voice", "0.4.2", "hero_voice")
    async with workshop(sockets, tmp_path) as (_, shop):
        found = wills(await shop.upgrades.plan(Upgrade()))
        assert (found["hero_books"], found["hero_slides"]) == ("upgrade", "skip")
        assert "hero_voice" not in found
        again = await shop.upgrades.plan(Upgrade(apps=("hero_slides",), reinstall=True))
        assert wills(again) == {"hero_slides": "reinstall"}


async def test_nothing_to_do_is_said_and_not_begun(sockets: Path, tmp_path: Path) -> None:
    install(tmp_path, "hero_books", "0.5.0", "hero_books")
    async with workshop(sockets, tmp_path) as (_, shop):
        with pytest.raises(Refused, match="There is nothing to upgrade"):
            await shop.upgrades.upgrade(Upgrade(apps=("hero_books",)))
        with pytest.raises(Refused, match="installed already"):
            await shop.upgrades.install("hero_books")
        with pytest.raises(NotFound):
            await shop.upgrades.upgrade(Upgrade(apps=("hero_books", "../x")))


async def test_without_hero_proc_nothing_is_begun(sockets: Path, tmp_path: Path) -> None:
    install(tmp_path, "hero_books", "0.4.2", "hero_books")
    async with workshop(sockets, tmp_path) as (made, shop):
        await made.daemon.stop()
        plan = await shop.upgrades.plan(Upgrade(apps=("hero_books",)))
        supervisor = next(check for check in plan.checks if check.name == "supervisor")
        assert supervisor.ok is False
        assert not plan.may_start
        with pytest.raises(Refused):
            await shop.upgrades.upgrade(Upgrade(apps=("hero_books",)))


async def test_without_the_forge_versions_are_unknown_and_lab_may_try(
    sockets: Path, tmp_path: Path
) -> None:
    install(tmp_path, "hero_books", "0.4.2", "hero_books")
    async with workshop(sockets, tmp_path, with_forge=False) as (_, shop):
        books = await entry_of(shop, "hero_books")
        assert (books.available, books.update) == ("", False)
        assert "could not be asked" in books.sentence
        plan = await shop.upgrades.plan(Upgrade(apps=("hero_books",)))
        assert {check.name: check.ok for check in plan.checks}["network"] is False
        assert plan.may_start
        assert "could not be asked" in plan.items[0].sentence
