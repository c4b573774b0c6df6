"""The values that the service layer gives out: frozen, validated once, the same on every face."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value that is replaced, never changed."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class Accepted(Frozen):
    """An answer that says no more than that it was done."""

    ok: bool = True


class State(StrEnum):
    """What a service is doing, derived from three facts; never what it was told to do."""

    RUNNING = "running"
    STARTING = "starting"
    STOPPING = "stopping"
    STOPPED = "stopped"
    CRASH_LOOP = "crash_loop"
    DEGRADED = "degraded"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Wanted(StrEnum):
    """What the supervisor was told the service should be."""

    UP = "up"
    DOWN = "down"
    UNKNOWN = "unknown"


class Fact(Frozen):
    """One thing that was seen, and when."""

    ok: bool | None = None
    """True good, False bad, None not known or not applicable."""
    says: str = "not checked yet"
    """A few plain words: `running`, `2 of 3 accept`, `no answer within 2 s`."""
    at: datetime | None = None
    """When it was seen, UTC; None when it never was."""

    def age_s(self, now: datetime | None = None) -> float | None:
        """Return the seconds since it was seen, or None when it never was."""
        if self.at is None:
            return None
        return max(0.0, ((now or datetime.now(UTC)) - self.at).total_seconds())


class Facts(Frozen):
    """The three facts that a service's state is derived from."""

    supervisor: Fact = Fact()
    """What hero_proc says."""
    sockets: Fact = Fact()
    """Whether each declared socket accepts."""
    health: Fact = Fact()
    """Whether `GET /health` answers on them."""


class Endpoint(Frozen):
    """One socket that a service declares."""

    kind: str
    """`rpc`, `web`, `admin` or another name, from the socket file's name."""
    path: str
    """Absolute path of the socket file."""
    accepts: Fact = Fact()
    answers: Fact = Fact()


class Fix(Frozen):
    """The one operation that fits what is wrong."""

    operation: str
    """Full name, such as `cockpit.restart_service`."""
    label: str
    """What the button says: `Restart`."""


class Service(Frozen):
    """A program that hero_proc supervises, as it is now."""

    name: str
    app: str
    """The app it belongs to: the name without `_server`, `_web`, `_admin`, `_ui`."""
    title: str = ""
    description: str = ""
    state: State = State.UNKNOWN
    sentence: str = ""
    """The state in one sentence, with the reason when the facts disagree."""
    wanted: Wanted = Wanted.UNKNOWN
    facts: Facts = Facts()
    endpoints: tuple[Endpoint, ...] = ()
    fix: Fix | None = None
    pending: Literal["start", "stop", "restart"] | None = None
    """The action that was asked for and has not come to its end."""
    pid: int | None = None
    since: datetime | None = None
    """When it came into its present state, if known; UTC."""
    restarts: int = 0
    """Restarts seen by the supervisor or by us."""
    memory_bytes: int | None = None
    cpu_percent: float | None = None
    version: str = ""
    protected: bool = False
    """True for what the cockpit itself stands on: it can be restarted, not stopped."""
    raw_state: str = ""
    """hero_proc's own word."""


class Source(Frozen):
    """How the daemon that the snapshot comes from is doing."""

    reachable: bool = False
    sentence: str = "hero_proc has not been asked yet."
    since: datetime | None = None
    """Since when it has been so; UTC."""


class Snapshot(Frozen):
    """All shown state at one moment; replaced, never changed."""

    revision: int = 0
    """Grows by at least one with every change."""
    at: datetime | None = None
    """When the supervisor last answered; UTC."""
    source: Source = Source()
    services: tuple[Service, ...] = ()
    """In order of name."""

    def service(self, name: str) -> Service | None:
        """Return the named service, or None."""
        return next((s for s in self.services if s.name == name), None)
