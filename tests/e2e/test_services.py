"""The Services page in a real browser, through the gateway, on real processes."""

import os
import signal

import pytest
from playwright.async_api import Browser

from tests.browser import Visit, enter, visit
from tests.preview_node import PreviewNode, until

pytestmark = [pytest.mark.browser]


async def _services(seen: Visit, node: PreviewNode, identity: str) -> None:
    await enter(seen, node.link_for(identity), identity)
    await seen.page.get_by_role("tab", name="Services").or_(
        seen.page.get_by_role("button", name="Services")
    ).first.dispatch_event("click")
    await seen.sees("hero_books")
