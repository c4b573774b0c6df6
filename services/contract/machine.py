"""The machine and the caller: versions, facts, health in one sentence, rights."""

from datetime import datetime
from typing import Final

from services.api import Operation
from services.claims import Right
from services.models import Frozen, Source, State
from services.params import NoParams


class Memory(Frozen):
    """Main memory of the VM, in bytes."""

    total_bytes: int
    available_bytes: int


class Disk(Frozen):
    """The file system that holds the Hero home, in bytes."""

    total_bytes: int
    free_bytes: int


class Component(Frozen):
    """One component of the machine and the build of it that is installed."""

    name: str
    version: str = ""
    channel: str = ""
    """Release channel of the build: `latest`, `latest-dev` or a version's own name."""
    build: str = ""
    """What the receipt says of the build, such as its number."""
    installed_at: datetime | None = None


class SystemInfo(Frozen):
    """The machine, its versions, and its health in one sentence."""

    version: str
    """Version of hero_cockpit."""
    python: str
    flet: str
    hostname: str
    os: str
    kernel: str
    cpu_count: int
    load: tuple[float, float, float]
    """Processes waiting for a CPU, mean over 1, 5 and 15 minutes."""
    memory: Memory | None = None
    disk: Disk | None = None
    uptime_s: int | None = None
    """Seconds since the machine started."""
    cockpit_uptime_s: int = 0
    home: str = ""
    """Root of the Hero directories; empty for guests."""
    mycelium_address: str | None = None
    health: str
    """One sentence: `All 14 services answer.`"""
    counts: dict[State, int]
    """Number of services per state; states without services are left out."""
    source: Source
    components: tuple[Component, ...] = ()
    """Apps of the catalog that are installed, and the cockpit itself."""
    profile: str = ""
    """Of the manifest; empty without one."""
    owner: str = ""
    problem: str = ""
    """What the cockpit itself suffers from, such as a full disk; empty when it is well."""


class Whoami(Frozen):
    """Who the caller is to this machine, and what they may do."""

    name: str
    user: str
    guest: bool
    rights: tuple[Right, ...]
    via: str
    """The socket or front that the caller came through."""
    impersonator: str = ""


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
