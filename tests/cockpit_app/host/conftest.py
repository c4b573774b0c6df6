"""Fixtures of the web host's tests."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from cockpit_app.host.settings import WebSettings
from tests.cockpit_app.host.serving import short_folder


@pytest.fixture
def folder() -> Iterator[Path]:
    """A short directory for sockets."""
    with short_folder() as path:
        yield path


@pytest.fixture
def settings(tmp_path_factory: pytest.TempPathFactory) -> WebSettings:
    """Settings that keep compressed files of all tests in one place."""
    return WebSettings(cache_dir=tmp_path_factory.getbasetemp() / "packed")
