"""The registry: everything a user can do, declared once.

From it come the JSON-RPC methods and their OpenRPC document, the command line, the commands shown
beside buttons and a page of the manual. There is no second list.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel

from services.claims import Right

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Operation(Generic[P, R]):
    """One thing that can be done, on every face."""

    name: str
    """Full name: `cockpit.` and a verb with its noun."""
    summary: str
    """One sentence, without a full stop."""
    params: type[P]
    result: type[R]
    right: Right
    example: Mapping[str, Any] = field(default_factory=dict)
    """Parameters of a typical call."""
    command: tuple[str, str] = ("", "")
    """Group and verb on the command line: `("services", "restart")`."""
    changes: bool = False
    """True when it changes the machine; such calls are never repeated by themselves."""
    audited: bool | Callable[[Any], bool] = True
    """Whether a change leaves an audit line; typing and resizing do not, opening a console does.

    A function of the parameters decides alone, also where nothing is changed: of the pieces of a
    file one leaves a line.
    """
    starts_job: bool = False
    """Whether the result is a `Job` that goes on after the answer."""
    target: str = ""
    """The parameter, or property of them, that says what is acted on: the audit line's target."""

    @property
    def short(self) -> str:
        """The name without `cockpit.`; the method of a handler that carries it out."""
        return self.name.removeprefix("cockpit.")

    def leaves_line(self, params: BaseModel) -> bool:
        """Tell whether a call with `params` leaves a line in the audit."""
        if callable(self.audited):
            return self.audited(params)
        return self.changes and self.audited


class Api(Protocol):
    """Whoever carries operations out: the cockpit itself, or one far away over RPC."""

    async def call(self, operation: Operation[P, R], params: P) -> R:
        """Carry `operation` out; raises one of the five kinds of `CockpitError`."""
