"""Secrets of the preview's hero_proc: kept privately, named freely, told to whoever asks."""

import asyncio
import json
import logging
import os
import stat
from collections.abc import AsyncIterator, Iterator

import pytest

from cockpit_app.preview.dialect import Switch
from cockpit_app.preview.home import Home, open_home
from tests.cockpit_app.preview.proc_node import ProcFace, proc_face
from tests.preview_node import short_folder

TOKEN = {"context": "cockpit", "key": "USER_FORGE_TOKEN"}


@pytest.fixture
def home() -> Iterator[Home]:
    with short_folder() as folder:
        yield open_home(folder / "h")


@pytest.fixture
async def face(home: Home) -> AsyncIterator[ProcFace]:
    async with proc_face(home) as face:
        yield face


async def test_a_secret_is_found_by_context_and_key(face: ProcFace) -> None:
    await face.result("secret.set", {**TOKEN, "value": "grün\n\ud800"})
    await face.result("secret.set", {**TOKEN, "context": "core", "value": ""})
    assert await face.result("secret.get", TOKEN) == "grün\n\ud800"
    assert await face.result("secret.get", {**TOKEN, "context": "core"}) == ""
    await face.result("secret.set", {**TOKEN, "value": "new"})
    assert await face.result("secret.get", TOKEN) == "new"


async def test_the_list_gives_the_names_of_one_context_and_no_value(face: ProcFace) -> None:
    for key in ("B", "A"):
        await face.result("secret.set", {"context": "core", "key": key, "value": "v"})
    assert await face.result("secret.list", {"context": "core"}) == ["A", "B"]
    assert await face.result("secret.list", {"context": "other"}) == []


async def test_a_deleted_secret_is_gone(face: ProcFace) -> None:
    await face.result("secret.set", {**TOKEN, "value": "v"})
    await face.result("secret.delete", TOKEN)
    absent = (-32000, "There is no secret cockpit/USER_FORGE_TOKEN.")
    assert await face.error("secret.get", TOKEN) == absent
    assert await face.error("secret.delete", TOKEN) == absent


async def test_the_file_is_for_its_user_alone_and_outlives_the_face(home: Home) -> None:
    before = os.umask(0)
    try:
        async with proc_face(home) as face:
            await face.result("secret.set", {**TOKEN, "value": "v"})
    finally:
        os.umask(before)
    (file,) = home.state.glob("secrets*")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_bytes()) == {"cockpit": {"USER_FORGE_TOKEN": "v"}}
    async with proc_face(home) as face:
        assert await face.result("secret.get", TOKEN) == "v"


@pytest.mark.parametrize("word", ["", "a b", "../up", "a/b", "a\0", "x" * 129, ".hidden"])
async def test_odd_names_are_refused(face: ProcFace, word: str) -> None:
    code, _ = await face.error("secret.set", {"context": "core", "key": word, "value": "v"})
    assert code == -32602
    code, _ = await face.error("secret.list", {"context": word})
    assert code == -32602


async def test_no_value_is_in_an_error_or_a_log(
    face: ProcFace, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    huge = "hush" * 20_000
    for params in (
        {**TOKEN, "value": huge},
        {**TOKEN, "key": "", "value": "hush"},
        {**TOKEN, "value": ["hush"]},
        {**TOKEN, "value": "hush", "more": 1},
    ):
        code, words = await face.error("secret.set", params)
        assert code == -32602
        assert "hush" not in words
    await face.result("secret.set", {**TOKEN, "value": "hush"})
    assert "hush" not in caplog.text


async def test_create_refuses_what_is_there_and_update_what_is_not(home: Home) -> None:
    async with proc_face(home, Switch.SECRET_UPDATE) as face:
        code, words = await face.error("secret.update", {**TOKEN, "value": "v"})
        assert (code, words) == (-32000, "There is no secret cockpit/USER_FORGE_TOKEN.")
        await face.result("secret.create", {**TOKEN, "value": "first"})
        code, words = await face.error("secret.create", {**TOKEN, "value": "second"})
        assert code == -32007
        assert words == "The secret cockpit/USER_FORGE_TOKEN already exists."
        assert await face.result("secret.get", TOKEN) == "first"
        await face.result("secret.update", {**TOKEN, "value": "second"})
        assert await face.result("secret.get", TOKEN) == "second"


async def test_changes_at_the_same_time_lose_nothing(face: ProcFace) -> None:
    keys = [f"K{number}" for number in range(20)]
    sets = ({"context": "core", "key": key, "value": key} for key in keys)
    await asyncio.gather(*(face.result("secret.set", params) for params in sets))
    assert await face.result("secret.list", {"context": "core"}) == sorted(keys)
