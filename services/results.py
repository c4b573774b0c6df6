"""What the operations answer, beside the values of `services.models`."""

from datetime import datetime

from services.claims import Right
from services.models import Frozen, Service, Source, State
from terminal.console import ConsoleState


class ServiceList(Frozen):
    """The services that were asked for, and how trustworthy the list is."""

    services: tuple[Service, ...] = ()
    source: Source = Source()
    revision: int = 0
    at: datetime | None = None
    """When hero_proc last answered, UTC."""


class Memory(Frozen):
    """Main memory of the VM, in bytes."""

    total_bytes: int
    available_bytes: int


class Disk(Frozen):
    """The file system that holds the Hero home, in bytes."""

    total_bytes: int
    free_bytes: int


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


class Whoami(Frozen):
    """Who the caller is to this machine, and what they may do."""

    name: str
    user: str
    guest: bool
    rights: tuple[Right, ...]
    via: str
    """The socket or front that the caller came through."""
    impersonator: str = ""


class ConsoleSummary(Frozen):
    """One console that lives in the server."""

    name: str
    vm: str
    """Identifier of the VM that it leads to."""
    state: ConsoleState
    reason: str = ""
    """Why it is closed, or what the connecting waits for; empty while open."""
    title: str = ""
    rows: int
    columns: int
    resizes: bool = False
    """Whether the far end follows the size; a vsock bridge does not."""
    readers: int = 0
    """How many are waiting for its next change now."""
    ends_at: datetime | None = None
    """When it ends if nobody looks at it, UTC; None while somebody does."""
    revision: int = 0


class ConsoleList(Frozen):
    """Open consoles, and the VMs that one can be opened to."""

    consoles: tuple[ConsoleSummary, ...] = ()
    vms: tuple[str, ...] = ()
    limit: int = 8


class CursorPlace(Frozen):
    """Where the cursor is; rows and columns count from 0 at the top left."""

    row: int
    column: int
    visible: bool


class ConsoleScreen(ConsoleSummary):
    """A console's screen at one revision."""

    text: tuple[str, ...]
    """The visible rows from the top, without blanks at their ends."""
    ansi: str
    """Escape sequences that paint this screen in a terminal of the same size."""
    cursor: CursorPlace


class Accepted(Frozen):
    """An answer that says no more than that it was done."""

    ok: bool = True
