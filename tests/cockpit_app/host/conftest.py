"""Fixtures of the web host's tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from cockpit_app.host.settings import WebSettings
from tests.browser import Visit
from tests.browser import visit as open_visit
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


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """A fresh page without any cache or cookie of another test."""
    async with open_visit(browser, width=900, height=640) as opened:
        yield opened
