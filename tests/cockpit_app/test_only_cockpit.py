"""One cockpit works for a machine: a second one begins nothing."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from cockpit_app.only_cockpit import only_cockpit
from cockpit_app.parts import open_parts
from cockpit_app.settings import read_settings
from services.errors import Refused
from services.node import LocalNode
from tests.preview_node import short_folder

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


def test_where_nothing_can_be_written_the_lock_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where a folder should be")
    with only_cockpit(tmp_path / "var" / "hero_cockpit" / "cockpit.lock"):
        pass
