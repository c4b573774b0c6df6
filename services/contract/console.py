"""Consoles: open one, read its screen, type into it."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Accepted, Frozen
from services.params import NoParams, Params, WaitSeconds
from terminal.console import ConsoleState

MAX_WRITE_CHARS = 64 * 1024
MAX_WRITE_BYTES = 256 * 1024
"""Longest piece that is typed at once: that many characters of any language."""
FIRST_NAME = "main"
"""The console that is meant where none is named."""

ConsoleName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_.-]{0,31}$")]


class OpenConsole(Params):
    """Which console to open, and where it leads."""

    name: ConsoleName | None = Field(
        None, description="Its name; `main` without one, or made from the VM's when that is given."
    )
    vm: str | None = Field(
        None, max_length=64, description="Identifier of the VM; not needed when there is only one."
    )


class OneConsole(Params):
    """One open console by its name."""

    console: ConsoleName = Field(description="Name of an open console.")


class ReadConsole(OneConsole):
    """One console, and what the caller has seen of it."""

    since: int | None = Field(
        None, ge=0, description="Wait until the revision is greater; answer at once without it."
    )
    timeout_s: WaitSeconds = Field(25.0, description="Longest wait in seconds.")


class WriteConsole(OneConsole):
    """What to type into a console: either text or bytes."""

    text: str | None = Field(None, max_length=MAX_WRITE_CHARS, description="Sent as UTF-8.")
    data_base64: str | None = Field(
        None, max_length=2 * MAX_WRITE_CHARS, description="Bytes in Base64, sent as they are."
    )


class ResizeConsole(OneConsole):
    """A console and its new size."""

    rows: int = Field(ge=2, le=500, description="Height in rows.")
    columns: int = Field(ge=2, le=1000, description="Width in columns.")


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


class OpenedConsole(ConsoleSummary):
    """A console that was asked for, and whether it is the one of before."""

    created: bool = False
    """Whether it was made by this call: nothing that ran in an earlier one is in it."""


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
    result=OpenedConsole,
    right=Right.WRITE,
    example={"name": "main"},
    command=("consoles", "open"),
    changes=True,
    target="name",
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
    audited=False,
    target="console",
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
    audited=False,
    target="console",
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
    target="console",
)
