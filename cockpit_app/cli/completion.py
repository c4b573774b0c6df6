"""Completion in the shell: the script it loads, and names asked of the running cockpit."""

import asyncio
from collections.abc import Callable
from typing import Any

import click
from click.shell_completion import CompletionItem, get_completion_class

from cockpit_app.cli.harmless import harmless
from cockpit_app.cli.tables import when
from cockpit_app.cli.target import target_of
from services.api import Operation
from services.contract.archive import LIST_EXPORTS
from services.contract.console import LIST_CONSOLES
from services.contract.job import LIST_JOBS, ListJobs
from services.contract.key import GET_BYOK_KEYS
from services.contract.service import LIST_SERVICES, ListServices
from services.contract.share import LIST_SHARES, ListShares
from services.contract.upgrade import LIST_CATALOG, ListCatalog
from services.errors import CockpitError
from services.params import NoParams

SHELLS = ("bash", "zsh", "fish")
PATIENCE_S = 1.5
"""A shell that waits longer for names feels broken."""

Complete = Callable[[click.Context, click.Parameter, str], list[CompletionItem]]
Names = Callable[[Any], list[tuple[str, str]]]

_Source = tuple[Operation[Any, Any], Any, Names]

_SERVICES: _Source = (
    LIST_SERVICES,
    ListServices(),
    lambda found: [(s.name, s.state.value) for s in found.services],
)
_APPS: _Source = (
    LIST_CATALOG,
    ListCatalog(),
    lambda found: [(a.name, a.title) for a in found.apps],
)
_KEYS: _Source = (
    GET_BYOK_KEYS,
    NoParams(),
    lambda found: [(k.name, k.provider) for k in found.keys],
)
_JOBS: _Source = (LIST_JOBS, ListJobs(), lambda found: [(str(j.id), j.title) for j in found.jobs])
_SHARES: _Source = (
    LIST_SHARES,
    ListShares(),
    lambda found: [(s.domain_id, s.address) for s in found.shares],
)
_EXPORTS: _Source = (
    LIST_EXPORTS,
    NoParams(),
    lambda found: [(e.name, when(e.at)) for e in found.exports],
)
_CONSOLES: _Source = (
    LIST_CONSOLES,
    NoParams(),
    lambda found: [(c.name, c.title) for c in found.consoles],
)

_SOURCES: dict[tuple[str, str], _Source] = {
    ("services", "name"): _SERVICES,
    ("shares", "service"): _SERVICES,
    ("apps", "name"): _APPS,
    ("upgrade", "apps"): _APPS,
    ("keys", "name"): _KEYS,
    ("jobs", "job"): _JOBS,
    ("export", "name"): _EXPORTS,
    ("shares", "domain_id"): _SHARES,
    ("consoles", "console"): _CONSOLES,
}
"""Who knows the names of a parameter, by group and parameter."""


def complete(operation: Operation[Any, Any], name: str) -> Complete | None:
    """Return what completes the parameter `name` of an operation's command, if anything can."""
    source = _SOURCES.get((operation.command[0], name))
    return None if source is None else _completing(source)


def _completing(source: _Source) -> Complete:
    def names(context: click.Context, _: click.Parameter, incomplete: str) -> list[CompletionItem]:
        return [item for item in _asked(context, source) if item.value.startswith(incomplete)]

    return names


complete_job: Complete = _completing(_JOBS)
complete_export: Complete = _completing(_EXPORTS)
"""For the commands that are made of no single operation."""


def script(shell: str) -> str:
    """Return what the shell must load so that it completes `hero_cockpit`."""
    kind = get_completion_class(shell)
    if kind is None:
        raise click.UsageError(f"There is no completion for {shell}; choose {', '.join(SHELLS)}.")
    nothing = click.Command("hero_cockpit")
    return kind(nothing, {}, "hero_cockpit", "_HERO_COCKPIT_COMPLETE").source()


def _asked(context: click.Context, source: _Source) -> list[CompletionItem]:
    """Ask the cockpit; a shell must not be told an error while somebody types."""
    operation, params, names = source
    target = target_of(context)

    async def once() -> Any:
        async with asyncio.timeout(PATIENCE_S), target.remote() as remote:
            return await remote.call(operation, params)

    try:
        found = harmless(asyncio.run(once()))
    except (CockpitError, TimeoutError):
        return []
    return [CompletionItem(name, help=text) for name, text in names(found)]
