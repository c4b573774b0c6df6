"""A small machine for views: the real service layer over real sockets, one VM that tests play."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cockpit_app.parts import Parts, open_parts
from cockpit_app.settings import CockpitFile, ConsoleTable, Settings
from services.wire.node import LocalNode
from tests.services.daemons import short_directory
from tests.views.guest import Guest, running_guests


@pytest.fixture
async def guest() -> AsyncIterator[Guest]:
    """Run one VM with a console."""
    async with running_guests("vm1") as (one,):
        yield one


@pytest.fixture
async def parts(guest: Guest, tmp_path: Path) -> AsyncIterator[Parts]:
    """Run the service layer of a machine whose hero_proc is not there."""
    table = ConsoleTable(vms=guest.vms)
    settings = Settings(root=tmp_path, sockets=tmp_path / "s", file=CockpitFile(console=table))
    async with open_parts(settings, LocalNode()) as opened:
        yield opened


@pytest.fixture
def sockets() -> Iterator[Path]:
    """Give a socket directory with short paths."""
    with short_directory() as path:
        yield path
