"""Exports: making, listing, moving, restoring them, and what would be lost without one."""

from services.archive_folder import ExportFolder
from services.claims import Identity, Right, current_identity, require
from services.contract.archive import (
    Chunk,
    ExportHome,
    ExportList,
    Loss,
    OneExport,
    Part,
    ReadExport,
    RestoreExport,
    WriteExport,
)
from services.contract.job import Job
from services.errors import NotAllowed
from services.export import ExportWork
from services.jobs import Jobs
from services.loss import Losses
from services.models import Accepted
from services.params import NoParams
from services.restore_work import RestoreWork


class ArchiveHandler:
    """The operations on exports."""

    def __init__(
        self,
        jobs: Jobs,
        folder: ExportFolder,
        losses: Losses,
        *,
        export: ExportWork,
        restore: RestoreWork,
    ) -> None:
        self._jobs = jobs
        self._folder = folder
        self._losses = losses
        self._export = export
        self._restore = restore

    async def export_home(self, params: ExportHome) -> Job:
        if params.passphrase is not None:
            _refuse_impersonator(current_identity(), "take the values of keys home")
        return await self._export.begin(self._jobs, params.passphrase)

    async def list_exports(self, params: NoParams) -> ExportList:
        return await self._folder.list()

    async def read_export(self, params: ReadExport) -> Chunk:
        return await self._folder.chunk(params)

    async def write_export(self, params: WriteExport) -> Chunk:
        return await self._folder.write(params)

    async def delete_export(self, params: OneExport) -> Accepted:
        await self._folder.delete(params.name)
        return Accepted()

    async def restore_export(self, params: RestoreExport) -> Job:
        """Restore; the settings decide who may do what, so only an admin puts them back."""
        identity = current_identity()
        if params.passphrase is not None and not params.trial:
            _refuse_impersonator(identity, "put keys back")
        without: tuple[Part, ...] = ()
        if not params.trial and not identity.may(Right.ADMIN):
            if Part.SETTINGS in params.parts:
                require(Right.ADMIN, "Restoring the settings")
            without = (Part.SETTINGS,)
        return await self._restore.begin(
            self._jobs,
            params.name,
            parts=params.parts,
            without=without,
            passphrase=params.passphrase,
            trial=params.trial,
        )

    async def measure_loss(self, params: NoParams) -> Loss:
        return await self._losses.measure()


def _refuse_impersonator(identity: Identity, what: str) -> None:
    if identity.impersonator:
        raise NotAllowed(
            f"{identity.impersonator} acts in the name of {identity.name} and may not {what}. "
            "Only the owner may."
        )
