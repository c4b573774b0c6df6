"""One registry, five faces: RPC, command line, the remote SDK and the manual hold the same."""

import json
from pathlib import Path
from typing import Any

import click
import pytest
from pydantic import BaseModel

from cockpit_app.cli.reference import reference
from cockpit_app.cli.root import root
from cockpit_app.rpc.server import rpc_app
from services.api import Operation
from services.errors import NotFound
from services.operations import OPERATIONS
from services.params import read_params
from services.remote import Remote
from services.wire.node import LocalNode
from tests.cockpit_app.rpc.test_server import listening
from tests.preview_node import PreviewNode, UnixHttp
from tests.services.daemons import short_directory

MANUAL = Path(__file__).parents[2] / "manual" / "commands.md"
ONLY_COMMANDS = {("jobs", "follow"), ("export", "save"), ("export", "add")}
"""Made of several operations each; programs call those."""


class Recording:
    """An Api that keeps what it was asked and finds nothing."""

    def __init__(self) -> None:
        self.asked: list[tuple[Operation[Any, Any], BaseModel]] = []

    async def call(self, operation: Operation[Any, Any], params: Any) -> Any:
        self.asked.append((operation, params))
        raise NotFound("Nothing is here.")


def test_the_socket_offers_each_operation_and_nothing_else(node: PreviewNode) -> None:
    connection = UnixHttp(node.socket("hero_cockpit/rpc.sock"))
    connection.request("GET", "/openrpc.json")
    document = json.loads(connection.getresponse().read())
    connection.close()
    assert [method["name"] for method in document["methods"]] == list(OPERATIONS)


def test_the_command_line_has_each_operation_and_nothing_else() -> None:
    groups = {n: g for n, g in root.commands.items() if isinstance(g, click.Group)}
    commands = {(noun, verb) for noun, group in groups.items() for verb in group.commands}
    assert commands - ONLY_COMMANDS == {operation.command for operation in OPERATIONS.values()}


async def test_the_remote_carries_each_operation_with_its_parameters_whole() -> None:
    api = Recording()
    with short_directory() as folder:
        socket = folder / "rpc.sock"
        async with listening(rpc_app(api, version="1"), socket), Remote(LocalNode(), socket) as far:
            for operation in OPERATIONS.values():
                params = read_params(operation.params, operation.example)
                with pytest.raises(NotFound):
                    await far.call(operation, params)
                assert api.asked[-1] == (operation, params)


def test_the_manual_lists_each_operation_as_the_registry_has_it() -> None:
    assert MANUAL.read_text() == reference(), "renew it: make manual"
