import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from services.apps.components import Components
from services.apps.receipts import Shelf
from services.claims import GUEST, Identity, acting_as
from services.cockpit import Cockpit
from services.contract.machine import SYSTEM_INFO, Component
from services.handlers.machine import MachineHandler
from services.manifest.file import ManifestFile
from services.params import NoParams
from tests.services.machines import Machine, machine

OWNER = Identity(user="owner", via="rpc")
RECEIPT = {
    "app": "hero_books",
    "version": "0.4.0",
    "channel": "latest",
    "build": 17,
    "installed_at": "2026-11-20T12:00:00+02:00",
    "binaries": {"hero_books_server": "", "hero_books_web": ""},
}


def install(home: Path, receipt: dict[str, Any]) -> None:
    folder = home / "var" / "lab" / "receipts"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{receipt['app']}.json").write_text(json.dumps(receipt))


async def listed(made: Machine, home: Path) -> Sequence[Component]:
    shelf = Shelf(home, receipts=("var/lab/receipts",))
    return await Components(made.store, shelf, own_app="hero_cockpit", version="9.9").list()


async def test_what_runs_what_is_installed_and_the_cockpit_are_components(sockets: Path) -> None:
    install(sockets, RECEIPT)
    async with machine(sockets) as made:
        await made.add("hero_books_web")  # says 1.2.3 of itself
        made.supervisor.add("hero_books_server", "hero_unlisted")
        components = await listed(made, sockets)
    assert [(c.name, c.version, c.channel, c.build) for c in components] == [
        ("hero_books", "1.2.3", "latest", "17"),
        ("hero_cockpit", "9.9", "", ""),
        ("hero_unlisted", "", "", ""),
    ]
    assert components[0].installed_at == datetime(2026, 11, 20, 10, tzinfo=UTC)


@pytest.mark.parametrize("installed_at", ["", "yesterday", "0001-01-01T00:00:00+14:00"])
async def test_a_receipt_without_a_usable_time_is_still_a_receipt(
    sockets: Path, installed_at: str
) -> None:
    install(sockets, RECEIPT | {"installed_at": installed_at})
    async with machine(sockets) as made:
        components = await listed(made, sockets)
    assert (components[0].version, components[0].installed_at) == ("0.4.0", None)


STABLE: dict[str, type | tuple[type, ...]] = {
    "version": str,
    "hostname": str,
    "uptime_s": int,
    "cockpit_uptime_s": int,
    "mycelium_address": str,
    "health": str,
    "profile": str,
    "owner": str,
    "components": list,
}
STABLE_COMPONENT = {"name", "version", "channel", "build", "installed_at"}


async def test_the_part_that_the_deployer_reads_keeps_its_names_and_types(sockets: Path) -> None:
    install(sockets, RECEIPT)
    (sockets / "cfg").mkdir()
    (sockets / "cfg" / "hero_cfg.toml").write_text('[mycelium]\nipv6_address = "400::1"\n')
    path = sockets / "cfg" / "cockpit" / "services.toml"
    path.parent.mkdir()
    path.write_text('profile = "lightweight"\nowner = "mik"\n')
    async with machine(sockets) as made:
        shelf = Shelf(sockets, receipts=("var/lab/receipts",))
        handler = MachineHandler(
            made.store,
            home=sockets,
            version="9.9",
            components=Components(made.store, shelf, own_app="hero_cockpit", version="9.9").list,
            manifest=ManifestFile(path, demo=(), always_on=()).read,
        )
        cockpit = Cockpit([handler])
        with acting_as(OWNER):
            answer = (await cockpit.call(SYSTEM_INFO, NoParams())).model_dump(mode="json")
        with acting_as(GUEST):
            guest = await cockpit.call(SYSTEM_INFO, NoParams())
    assert {name: type(answer[name]) for name in STABLE} == STABLE
    assert set(answer["components"][0]) == STABLE_COMPONENT
    assert answer["components"][0] == {
        "name": "hero_books",
        "version": "0.4.0",
        "channel": "latest",
        "build": "17",
        "installed_at": "2026-11-20T10:00:00Z",
    }
    assert (answer["profile"], answer["owner"], answer["mycelium_address"]) == (
        "lightweight",
        "mik",
        "400::1",
    )
    assert (guest.owner, guest.hostname, guest.mycelium_address) == ("", "", None)


async def test_without_a_manifest_there_is_no_profile(sockets: Path) -> None:
    async with machine(sockets) as made:
        manifest = ManifestFile(sockets / "none.toml", demo=(), always_on=())
        handler = MachineHandler(made.store, home=sockets, version="9.9", manifest=manifest.read)
        info = await handler.system_info(NoParams())
    assert (info.profile, info.owner, info.components) == ("", "", ())


async def test_what_the_cockpit_suffers_from_is_told_as_it_is_at_that_moment(sockets: Path) -> None:
    problems = ["It is full.", ""]
    async with machine(sockets) as made:
        handler = MachineHandler(
            made.store, home=sockets, version="9.9", problem=lambda: problems.pop(0)
        )
        assert (await handler.system_info(NoParams())).problem == "It is full."
        assert (await handler.system_info(NoParams())).problem == ""
