"""Keeps an app on this machine, or no longer: in the manifest, and told to hero_proc.

Neither starts nor stops anything, and removes nothing.
"""

from collections.abc import Collection, Sequence

from services.contract.manifest import EnabledApp, Manifest
from services.errors import CockpitError, NotFound, Refused
from services.hero.proc import ProcClient
from services.hero.socket_names import split_name
from services.manifest.file import ManifestFile
from services.models import Service
from services.params import did_you_mean
from services.state.store import Store

_MEANS = {
    True: "it is started with the machine and upgraded.",
    False: "it is neither started with the machine nor upgraded. What runs goes on running.",
}


class Keeping:
    """Which apps this machine keeps, as one choice of its owner."""

    def __init__(
        self, manifest: ManifestFile, proc: ProcClient, store: Store, *, known: Collection[str]
    ) -> None:
        """Choose among the apps of `known`, the manifest and hero_proc's list."""
        self._manifest = manifest
        self._proc = proc
        self._store = store
        self._known = store.defaults.protected.union(known)

    async def set(self, name: str, *, kept: bool) -> EnabledApp:
        """Keep the app `name`, or the app that the service `name` belongs to; or keep it no longer.

        Raises NotFound for a name that nobody knows and Refused for an app that is always on.
        """
        manifest = await self._manifest.read()
        services = (await self._store.fresh()).services
        app = self._app(name, manifest, services)
        self._permit(app, manifest, kept=kept)
        before = app in (*manifest.always_on, *manifest.enabled)
        await self._manifest.keep(app, kept=kept)
        told = await self._tell([s.name for s in services if s.app == app], kept=kept)
        return EnabledApp(name=app, enabled=kept, sentence=_sentence(app, before, kept, told))

    def _app(self, name: str, manifest: Manifest, services: Sequence[Service]) -> str:
        apps = self._known.union(manifest.always_on, manifest.enabled, (s.app for s in services))
        if name in apps:
            return name
        app = next((s.app for s in services if s.name == name), split_name(name)[0])
        if app in apps:
            return app
        raise NotFound(f"There is no app {name!r} here.{did_you_mean(name, sorted(apps))}")

    def _permit(self, app: str, manifest: Manifest, *, kept: bool) -> None:
        always = app in manifest.always_on or app in self._store.defaults.protected
        if always and not kept:
            raise Refused(f"{app} is always on: this machine cannot do without it.")

    async def _tell(self, services: Sequence[str], *, kept: bool) -> str:
        """Tell hero_proc of each service; return a sentence on how that went."""
        say = self._proc.enable if kept else self._proc.disable
        try:
            understood = [await say(service) for service in services]
        except CockpitError as error:
            return f"hero_proc could not be told: {error.message}"
        if not understood:
            return "hero_proc does not list it yet."
        if all(understood):
            return "hero_proc was told."
        return "This hero_proc takes no such order; the manifest is what counts."


def _sentence(app: str, before: bool, kept: bool, told: str) -> str:
    if kept:
        verb = (
            "is kept on this machine already" if before else "is kept on this machine from now on"
        )
    else:
        verb = "is no longer kept on this machine" if before else "was not kept on this machine"
    return f"{app} {verb}: {_MEANS[kept]} {told}"
