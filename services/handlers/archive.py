"""Exports: making, listing, moving, restoring them, and what would be lost without one."""

from collections.abc import Container

from services.archive.export import ExportWork
from services.archive.folder import ExportFolder
from services.archive.loss import Losses
from services.archive.restore_work import RestoreWork
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
from services.contract.audit import SEARCH_AUDIT
from services.contract.job import Job
from services.errors import Invalid, NotAllowed
from services.jobs.engine import Jobs
from services.models import Accepted
from services.params import NoParams


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
        owners: Container[str],
    ) -> None:
        """Let admins and `owners` take the values of keys home."""
        self._jobs = jobs
        self._folder = folder
        self._losses = losses
        self._export = export
        self._restore = restore
        self._owners = owners
        self._begun: set[tuple[str, str]] = set()
        """Who has read the first piece of which file, so that a line of the audit tells it."""

    async def export_home(self, params: ExportHome) -> Job:
        identity = current_identity()
        if params.passphrase is not None:
            self._refuse_values(identity)
        audit = identity.may(SEARCH_AUDIT.right)
        return await self._export.begin(self._jobs, params.passphrase, audit=audit)

    async def list_exports(self, params: NoParams) -> ExportList:
        return await self._folder.list()

    async def read_export(self, params: ReadExport) -> Chunk:
        """Read a piece; what an admin or an owner exported is not for everybody who may write."""
        identity = current_identity()
        held = await self._folder.guarded(params.name)
        if held.values:
            self._refuse_values(identity)
        if held.audit:
            require(SEARCH_AUDIT.right, "Taking an export with the audit home")
        reading = (identity.user, held.sha256)
        if params.offset == 0:
            self._begun.add(reading)
        elif reading not in self._begun:
            raise Invalid("Read the export's first piece first: that leaves a line in the audit.")
        return await self._folder.chunk(params)

    async def write_export(self, params: WriteExport) -> Chunk:
        return await self._folder.write(params)

    async def delete_export(self, params: OneExport) -> Accepted:
        await self._folder.delete(params.name)
        return Accepted()

    async def restore_export(self, params: RestoreExport) -> Job:
        """Restore; the settings decide who may do what, so only an admin puts them back."""
        identity = current_identity()
        admin = identity.may(Right.ADMIN)
        without: tuple[Part, ...] = ()
        if not params.trial:
            _refuse_impersonator(identity, "restore an export")
            if not admin:
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
            new_owner=admin,
        )

    async def measure_loss(self, params: NoParams) -> Loss:
        return await self._losses.measure()

    def _refuse_values(self, identity: Identity) -> None:
        """Raise NotAllowed for whoever may not take the values of keys home."""
        _refuse_impersonator(identity, "take the values of keys home")
        if not identity.may(Right.ADMIN) and identity.user not in self._owners:
            raise NotAllowed(
                "Only an admin or the owner of this machine takes the values of keys home; "
                f"{identity.name} is neither. Without a passphrase an export holds their names."
            )


def _refuse_impersonator(identity: Identity, what: str) -> None:
    if identity.impersonator:
        raise NotAllowed(
            f"{identity.impersonator} acts in the name of {identity.name} and may not {what}. "
            "Only the owner may."
        )
