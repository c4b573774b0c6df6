"""One cockpit works for a machine: a second one begins nothing."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from cockpit_app.only_cockpit import only_cockpit
from cockpit_app.parts import open_parts
from cockpit_app.rpc import jsonrpc
from cockpit_app.settings import read_settings
from services.claims import Identity, Right, acting_as
from services.contract.key import SET_BYOK_KEY, SetKey
from services.errors import Refused
from services.wire.node import LocalNode
from tests.preview_node import short_folder
from tests.services.daemons import rpc_handler, serving

OWNER = Identity(user="owner", via="rpc", right=Right.ADMIN)
NEW_KEY = SetKey(name="GROQ_API_KEY", value=SecretStr("gsk_" + "5" * 32))

HOLD = """
import sys
from pathlib import Path
from cockpit_app.only_cockpit import only_cockpit
with only_cockpit(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_the_place_is_held_by_one_and_freed_by_its_death() -> None:
    with short_folder() as folder:
        path = folder / "var" / "hero_cockpit" / "cockpit.lock"
        command = [sys.executable, "-c", HOLD, str(path)]
        pipe = subprocess.PIPE
        with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as holder:
            assert holder.stdout is not None
            assert holder.stdout.readline() == "held\n"
            with pytest.raises(Refused, match="Another cockpit"), only_cockpit(path):
                pass
            os.kill(holder.pid, signal.SIGKILL)
            holder.wait()
        with only_cockpit(path):
            pass


async def test_a_second_cockpit_takes_up_no_job() -> None:
    with short_folder() as folder:
        settings = read_settings({"PATH_ROOT": str(folder)})
        async with (
            open_parts(settings, LocalNode()) as first,
            open_parts(settings, LocalNode()) as second,
        ):
            await first.begin()
            with pytest.raises(Refused, match="Another cockpit"):
                await second.begin()


@dataclass
class SlowToStore:
    """A hero_proc that takes a secret and answers when it is let go."""

    taken: asyncio.Event = field(default_factory=asyncio.Event)
    let_go: asyncio.Event = field(default_factory=asyncio.Event)

    async def call(self, method: str, params: jsonrpc.Params) -> Any:
        if method == "secret.set":
            self.taken.set()
            await self.let_go.wait()
            return {"ok": True}
        if method == "secret.get":
            raise jsonrpc.Fault(-32000, "secret not found")
        raise jsonrpc.Fault(jsonrpc.METHOD_NOT_FOUND, f"Method not found: {method}")


async def test_no_other_cockpit_begins_while_changes_of_the_first_come_to_their_end() -> None:
    daemon = SlowToStore()
    with short_folder() as folder:
        settings = read_settings({"PATH_ROOT": str(folder)})

        async def begin_another() -> None:
            await daemon.taken.wait()
            async with open_parts(settings, LocalNode()) as second:
                try:
                    with pytest.raises(Refused, match="Another cockpit"):
                        await second.begin()
                finally:
                    daemon.let_go.set()

        path = settings.sockets / "hero_proc" / "rpc.sock"
        async with serving(path, rpc_handler(daemon.call)), asyncio.TaskGroup() as group:
            group.create_task(begin_another())
            async with open_parts(settings, LocalNode()) as first:
                await first.begin()
                with acting_as(OWNER):
                    group.create_task(first.cockpit.call(SET_BYOK_KEY, NEW_KEY))
                await daemon.taken.wait()
        async with open_parts(settings, LocalNode()) as third:
            await third.begin()


def test_where_nothing_can_be_written_the_lock_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with only_cockpit(tmp_path / "var" / "hero_cockpit" / "cockpit.lock"):
        pass
