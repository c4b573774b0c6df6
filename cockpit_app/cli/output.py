"""How answers look in a terminal: JSON for programs, tables and lines for people.

Here, and nowhere after, what came from elsewhere is made harmless for the terminal.
"""

import sys
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

import click
from pydantic import BaseModel
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cockpit_app.cli.harmless import harmless, harmless_json
from cockpit_app.cli.tables import LISTINGS, print_listing
from services.contract.console import ConsoleScreen
from services.contract.feedback import Evidence
from services.contract.machine import SystemInfo
from services.contract.service import ServiceList
from services.models import Service, Snapshot, State
from services.operations import OPERATIONS

PIPE_COLUMNS = 200
"""Width of tables that no terminal shows."""

_COLORS = {
    State.RUNNING: "green",
    State.STARTING: "blue",
    State.STOPPING: "blue",
    State.STOPPED: "bright_black",
    State.CRASH_LOOP: "red",
    State.DEGRADED: "yellow",
    State.FAILED: "red",
    State.UNKNOWN: "magenta",
}


def show(result: BaseModel, *, json: bool) -> None:
    """Print the result of an operation."""
    if json:
        click.echo(harmless_json(result.model_dump_json(indent=2)))
        return
    result = harmless(result)
    wide = None if sys.stdout.isatty() else PIPE_COLUMNS
    console = Console(highlight=False, markup=False, emoji=False, soft_wrap=True, width=wide)
    if (listing := LISTINGS.get(type(result))) is not None:
        print_listing(console, result, listing)
        return
    match result:
        case ServiceList() | Snapshot():
            _services(console, result)
        case Service():
            _service(console, result)
        case ConsoleScreen():
            click.echo("\n".join(result.text))
        case Evidence():
            click.echo(result.text)
            click.echo(result.sentence, err=True)
        case SystemInfo():
            console.print(result.health, style="bold")
            _lines(console, result.model_dump(mode="json", exclude={"health"}))
        case _:
            _told(console, result)


def _services(console: Console, result: ServiceList | Snapshot) -> None:
    if not result.services:
        console.print("No service fits." if result.source.reachable else "Nothing is known yet.")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("SERVICE", "STATE", "PID", "WHY"):
        table.add_column(title, no_wrap=title != "WHY", overflow="fold")
    for service in result.services:
        state = Text(service.state.value, style=_COLORS[service.state])
        table.add_row(service.name, state, str(service.pid or ""), service.sentence)
    console.print(table)


def _service(console: Console, service: Service) -> None:
    head = Text(f"{service.name}  ", style="bold")
    head.append(service.state.value, style=_COLORS[service.state])
    console.print(head)
    console.print(service.sentence)
    facts = service.facts
    for label, fact in (
        ("supervisor", facts.supervisor),
        ("sockets", facts.sockets),
        ("health", facts.health),
    ):
        age = fact.age_s(datetime.now(UTC))
        when = "" if age is None else f"  ({age:.0f} s ago)"
        console.print(f"  {label:<11} {fact.says}{when}")
    for endpoint in service.endpoints:
        console.print(f"  {endpoint.kind:<11} {endpoint.path}")
    if service.fix is not None:
        group, verb = OPERATIONS[service.fix.operation].command
        console.print(f"  what helps  hero_cockpit {group} {verb} {service.name}")


def _told(console: Console, result: BaseModel) -> None:
    """Print the sentence first: the rest is for whoever wants to know more."""
    values = result.model_dump(mode="json")
    if sentence := values.pop("sentence", ""):
        console.print(sentence, style="bold")
    _lines(console, values)


def _lines(console: Console, values: dict[str, Any], indent: str = "") -> None:
    for key, value in values.items():
        if isinstance(value, dict):
            console.print(f"{indent}{key}:")
            _lines(console, value, indent + "  ")
        else:
            console.print(f"{indent}{key}: {_plain(value)}")


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, Iterable):
        return ", ".join(_one(item) for item in value)
    return "" if value is None else str(value)


def _one(item: Any) -> str:
    """Return one item of a list: of an object, its name and version say most."""
    if not isinstance(item, dict):
        return str(item)
    return " ".join(str(item[key]) for key in ("name", "version") if item.get(key))
