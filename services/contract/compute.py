"""Virtual machines as hero_compute knows them; a machine without hero_compute is normal."""

from enum import StrEnum
from typing import Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import OptionalSecret, Params


class VmState(StrEnum):
    """What a virtual machine is doing."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Vm(Frozen):
    """One virtual machine."""

    sid: str
    name: str = ""
    state: VmState = VmState.UNKNOWN
    raw_state: str = ""
    """hero_compute's own word."""
    hypervisor_id: str = ""
    mycelium_address: str = ""
    cpu_count: int | None = None
    console: str = ""
    """Identifier to open a console with; empty when there is none."""
    sentence: str = ""
    """Whether a console can be opened, and if not, why."""


class VmList(Frozen):
    """The virtual machines that can be seen."""

    vms: tuple[Vm, ...] = ()
    present: bool = False
    """Whether there is a hero_compute at all."""
    sentence: str = ""


class ListVms(Params):
    """Which virtual machines to list."""

    secret: OptionalSecret = Field(None, description="Opens machines that are protected by it.")


class OneVm(Params):
    """One virtual machine."""

    sid: str = Field(min_length=1, max_length=100, description="Its identifier.")
    secret: OptionalSecret = Field(None, description="The machine's secret, if it has one.")


LIST_VMS: Final = Operation(
    name="cockpit.list_vms",
    summary="List the virtual machines of this host",
    params=ListVms,
    result=VmList,
    right=Right.WRITE,
    command=("vms", "list"),
)
GET_VM: Final = Operation(
    name="cockpit.get_vm",
    summary="Show one virtual machine and where its console is",
    params=OneVm,
    result=Vm,
    right=Right.WRITE,
    example={"sid": "vm0001"},
    command=("vms", "show"),
)
