"""One preview node and one browser for all end-to-end tests."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from tests.browser import chromium
from tests.preview_node import PreviewNode, running_preview


@pytest.fixture(scope="session")
def node() -> Iterator[PreviewNode]:
    """Run the real command once."""
    with running_preview() as preview:
        yield preview


@pytest.fixture(scope="session")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """Run the real browser once."""
    async with chromium() as running:
        yield running
