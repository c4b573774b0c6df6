"""The audit: who changed what; and the time line: that, joined with what happened by itself."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime, Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import NoParams, Params, ServiceName


class AuditLine(Frozen):
    """One change that somebody asked for; never a value."""

    number: int
    at: datetime
    user: str
    impersonator: str = ""
    via: str
    """The socket or front that it came through."""
    operation: str
    target: str = ""
    outcome: str
    """`done`, the kind of error, `failed` inside, or `unclear` when nobody saw the end."""
    reason: str = ""
    """The error's sentence; empty when it was done."""
    hash: str
    """SHA-256 over this line and the hash of the one before."""


class AuditPage(Frozen):
    """Lines of the audit, the newest first."""

    lines: tuple[AuditLine, ...] = ()
    next: int | None = None
    """What to give as `before` to go on; None at the end."""


class AuditVerdict(Frozen):
    """Whether the chain of the audit is whole."""

    whole: bool
    lines: int
    first_bad: int | None = None
    """Number of the first line that does not fit."""
    head: str = ""
    """Hash of the newest line: written down elsewhere, it proves the audit later."""
    sentence: str


class EventKind(StrEnum):
    """What an event on the time line is."""

    CHANGE = "change"
    """Somebody changed something."""
    CRASH = "crash"
    RESTART = "restart"
    """It restarted by itself."""
    STATE = "state"
    """Its state changed by itself."""
    JOB = "job"
    COCKPIT = "cockpit"
    """The cockpit itself started or ended."""
    MACHINE = "machine"
    """hero_proc fell silent, the disk or the memory ran short, or that is over."""


class Event(Frozen):
    """One thing that happened."""

    at: datetime
    kind: EventKind
    service: str = ""
    sentence: str
    user: str = ""
    """Who did it; empty when nobody did."""
    operation: str = ""
    """What was asked for, of a change."""
    outcome: str = ""
    """`done`, or the kind of error, of a change."""
    works: bool | None = None
    """Whether what was seen works since then; None where that was not seen."""


class TimeLine(Frozen):
    """Events, the newest first."""

    events: tuple[Event, ...] = ()


class WhatChanged(Frozen):
    """What happened between the last time that a service worked and now."""

    service: str
    worked_until: datetime | None = None
    """When it was last seen to work; None when it works now or never was seen to."""
    sentence: str
    suspects: tuple[Event, ...] = ()
    """The likeliest first."""


class SearchAudit(Params):
    """Which lines of the audit to find."""

    user: str = Field("", max_length=200, description="Only by this person.")
    target: str = Field("", max_length=200, description="Only about this service, key or name.")
    operation: str = Field("", max_length=100, description="Only this operation.")
    contains: str = Field("", max_length=200, description="Words anywhere in the line.")
    since: AwareDatetime | None = Field(None, description="Not older, RFC 3339.")
    until: AwareDatetime | None = Field(None, description="Not newer, RFC 3339.")
    before: int | None = Field(None, ge=1, description="Only lines with a smaller number.")
    limit: int = Field(50, ge=1, le=500, description="At most this many.")


class ReadTimeLine(Params):
    """Which part of the time line to read."""

    service: str = Field("", max_length=200, description="Only about this service.")
    since: AwareDatetime | None = Field(None, description="Not older, RFC 3339.")
    until: AwareDatetime | None = Field(None, description="Not newer, RFC 3339.")
    limit: int = Field(100, ge=1, le=1000, description="At most this many.")


class AskWhatChanged(Params):
    """The service that no longer works."""

    name: ServiceName = Field(description="Exact name, such as hero_books.")


SEARCH_AUDIT: Final = Operation(
    name="cockpit.search_audit",
    summary="Find who changed what, by time, person, target or words",
    params=SearchAudit,
    result=AuditPage,
    right=Right.ADMIN,
    example={"target": "hero_books", "limit": 20},
    command=("audit", "search"),
)
VERIFY_AUDIT: Final = Operation(
    name="cockpit.verify_audit",
    summary="Check that no line of the audit was changed or taken out",
    params=NoParams,
    result=AuditVerdict,
    right=Right.ADMIN,
    command=("audit", "verify"),
)
READ_TIME_LINE: Final = Operation(
    name="cockpit.read_time_line",
    summary="Show what people did and what happened by itself, in one line of time",
    params=ReadTimeLine,
    result=TimeLine,
    right=Right.WRITE,
    example={"service": "hero_books"},
    command=("audit", "timeline"),
)
WHAT_CHANGED: Final = Operation(
    name="cockpit.what_changed",
    summary="Tell what changed since a service last worked",
    params=AskWhatChanged,
    result=WhatChanged,
    right=Right.WRITE,
    example={"name": "hero_books"},
    command=("services", "what-changed"),
)
