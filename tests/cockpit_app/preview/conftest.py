"""One preview without the cockpit, shared by all tests that leave it as they found it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cockpit_app.preview.lean import LEAN
from tests.preview_node import PreviewNode, running_preview, short_folder


@pytest.fixture(scope="session")
def node() -> Iterator[PreviewNode]:
    with running_preview(command=LEAN) as preview:
        yield preview


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as path:
        yield path


@pytest.fixture(scope="session")
def owner(node: PreviewNode) -> str:
    """The Cookie header of somebody who signed in as owner."""
    return node.sign_in("owner")
