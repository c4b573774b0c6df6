"""Exit statuses of commands that were carried out, and whose answer is no."""

import asyncio
from typing import Any

import pytest
from click.testing import CliRunner

from cockpit_app.cli.root import root
from cockpit_app.rpc.server import rpc_app
from services.contract.share import Audience, Share, ShareList, ShareState
from tests.cockpit_app.rpc.test_server import listening
from tests.services.daemons import short_directory


class Closing:
    """An Api whose one share is as given."""

    def __init__(self, state: ShareState) -> None:
        self.state = state

    async def call(self, operation: Any, params: Any) -> Any:
        share = Share(
            domain_id="1",
            service="hero_books_web",
            subdomain="b",
            address="https://b.example/",
            audience=Audience.PUBLIC,
            state=self.state,
        )
        return ShareList(shares=(share,))


@pytest.mark.parametrize(
    ("command", "state", "status"),
    [
        ("close-all", ShareState.CLOSED, 0),
        ("close-all", ShareState.UNCLEAR, 1),
        ("close-all", ShareState.OPEN, 1),
        ("list", ShareState.OPEN, 0),
    ],
)
async def test_shares_that_are_not_proven_closed_are_told_by_the_exit_status(
    command: str, state: ShareState, status: int
) -> None:
    with short_directory() as folder:
        socket = folder / "rpc.sock"
        async with listening(rpc_app(Closing(state), version="1"), socket):
            arguments = ["shares", command, "--socket", str(socket)]
            result = await asyncio.to_thread(CliRunner().invoke, root, arguments)
    assert result.exit_code == status, result.output
    assert "hero_books_web" in result.stdout
