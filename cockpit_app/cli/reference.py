"""Writes the manual's page of all commands and methods, from the registry; there is no second list.

`make manual` renews it; a test holds
the two equal.
"""

import json
from collections.abc import Iterator
from typing import Any

import click

from cockpit_app.cli.operations import GROUPS
from cockpit_app.cli.parameters import is_secret, parameters_of
from services.api import Operation
from services.operations import OPERATIONS

_HEAD = (
    "# Every command and method\n\n"
    "Made from the registry of operations: whatever a page of the cockpit does is one of these, "
    "on the command line and over\n"
    "JSON-RPC on `hero_cockpit/rpc.sock`. *Right* is what the caller needs: `read`, `write` "
    "(the owner) or `admin`.\n"
)


def reference() -> str:
    """Return the page as Markdown."""
    lines = [_HEAD]
    for noun, text in GROUPS.items():
        lines += [f"## {noun}", "", text, ""]
        for operation in OPERATIONS.values():
            if operation.command[0] == noun:
                lines += _entry(operation)
    return "\n".join(lines).rstrip() + "\n"


def _entry(operation: Operation[Any, Any]) -> Iterator[str]:
    noun, verb = operation.command
    yield f"### {noun} {verb}"
    yield ""
    kind = "starts a job" if operation.starts_job else "changes" if operation.changes else "reads"
    yield f"{operation.summary}. Right: `{operation.right}`; {kind}."
    yield ""
    yield f"    hero_cockpit {noun} {verb}{_usage(operation)}"
    yield f"    hero_cockpit call {operation.name} {_example(operation)}"
    yield ""
    for name, info in operation.params.model_fields.items():
        must = "" if info.is_required() else " (may be left out)"
        yield f"- `{name}`{must}: {info.description or ''}"
    yield ""


def _example(operation: Operation[Any, Any]) -> str:
    if any(is_secret(operation.params.model_fields[name]) for name in operation.example):
        return "- < params.json"
    return f"'{json.dumps(dict(operation.example))}'"


def _usage(operation: Operation[Any, Any]) -> str:
    arguments = [p for p in parameters_of(operation) if isinstance(p, click.Argument)]
    words = [p.make_metavar(click.Context(click.Command(""))) for p in arguments]
    return "".join(f" {word}" for word in words)


if __name__ == "__main__":
    click.echo(reference(), nl=False)
