"""The manifest: looking, choosing a profile, keeping apps, putting the good copy back."""

from services.contract.manifest import EnabledApp, EnableService, Manifest, SetProfile
from services.manifest.file import ManifestFile
from services.manifest.keeping import Keeping
from services.params import NoParams


class ManifestHandler:
    """The operations on what this machine keeps."""

    def __init__(self, manifest: ManifestFile, keeping: Keeping) -> None:
        self._manifest = manifest
        self._keeping = keeping

    async def get_manifest(self, params: NoParams) -> Manifest:
        return await self._manifest.read()

    async def set_profile(self, params: SetProfile) -> Manifest:
        return await self._manifest.choose(params.profile, digest=params.digest)

    async def restore_manifest(self, params: NoParams) -> Manifest:
        return await self._manifest.restore()

    async def enable_service(self, params: EnableService) -> EnabledApp:
        return await self._keeping.set(params.name, kept=True)

    async def disable_service(self, params: EnableService) -> EnabledApp:
        return await self._keeping.set(params.name, kept=False)
