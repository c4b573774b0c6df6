"""The registry: every operation there is, the one list that all faces are made from."""

from collections.abc import Mapping
from typing import Any, Final

from services.api import Operation
from services.contract import console, machine, service

OPERATIONS: Final[Mapping[str, Operation[Any, Any]]] = {
    operation.name: operation
    for operation in (
        service.LIST_SERVICES,
        service.GET_SERVICE,
        service.START_SERVICE,
        service.STOP_SERVICE,
        service.RESTART_SERVICE,
        service.WATCH,
        machine.SYSTEM_INFO,
        machine.WHOAMI,
        console.LIST_CONSOLES,
        console.OPEN_CONSOLE,
        console.READ_CONSOLE,
        console.WRITE_CONSOLE,
        console.RESIZE_CONSOLE,
        console.CLOSE_CONSOLE,
    )
}
"""By full name, in the order in which people meet them."""
