"""Everything a user can do, as constants: the one list that all faces are made from."""

from collections.abc import Mapping
from typing import Any, Final

from services.api import Operation
from services.claims import Right
from services.models import Service, Snapshot
from services.params import (
    ChangeService,
    ListServices,
    NoParams,
    OneConsole,
    OneService,
    OpenConsole,
    ReadConsole,
    ResizeConsole,
    Watch,
    WriteConsole,
)
from services.results import (
    Accepted,
    ConsoleList,
    ConsoleScreen,
    ConsoleSummary,
    ServiceList,
    SystemInfo,
    Whoami,
)

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
SYSTEM_INFO: Final = Operation(
    name="cockpit.system_info",
    summary="Show the machine, its versions and its health in one sentence",
    params=NoParams,
    result=SystemInfo,
    right=Right.READ,
    command=("system", "info"),
)
WHOAMI: Final = Operation(
    name="cockpit.whoami",
    summary="Show who you are to this machine and what you may do",
    params=NoParams,
    result=Whoami,
    right=Right.READ,
    command=("system", "whoami"),
)
LIST_CONSOLES: Final = Operation(
    name="cockpit.list_consoles",
    summary="List the open consoles and the VMs that one can be opened to",
    params=NoParams,
    result=ConsoleList,
    right=Right.WRITE,
    command=("consoles", "list"),
)
OPEN_CONSOLE: Final = Operation(
    name="cockpit.open_console",
    summary="Open a console, or return the open one of that name",
    params=OpenConsole,
    result=ConsoleSummary,
    right=Right.WRITE,
    example={"name": "main"},
    command=("consoles", "open"),
    changes=True,
)
READ_CONSOLE: Final = Operation(
    name="cockpit.read_console",
    summary="Read the screen of a console, at once or after its next change",
    params=ReadConsole,
    result=ConsoleScreen,
    right=Right.WRITE,
    example={"console": "main"},
    command=("consoles", "read"),
)
WRITE_CONSOLE: Final = Operation(
    name="cockpit.write_console",
    summary="Type text or bytes into a console",
    params=WriteConsole,
    result=Accepted,
    right=Right.WRITE,
    example={"console": "main", "text": "uptime\n"},
    command=("consoles", "write"),
    changes=True,
)
RESIZE_CONSOLE: Final = Operation(
    name="cockpit.resize_console",
    summary="Give a console another size",
    params=ResizeConsole,
    result=ConsoleSummary,
    right=Right.WRITE,
    example={"console": "main", "rows": 40, "columns": 120},
    command=("consoles", "resize"),
    changes=True,
)
CLOSE_CONSOLE: Final = Operation(
    name="cockpit.close_console",
    summary="Close a console and end what runs in it",
    params=OneConsole,
    result=Accepted,
    right=Right.WRITE,
    example={"console": "main"},
    command=("consoles", "close"),
    changes=True,
)

OPERATIONS: Final[Mapping[str, Operation[Any, Any]]] = {
    operation.name: operation
    for operation in (
        LIST_SERVICES,
        GET_SERVICE,
        START_SERVICE,
        STOP_SERVICE,
        RESTART_SERVICE,
        WATCH,
        SYSTEM_INFO,
        WHOAMI,
        LIST_CONSOLES,
        OPEN_CONSOLE,
        READ_CONSOLE,
        WRITE_CONSOLE,
        RESIZE_CONSOLE,
        CLOSE_CONSOLE,
    )
}
"""By full name, in the order in which people meet them."""
