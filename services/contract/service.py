"""Services: see what runs, start, stop and restart it."""

from datetime import datetime
from typing import Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen, Service, Snapshot, Source, State
from services.params import Params, ServiceName, WaitSeconds


class ListServices(Params):
    """Which services to list; all of them without a filter."""

    filter: str = Field("", max_length=200, description="Part of a name, title or description.")
    state: State | None = Field(None, description="Only services in this state.")


class OneService(Params):
    """One service by its exact name."""

    name: ServiceName = Field(description="Exact name, such as hero_books.")


class ChangeService(OneService):
    """One service to start, stop or restart."""

    wait: bool = Field(True, description="Answer only when the end is seen, at most 15 s later.")


class Watch(Params):
    """The revision that the caller already has."""

    since: int = Field(0, ge=0, description="Answer once the revision is greater than this one.")
    timeout_s: WaitSeconds = Field(
        25.0, description="Answer after this many seconds at the latest."
    )


class ServiceList(Frozen):
    """The services that were asked for, and how trustworthy the list is."""

    services: tuple[Service, ...] = ()
    source: Source = Source()
    revision: int = 0
    at: datetime | None = None
    """When hero_proc last answered, UTC."""


LIST_SERVICES: Final = Operation(
    name="cockpit.list_services",
    summary="List the services of this machine with the facts behind each state",
    params=ListServices,
    result=ServiceList,
    right=Right.READ,
    example={"state": "degraded"},
    command=("services", "list"),
)
GET_SERVICE: Final = Operation(
    name="cockpit.get_service",
    summary="Show one service",
    params=OneService,
    result=Service,
    right=Right.READ,
    example={"name": "hero_books"},
    command=("services", "show"),
)
START_SERVICE: Final = Operation(
    name="cockpit.start_service",
    summary="Start a service and wait until it runs",
    params=ChangeService,
    result=Service,
    right=Right.WRITE,
    example={"name": "hero_books"},
    command=("services", "start"),
    changes=True,
    target="name",
)
STOP_SERVICE: Final = Operation(
    name="cockpit.stop_service",
    summary="Stop a service and wait until it has ended",
    params=ChangeService,
    result=Service,
    right=Right.WRITE,
    example={"name": "hero_books"},
    command=("services", "stop"),
    changes=True,
    target="name",
)
RESTART_SERVICE: Final = Operation(
    name="cockpit.restart_service",
    summary="Restart a service and wait until another process runs",
    params=ChangeService,
    result=Service,
    right=Right.WRITE,
    example={"name": "hero_books"},
    command=("services", "restart"),
    changes=True,
    target="name",
)
WATCH: Final = Operation(
    name="cockpit.watch",
    summary="Wait for the next change of anything shown",
    params=Watch,
    result=Snapshot,
    right=Right.READ,
    example={"since": 41, "timeout_s": 25},
    command=("services", "watch"),
)
