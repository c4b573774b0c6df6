"""The components of the machine and their builds: what runs, what is installed, the cockpit."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime

from services.apps.catalog import CATALOG
from services.apps.receipts import Installed, Shelf
from services.contract.machine import Component
from services.state.store import Store

ListComponents = Callable[[], Awaitable[Sequence[Component]]]


class Components:
    """Joins what services say of themselves with the receipts that `lab` left."""

    def __init__(self, store: Store, shelf: Shelf, *, own_app: str, version: str) -> None:
        """Describe the apps of `shelf`; the cockpit, `own_app`, knows its own `version`."""
        self._store = store
        self._shelf = shelf
        self._own_app = own_app
        self._version = version

    async def list(self) -> Sequence[Component]:
        """Return the apps that run or are installed, and the cockpit, in order of name.

        The version is that of what runs; without it that of the receipt.
        """
        snapshot = await self._store.fresh()
        running: dict[str, str] = {}
        for service in snapshot.services:
            running[service.app] = service.version or running.get(service.app, "")
        running[self._own_app] = self._version
        installed = await asyncio.to_thread(self._look)
        names = sorted({*running, *installed})
        return [_component(name, running, installed.get(name)) for name in names]

    def _look(self) -> dict[str, Installed]:
        found = {app.name: self._shelf.look(app) for app in CATALOG}
        return {name: one for name, one in found.items() if one.present or one.receipt}


def _component(name: str, running: Mapping[str, str], installed: Installed | None) -> Component:
    receipt = installed.receipt if installed else None
    if receipt is None:
        return Component(name=name, version=running.get(name, ""))
    return Component(
        name=name,
        version=running.get(name) or receipt.version,
        channel=receipt.channel,
        build=receipt.build or receipt.commit,
        installed_at=_moment(receipt.installed_at),
    )


def _moment(text: str) -> datetime | None:
    """Return the time that a receipt names; None when it is no time. UTC where no zone is told."""
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
