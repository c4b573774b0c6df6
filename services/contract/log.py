"""Logs of services: what a service wrote, as hero_proc keeps it."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import Params, ServiceName


class Level(StrEnum):
    """How grave a line is."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogLine(Frozen):
    """One line that a service wrote."""

    text: str
    at: datetime | None = None
    level: Level | None = None


class ServiceLog(Frozen):
    """The last lines of a service, the oldest first."""

    name: str
    lines: tuple[LogLine, ...] = ()
    source: str = ""
    """Who gave them: `hero_proc`, or the file."""


class ReadLogs(Params):
    """Which lines of a service's log to read."""

    name: ServiceName = Field(description="Exact name, such as hero_books.")
    lines: int = Field(200, ge=1, le=10_000, description="At most so many, the last ones.")
    contains: str = Field("", max_length=200, description="Only lines with these words.")
    level: Level | None = Field(None, description="Only lines at least as grave.")


READ_LOGS: Final = Operation(
    name="cockpit.read_logs",
    summary="Read the last lines that a service wrote",
    params=ReadLogs,
    result=ServiceLog,
    right=Right.WRITE,
    example={"name": "hero_books", "lines": 50},
    command=("services", "logs"),
)
