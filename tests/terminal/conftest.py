"""What the terminal's tests share: short socket paths and real byte streams."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("busy machine", deadline=None)
settings.load_profile("busy machine")


@pytest.fixture
def socket_dir() -> Iterator[Path]:
    """A directory whose path is short enough for Unix sockets."""
    directory = Path(tempfile.mkdtemp(prefix="hc", dir="/tmp"))
    yield directory
    shutil.rmtree(directory)
