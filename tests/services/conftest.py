"""Fixtures of the service layer's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.services.daemons import short_directory


@pytest.fixture
def sockets() -> Iterator[Path]:
    """A socket directory with short paths."""
    with short_directory() as path:
        yield path
