"""Fixtures of the web host's tests."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from cockpit_app.host.settings import WebSettings
from tests.cockpit_app.host.browser import Visit, chromium
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


@pytest.fixture(scope="package")
async def browser() -> AsyncIterator[Browser]:
    """One browser for all tests of the host; each test has its own context in it."""
    async with chromium() as running:
        yield running


@pytest.fixture
async def visit(browser: Browser) -> AsyncIterator[Visit]:
    """A fresh page without any cache or cookie of another test."""
    context = await browser.new_context(viewport={"width": 900, "height": 640})
    yield Visit(await context.new_page())
    await context.close()
