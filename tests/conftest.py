"""What all tests share: the loop, one preview node, one browser."""

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from tests.browser import chromium
from tests.preview_node import PreviewNode, running_preview


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Run asynchronous tests on asyncio, the only loop that the product runs on."""
    return "asyncio"


@pytest.fixture(scope="session")
def node() -> Iterator[PreviewNode]:
    """Run the real preview command once; tests leave its services as they found them."""
    with running_preview() as preview:
        yield preview


@pytest.fixture(scope="session")
async def browser(anyio_backend: str) -> AsyncIterator[Browser]:
    """Run the real browser once."""
    async with chromium() as running:
        yield running
