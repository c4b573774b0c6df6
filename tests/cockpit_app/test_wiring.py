"""The served cockpit of a machine whose hero_proc is dead, deaf or mad."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from tests.cockpit_app.cli.program import Outcome, run
from tests.preview_node import short_folder
from tests.services.daemons import Request, http, serving

RUBBISH: dict[str, bytes] = {
    "not HTTP": b"\x00\xff\x00\xff hello\r\n\r\n",
    "no body": http(b""),
    "not JSON": http(b"<html>oops</html>"),
    "a number": http(b"7"),
    "another protocol": http(json.dumps({"ok": True})),
    "a wrong id": http(json.dumps({"jsonrpc": "2.0", "id": "no", "result": []})),
    "no list": http(json.dumps({"jsonrpc": "2.0", "id": 1, "result": 12})),
    "deep nesting": http(b"[" * 100_000),
    "a refusal": http(b"go away", status=500, kind="text/plain"),
}


async def _run(*arguments: str, root: Path) -> Outcome:
    return await asyncio.to_thread(run, *arguments, root=root)


@asynccontextmanager
async def _served(root: Path) -> AsyncIterator[None]:
    started = await _run("--start", root=root)
    assert started.status == 0, started
    try:
        yield
    finally:
        stopped = await _run("--stop", root=root)
        assert stopped.status == 0, stopped


def _sentence(outcome: Outcome) -> str:
    assert outcome.status == 1, outcome
    (line,) = outcome.err.strip().splitlines()
    assert line.startswith("hero_cockpit: ")
    assert "Traceback" not in outcome.err
    return line


async def test_without_hero_proc_each_command_says_so_and_the_cockpit_lives() -> None:
    with short_folder() as root:
        async with _served(root):
            for command in (["services", "list"], ["services", "restart", "hero_books"]):
                line = _sentence(await _run(*command, root=root))
                assert "hero_proc cannot be reached" in line
            status = await _run("--status", root=root)
            assert status.status == 0
            info = await _run("system", "info", root=root)
            assert "hero_proc" in info.out


async def test_whatever_hero_proc_answers_is_one_sentence() -> None:
    with short_folder() as root:
        answer = {"now": RUBBISH["not JSON"]}

        async def handler(request: Request) -> bytes:
            return answer["now"]

        path = root / "var" / "sockets" / "hero_proc" / "rpc.sock"
        async with _served(root), serving(path, handler):
            for name, rubbish in RUBBISH.items():
                answer["now"] = rubbish
                line = _sentence(await _run("services", "list", root=root))
                assert "hero_proc" in line, name


async def test_a_hero_proc_that_comes_to_its_senses_is_believed_again() -> None:
    services: list[dict[str, Any]] = [{"name": "hero_books", "state": "running", "status": "start"}]
    with short_folder() as root:
        mad = asyncio.Event()
        mad.set()

        async def handler(request: Request) -> bytes:
            if mad.is_set():
                return http(b"<html>oops</html>")
            if request.verb != "POST":
                return http("{}", status=404)
            asked = json.loads(request.body)
            return http(json.dumps({"jsonrpc": "2.0", "id": asked["id"], "result": services}))

        path = root / "var" / "sockets" / "hero_proc" / "rpc.sock"
        async with _served(root), serving(path, handler):
            _sentence(await _run("services", "list", root=root))
            mad.clear()
            listed = await _run("services", "list", "--json", root=root)
            assert listed.status == 0, listed
            assert json.loads(listed.out)["services"][0]["name"] == "hero_books"
