"""Who is asking, as the trusted front says, and what that permits.

Identity belongs to a connection, never to a page: it is a context variable that the web host and
the RPC server set for each connection and that the operations read at the moment of the action.
"""

from collections.abc import Container, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum

from services.errors import NotAllowed


class Right(StrEnum):
    """What an operation asks of its caller; each right includes those before it."""

    READ = "read"
    WRITE = "write"
    ADMIN = "admin"


_ORDER = tuple(Right)


@dataclass(frozen=True, slots=True)
class Identity:
    """One caller, as vouched for by the front of the socket that the call came through."""

    user: str = ""
    """Name of the user; empty for a guest."""
    context: int | None = None
    """hero_proxy's context number; None when the header is missing, which is not context 0."""
    claims: frozenset[str] = frozenset()
    impersonator: str = ""
    """The operator who acts in this user's name; empty normally."""
    via: str = "none"
    """The socket: `rpc`, `web`, `admin`; `forwarded` for what reached `rpc` through others."""
    right: Right = Right.READ
    """The strongest right that the claims give; worked out once by a `RightsTable`."""

    @property
    def is_guest(self) -> bool:
        """True when nobody signed in."""
        return not self.user

    @property
    def name(self) -> str:
        """The name shown to people."""
        return self.user or "guest"

    def may(self, right: Right) -> bool:
        """Tell whether this caller holds `right`."""
        return _ORDER.index(self.right) >= _ORDER.index(right)


GUEST = Identity()
"""What a caller is until a trusted front says otherwise."""


@dataclass(frozen=True, slots=True)
class RightsTable:
    """Which claims give which right; `cockpit.toml` can override it."""

    write: frozenset[str] = frozenset({"groups.admin", "cockpit.admin", "cockpit.write"})
    admin: frozenset[str] = frozenset({"groups.admin", "cockpit.admin"})
    owners: Container[str] = field(default_factory=frozenset)
    """User names that own the machine: they may write. Asked anew for every identity."""

    def right_of(self, user: str, claims: frozenset[str]) -> Right:
        """Return the strongest right; without a user it is always `read`."""
        if not user:
            return Right.READ
        if claims & self.admin:
            return Right.ADMIN
        if claims & self.write or user in self.owners:
            return Right.WRITE
        return Right.READ


_current: ContextVar[Identity] = ContextVar("hero_cockpit_identity", default=GUEST)


def current_identity() -> Identity:
    """Return the identity of the connection that the running code serves; else a guest."""
    return _current.get()


@contextmanager
def acting_as(identity: Identity) -> Iterator[None]:
    """Serve everything inside the `with` block, and the tasks it starts, as `identity`."""
    token = _current.set(identity)
    try:
        yield
    finally:
        _current.reset(token)


def require(right: Right, what: str) -> Identity:
    """Return the current identity if it holds `right`, else raise NotAllowed naming `what`."""
    identity = current_identity()
    if identity.may(right):
        return identity
    if identity.via == "forwarded":
        raise NotAllowed(
            f"{what} is not possible on this way: the request was forwarded to rpc.sock, where "
            "nobody's word about the caller counts. Use the pages, or call the socket directly."
        )
    if identity.is_guest:
        raise NotAllowed(f"{what} needs you to sign in as the owner of this machine.")
    raise NotAllowed(
        f"{what} needs the right to {right}, which {identity.name} does not have here. "
        "Ask the owner of this machine."
    )
