"""Apps: what can be installed, what is, what an upgrade would change, and the upgrade itself."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.contract.job import Job
from services.models import Frozen
from services.params import Params, ServiceName


class CatalogApp(Frozen):
    """One app of the catalog: the unit of install; its services are the units of display."""

    name: str
    title: str
    description: str = ""
    category: str = ""
    services: tuple[str, ...] = ()
    """The services that hero_proc runs for it."""
    installed: bool = False
    """Whether all of its parts are here."""
    missing: tuple[str, ...] = ()
    """Parts that are not here although others are."""
    enabled: bool = False
    """Whether the manifest keeps it on this machine."""
    always_on: bool = False
    version: str = ""
    """Of the installed build; empty when unknown."""
    channel: str = ""
    available: str = ""
    """Version of the newest release of its channel; empty when that could not be asked."""
    update: bool = False
    notes: str = ""
    """What the newest release says of itself."""
    uses_keys: tuple[str, ...] = ()
    sentence: str = ""


class Catalog(Frozen):
    """The apps of the catalog."""

    apps: tuple[CatalogApp, ...] = ()
    sentence: str = ""
    """What could not be found out, if anything."""


class Check(Frozen):
    """One thing looked at before an upgrade starts."""

    name: str
    """`disk`, `supervisor`, `network`, `other job`."""
    ok: bool | None = None
    """None when it could not be found out."""
    says: str = ""


class Will(StrEnum):
    """What an upgrade would do with an app."""

    UPGRADE = "upgrade"
    REINSTALL = "reinstall"
    SKIP = "skip"


class PlannedItem(Frozen):
    """What an upgrade would do with one app."""

    app: str
    services: tuple[str, ...] = ()
    will: Will
    version: str = ""
    available: str = ""
    notes: str = ""
    sentence: str = ""


class UpgradePlan(Frozen):
    """What an upgrade would change, and whether it may start."""

    checks: tuple[Check, ...] = ()
    items: tuple[PlannedItem, ...] = ()
    """In the order in which they would be done; the cockpit itself is last."""
    may_start: bool = False
    sentence: str = ""


class ListCatalog(Params):
    """Which apps of the catalog to list."""

    filter: str = Field("", max_length=200, description="Part of a name, title or description.")
    installed: bool | None = Field(None, description="Only those that are installed, or are not.")


class OneApp(Params):
    """One app by its exact name in the catalog."""

    name: ServiceName = Field(description="Exact name in the catalog, such as hero_books.")


class Upgrade(Params):
    """Which apps to upgrade."""

    apps: tuple[ServiceName, ...] = Field(
        (), max_length=200, description="Names from the catalog; all enabled apps without any."
    )
    reinstall: bool = Field(
        False, description="Build anew even where the newest version is installed."
    )


LIST_CATALOG: Final = Operation(
    name="cockpit.list_catalog",
    summary="List the apps that can be installed, and what is installed of each",
    params=ListCatalog,
    result=Catalog,
    right=Right.READ,
    example={"installed": False},
    command=("apps", "list"),
)
INSTALL_SERVICE: Final = Operation(
    name="cockpit.install_service",
    summary="Install an app with all of its parts and start it",
    params=OneApp,
    result=Job,
    right=Right.WRITE,
    example={"name": "hero_books"},
    command=("apps", "install"),
    changes=True,
    starts_job=True,
    target="name",
)
PLAN_UPGRADE: Final = Operation(
    name="cockpit.plan_upgrade",
    summary="Show what an upgrade would change and whether it may start",
    params=Upgrade,
    result=UpgradePlan,
    right=Right.WRITE,
    example={"apps": ["hero_books"]},
    command=("upgrade", "plan"),
)
UPGRADE: Final = Operation(
    name="cockpit.upgrade",
    summary="Upgrade the enabled apps one after the other; what fails is put back",
    params=Upgrade,
    result=Job,
    right=Right.WRITE,
    example={"apps": ["hero_books"]},
    command=("upgrade", "start"),
    changes=True,
    starts_job=True,
    target="apps",
)
