"""The manifest: which apps this machine keeps, as the deployer wrote it and the owner edits it."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import NoParams, Params, ServiceName


class Profile(StrEnum):
    """A named choice of apps."""

    DEMO = "demo"
    LIGHTWEIGHT = "lightweight"
    BOOKS = "books"
    CUSTOM = "custom"


class ManifestProblem(Frozen):
    """Why the manifest's file cannot be used."""

    sentence: str
    line: int | None = None
    column: int | None = None
    excerpt: str = ""
    """The line that the problem is in."""


class Manifest(Frozen):
    """Which apps this machine keeps."""

    path: str
    exists: bool = True
    profile: Profile = Profile.DEMO
    owner: str = ""
    """User name of the machine's owner; empty when the file does not name one."""
    always_on: tuple[str, ...] = ()
    enabled: tuple[str, ...] = ()
    """Apps that are kept besides those always on, in the order of the file."""
    digest: str = ""
    """SHA-256 of the file; give it back with an edit to be told when somebody else was faster."""
    problem: ManifestProblem | None = None
    """Set when the file cannot be read; the other fields are then those of the last good copy."""
    restorable: bool = False
    """Whether a last good copy is there."""


class EnabledApp(Frozen):
    """Whether an app is kept on this machine, after a change."""

    name: str
    enabled: bool
    sentence: str


class SetProfile(Params):
    """The profile to use from now on."""

    profile: Profile = Field(description="demo, lightweight, books or custom.")
    digest: str = Field(
        "", max_length=64, description="Digest of the manifest that the choice was made from."
    )


class EnableService(Params):
    """The app to keep, or not to keep, on this machine."""

    name: ServiceName = Field(description="Name of an app or of one of its services.")


GET_MANIFEST: Final = Operation(
    name="cockpit.get_manifest",
    summary="Show which apps this machine keeps",
    params=NoParams,
    result=Manifest,
    right=Right.WRITE,
    command=("manifest", "show"),
)
SET_PROFILE: Final = Operation(
    name="cockpit.set_profile",
    summary="Choose a profile of apps; nothing is removed from the machine",
    params=SetProfile,
    result=Manifest,
    right=Right.WRITE,
    example={"profile": "lightweight"},
    command=("manifest", "profile"),
    changes=True,
    target="profile",
)
RESTORE_MANIFEST: Final = Operation(
    name="cockpit.restore_manifest",
    summary="Put the last good copy of the manifest back; the unusable file is kept aside",
    params=NoParams,
    result=Manifest,
    right=Right.WRITE,
    command=("manifest", "restore"),
    changes=True,
)
ENABLE_SERVICE: Final = Operation(
    name="cockpit.enable_service",
    summary="Keep an app on this machine: it is started with it and upgraded",
    params=EnableService,
    result=EnabledApp,
    right=Right.WRITE,
    example={"name": "hero_books"},
    command=("services", "enable"),
    changes=True,
    target="name",
)
DISABLE_SERVICE: Final = Operation(
    name="cockpit.disable_service",
    summary="Keep an app no longer: it is neither started with the machine nor upgraded",
    params=EnableService,
    result=EnabledApp,
    right=Right.WRITE,
    example={"name": "hero_books"},
    command=("services", "disable"),
    changes=True,
    target="name",
)
