"""What the preview's hero_proc says of services that are told to start with the node, or absent."""

import json
from collections.abc import AsyncIterator, Iterator

import pytest

from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import WantedStates
from tests.cockpit_app.preview.proc_node import (
    PROGRAMS,
    ProcFace,
    eventually,
    proc_face,
    supervised,
)


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with supervised() as home:
        yield home


@pytest.fixture
async def face(home: Home) -> AsyncIterator[ProcFace]:
    async with proc_face(home) as face:
        yield face


async def seen(face: ProcFace, name: str) -> tuple[str, str]:
    row = await face.result("service.status", {"name": name})
    return row["state"], row["status"]


async def test_enabling_is_kept_and_starts_nothing(home: Home) -> None:
    down = {"name": "hero_down"}
    async with proc_face(home) as face:
        assert await face.result("service.enable", down) == {"ok": True, "name": "hero_down"}
        assert await seen(face, "hero_down") == ("inactive", "start")
    wanted = WantedStates(home)
    assert {program.name for program in PROGRAMS if wanted.of(program)} == {
        "hero_awake",
        "hero_down",
    }
    async with proc_face(home) as face:
        assert await seen(face, "hero_down") == ("inactive", "start")
        await face.result("service.disable", down)
        assert await seen(face, "hero_down") == ("inactive", "stop")


async def test_disabling_stops_nothing(face: ProcFace) -> None:
    await face.result("service.disable", {"name": "hero_awake"})
    assert (await seen(face, "hero_awake"))[1] == "stop"
    await eventually(lambda: runs_unwanted(face), "it runs on")
    await face.result("service.enable", {"name": "hero_awake"})


async def runs_unwanted(face: ProcFace) -> bool:
    return await seen(face, "hero_awake") == ("running", "stop")


async def test_what_is_not_installed_is_no_service(face: ProcFace) -> None:
    assert await face.result("service.list") == ["hero_awake", "hero_down"]
    assert len(await face.result("service.list_full")) == 2
    for verb in ("status", "start", "stop", "restart", "enable", "disable", "logs"):
        error = await face.error(f"service.{verb}", {"name": "hero_absent"})
        assert error == (-32000, "There is no service named 'hero_absent'.")


async def test_what_is_installed_later_is_a_service_at_once(home: Home, face: ProcFace) -> None:
    program = home.bin / "hero_absent"
    program.write_text("#!/bin/sh\n")
    receipt = home.receipt_of("hero_absent")
    receipt.parent.mkdir(parents=True)
    receipt.write_text(json.dumps({"app": "hero_absent", "version": "7.1.0"}))
    try:
        assert "hero_absent" in await face.result("service.list")
        row = await face.result("service.status", {"name": "hero_absent"})
        assert (row["version"], row["status"]) == ("7.1.0", "start")
    finally:
        program.unlink()
