"""The apps of this machine: the catalog joined with what is installed, kept and on offer."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from services.apps.catalog import CATALOG, App
from services.apps.receipts import Installed, Shelf
from services.apps.releases import Release, Releases
from services.apps.versions import is_newer
from services.contract.upgrade import CatalogApp
from services.models import Service
from services.state.store import Store

Kept = Callable[[], Awaitable[Sequence[str]]]
"""Gives the apps that the manifest keeps on this machine."""


@dataclass(frozen=True, slots=True)
class AppHere:
    """One app as it is on this machine."""

    app: App
    installed: Installed
    services: tuple[Service, ...]
    kept: bool
    release: Release | None
    """The newest one of its channel; None when that could not be asked."""

    @property
    def version(self) -> str:
        """Of the installed build: as its receipt says, else as its services tell."""
        told = next((service.version for service in self.services if service.version), "")
        return self.installed.version or told

    @property
    def channel(self) -> str:
        """Of the installed build; empty when unknown."""
        return self.installed.receipt.channel if self.installed.receipt else ""

    @property
    def available(self) -> str:
        """The newest version of its channel; empty when unknown."""
        return self.release.version if self.release else ""

    @property
    def has_update(self) -> bool:
        """Whether a newer version is on offer than the installed one."""
        return bool(self.installed.present) and is_newer(self.available, self.version)

    def as_entry(self) -> CatalogApp:
        """Return it as it is shown."""
        app, installed = self.app, self.installed
        return CatalogApp(
            name=app.name,
            title=app.title,
            description=app.description,
            category=app.category,
            services=tuple(service.name for service in self.services),
            installed=installed.is_whole,
            missing=installed.missing,
            enabled=self.kept,
            always_on=app.always_on,
            version=self.version,
            channel=self.channel,
            available=self.available,
            update=self.has_update,
            notes=self.release.notes if self.release else "",
            uses_keys=app.uses_keys,
            sentence=self._sentence(),
        )

    def _sentence(self) -> str:
        if self.installed.missing:
            return f"{', '.join(self.installed.missing)} is missing. Install the app anew."
        if not self.installed.present:
            return "Runs here, but `lab` did not install it." if self.services else "Not installed."
        if self.has_update:
            return f"Version {self.available} is on offer."
        if not self.available:
            return "Whether there is a newer version could not be asked."
        return "Nothing newer is on offer."


class Apps:
    """Finds out how the apps of one machine stand."""

    def __init__(self, *, shelf: Shelf, store: Store, releases: Releases, kept: Kept) -> None:
        self._shelf = shelf
        self._store = store
        self._releases = releases
        self._kept = kept

    async def standings(self, apps: Sequence[App] = CATALOG) -> tuple[AppHere, ...]:
        """Return how each app stands, in the given order; raises what the manifest raises."""
        installed = await asyncio.to_thread(lambda: [self._shelf.look(app) for app in apps])
        channels = [one.receipt.channel if one.receipt else "" for one in installed]
        releases = await self._releases.newest(list(zip(apps, channels, strict=True)))
        services = (await self._store.fresh()).services
        kept = frozenset(await self._kept())
        return tuple(
            AppHere(
                app,
                one,
                tuple(service for service in services if app.owns(service.name)),
                app.name in kept or app.always_on,
                releases.get(app.name),
            )
            for app, one in zip(apps, installed, strict=True)
        )

    async def kept(self) -> Sequence[str]:
        """Return the apps that the manifest keeps on this machine."""
        return await self._kept()

    @property
    def trouble(self) -> str:
        """Why newer versions could not be asked for; empty when they could."""
        return self._releases.trouble
