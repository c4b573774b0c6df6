"""A stand-in that was left broken does not keep the preview from starting; its own programs do."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cockpit_app.preview import starting
from cockpit_app.preview.apps import catalog
from cockpit_app.preview.face import About, Face
from cockpit_app.preview.fleet import guest
from cockpit_app.preview.home import Home, PreviewError, open_home
from cockpit_app.preview.releases import Flaw
from cockpit_app.preview.sockets import serve
from tests.cockpit_app.preview.homes import furnished, install_flawed
from tests.cockpit_app.preview.lean import LEAN
from tests.preview_node import PreviewNode

BOOKS = next(program for program in catalog() if program.name == "hero_books")


@asynccontextmanager
async def hero_proc_in(home: Home) -> AsyncIterator[None]:
    """Serve the one socket that every start waits for."""
    over = asyncio.Event()
    face = Face(About("hero_proc", "", "", ""), [])
    task = asyncio.create_task(serve(face.application(), home.socket("hero_proc/rpc.sock"), over))
    try:
        yield
    finally:
        over.set()
        await task


async def test_a_silent_stand_in_is_named_and_waited_for_no_longer(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(starting, "STAND_INS_WITHIN_S", 0.3)
    home = open_home(folder / "h")
    async with hero_proc_in(home):
        await starting.wait_ready(home, 0, [BOOKS])
    assert capsys.readouterr().err == (
        f"hero_books does not answer; its log is {home.log_of('hero_books')}.\n"
    )


async def test_a_silent_program_of_the_node_itself_ends_the_start(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(starting, "READY_WITHIN_S", 0.3)
    home = open_home(folder / "h")
    async with hero_proc_in(home):
        with pytest.raises(PreviewError, match=r"Not everything answered .*: hero_compute"):
            await starting.wait_ready(home, 0, [guest()])


def test_a_preview_starts_although_the_build_of_a_stand_in_was_left_broken(folder: Path) -> None:
    home = furnished(folder / "h", "hero_books")
    install_flawed(home, "hero_books", Flaw.DOES_NOT_START)
    node = PreviewNode(home.root, "--port", "0", "--few", command=LEAN)
    try:
        node.wait_ready()
        assert "hero_books does not answer; its log is" in node.stderr
        assert node.service("hero_books")["state"] == "failed"
    finally:
        node.stop()
