"""Taking the machine's own data home: export, its proof by a trial restore, and the restore."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.contract.job import Job
from services.models import Accepted, Frozen
from services.params import NoParams, OptionalSecret, Params

MAX_CHUNK_BYTES = 512 * 1024

EXPORT_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,95}\.tar$"

ExportName = Annotated[str, Field(pattern=EXPORT_NAME)]


class Part(StrEnum):
    """A part of an export."""

    SETTINGS = "settings"
    MANIFEST = "manifest"
    KEYS = "keys"
    SHARES = "shares"
    AUDIT = "audit"


class Export(Frozen):
    """One export that lies on this machine."""

    name: str
    at: datetime
    size_bytes: int
    sha256: str
    holds_values: bool = False
    """Whether values of keys are in it, under a passphrase."""
    proven: bool = False
    """Whether a trial restore into a scratch home gave the same again."""
    sentence: str = ""


class ExportList(Frozen):
    """The exports on this machine, the newest first."""

    exports: tuple[Export, ...] = ()


class Chunk(Frozen):
    """A piece of an export's file."""

    data_base64: str
    next_offset: int
    total_bytes: int


class Loss(Frozen):
    """What would be lost if this machine vanished now."""

    sentence: str
    since: datetime | None = None
    """When the last proven export that was taken home was made; None when there is none."""
    changed_keys: int = 0
    """Keys whose values no proven export holds that was taken home."""
    changed_parts: tuple[Part, ...] = ()
    audit_lines: int = 0
    apps_bytes: int = 0
    """Size of the apps' own data below the Hero home, which an export does not hold."""


class ExportHome(Params):
    """Whether the values of keys go into an export, and under which passphrase."""

    passphrase: OptionalSecret = Field(
        None, description="Encrypts the values of keys; without it only their names are exported."
    )

    @property
    def content(self) -> str:
        """Whether values of keys are taken, as the audit says it."""
        return "without values" if self.passphrase is None else "with values"


class OneExport(Params):
    """One export by its file name."""

    name: ExportName = Field(description="File name from the list of exports.")


class ReadExport(OneExport):
    """Which piece of an export's file to read."""

    offset: int = Field(0, ge=0, description="Where to begin, in bytes.")
    limit: int = Field(MAX_CHUNK_BYTES, ge=1, le=MAX_CHUNK_BYTES, description="At most so many.")


class WriteExport(OneExport):
    """A piece of a file to put among the exports, in order from the beginning."""

    offset: int = Field(ge=0, description="Where the piece begins; what is there already.")
    data_base64: str = Field(max_length=2 * MAX_CHUNK_BYTES, description="The piece in Base64.")
    last: bool = Field(False, description="True with the last piece: the file is checked.")
    sha256: str = Field(
        "", max_length=64, description="Checksum of the whole file, compared at the last piece."
    )


class RestoreExport(OneExport):
    """Which export to restore, and which parts of it."""

    passphrase: OptionalSecret = Field(None, description="Opens the values of keys.")
    parts: tuple[Part, ...] = Field((), description="All parts without any named.")
    trial: bool = Field(False, description="Restore into a scratch home and compare, no more.")


EXPORT_HOME: Final = Operation(
    name="cockpit.export_home",
    summary="Write settings, manifest, keys, shares and audit into one archive, and prove it",
    params=ExportHome,
    result=Job,
    right=Right.WRITE,
    command=("export", "create"),
    changes=True,
    starts_job=True,
    target="content",
)
LIST_EXPORTS: Final = Operation(
    name="cockpit.list_exports",
    summary="List the exports on this machine",
    params=NoParams,
    result=ExportList,
    right=Right.WRITE,
    command=("export", "list"),
)
READ_EXPORT: Final = Operation(
    name="cockpit.read_export",
    summary="Read a piece of an export's file, to take it home",
    params=ReadExport,
    result=Chunk,
    right=Right.WRITE,
    example={"name": "hero-2026-11-20.tar", "offset": 0},
    command=("export", "read"),
    audited=lambda params: params.offset == 0,  # no other piece is given before the first
    target="name",
)
WRITE_EXPORT: Final = Operation(
    name="cockpit.write_export",
    summary="Put a piece of an export's file onto this machine, to restore it",
    params=WriteExport,
    result=Chunk,
    right=Right.WRITE,
    example={"name": "hero-2026-11-20.tar", "offset": 0, "data_base64": "", "last": True},
    command=("export", "write"),
    changes=True,
    audited=lambda params: params.last,  # before its last piece nothing of it can be used
    target="name",
)
DELETE_EXPORT: Final = Operation(
    name="cockpit.delete_export",
    summary="Delete an export from this machine",
    params=OneExport,
    result=Accepted,
    right=Right.WRITE,
    example={"name": "hero-2026-11-20.tar"},
    command=("export", "delete"),
    changes=True,
    target="name",
)
RESTORE_EXPORT: Final = Operation(
    name="cockpit.restore_export",
    summary="Restore an export here, or try it in a scratch home",
    params=RestoreExport,
    result=Job,
    right=Right.WRITE,
    example={"name": "hero-2026-11-20.tar", "trial": True},
    command=("export", "restore"),
    changes=True,
    starts_job=True,
    target="name",
)
MEASURE_LOSS: Final = Operation(
    name="cockpit.measure_loss",
    summary="Tell what would be lost if this machine vanished now",
    params=NoParams,
    result=Loss,
    right=Right.WRITE,
    command=("export", "loss"),
)
