"""Jobs: work that the server owns, with items, progress and a log; it outlives page and process."""

from datetime import datetime
from enum import StrEnum
from typing import Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import Params, WaitSeconds


class JobState(StrEnum):
    """Where a job is; the last four are ends."""

    RUNNING = "running"
    STOPPING = "stopping"
    """A person asked it to stop; the item under way comes to its end first."""
    DONE = "done"
    FAILED = "failed"
    STOPPED = "stopped"
    INTERRUPTED = "interrupted"
    """The cockpit ended while it ran, and it could not be taken up again."""


class ItemState(StrEnum):
    """Where one item of a job is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    """It failed before anything was changed."""
    ROLLED_BACK = "rolled_back"
    """It failed, and the former build serves again; that was seen."""
    BROKEN = "broken"
    """It failed, and the former build could not be shown to serve: a person is needed."""
    SKIPPED = "skipped"


class JobItem(Frozen):
    """One part of a job, such as one app of an upgrade."""

    name: str
    state: ItemState = ItemState.WAITING
    step: str = ""
    """What is being done now, in a few words: `building`, `verifying`."""
    sentence: str = ""
    """How it ended or why it waits, for a person."""
    percent: int | None = None
    version_before: str = ""
    version_after: str = ""
    began_at: datetime | None = None
    ended_at: datetime | None = None


class Job(Frozen):
    """One run of work, as it is now."""

    id: int
    kind: str
    """`upgrade`, `install`, `export`, `restore`."""
    title: str
    state: JobState
    sentence: str = ""
    """One sentence for a person, true at any moment."""
    items: tuple[JobItem, ...] = ()
    percent: int = 0
    """Ended items and the share of the running one, 0 to 100."""
    by: str = ""
    """Who started it."""
    began_at: datetime
    ended_at: datetime | None = None
    last_sign_at: datetime
    """When it last showed that it lives, UTC."""
    revision: int = 0
    """Grows with every change of this job."""

    @property
    def is_over(self) -> bool:
        """True when nothing will change any more."""
        return self.ended_at is not None


class JobList(Frozen):
    """Jobs, the newest first."""

    jobs: tuple[Job, ...] = ()


class JobLogLine(Frozen):
    """One line of a job's log."""

    number: int
    at: datetime
    item: str = ""
    text: str


class JobLog(Frozen):
    """Lines of a job's log, the oldest first."""

    job: int
    lines: tuple[JobLogLine, ...] = ()
    next: int = 0
    """What to give as `after` to go on reading."""


class ListJobs(Params):
    """Which jobs to list."""

    kind: str = Field("", max_length=40, description="Only jobs of this kind.")
    limit: int = Field(20, ge=1, le=200, description="At most this many.")


class OneJob(Params):
    """One job by its number."""

    job: int = Field(ge=1, description="Number of the job.")


class WatchJob(OneJob):
    """One job, and the revision of it that the caller has."""

    since: int = Field(0, ge=0, description="Answer once the job's revision is another.")
    timeout_s: WaitSeconds = Field(
        25.0, description="Answer after this many seconds at the latest."
    )


class ReadJobLog(OneJob):
    """Which part of a job's log to read."""

    after: int = Field(0, ge=0, description="Only lines with a greater number.")
    limit: int = Field(500, ge=1, le=5000, description="At most this many lines.")


LIST_JOBS: Final = Operation(
    name="cockpit.list_jobs",
    summary="List upgrades, installs, exports and other jobs, the newest first",
    params=ListJobs,
    result=JobList,
    right=Right.READ,
    example={"kind": "upgrade"},
    command=("jobs", "list"),
)
GET_JOB: Final = Operation(
    name="cockpit.get_job",
    summary="Show one job with its items",
    params=OneJob,
    result=Job,
    right=Right.READ,
    example={"job": 7},
    command=("jobs", "show"),
)
WATCH_JOB: Final = Operation(
    name="cockpit.watch_job",
    summary="Wait for the next change of a job",
    params=WatchJob,
    result=Job,
    right=Right.READ,
    example={"job": 7, "since": 3},
    command=("jobs", "watch"),
)
READ_JOB_LOG: Final = Operation(
    name="cockpit.read_job_log",
    summary="Read the log of a job",
    params=ReadJobLog,
    result=JobLog,
    right=Right.WRITE,
    example={"job": 7, "after": 120},
    command=("jobs", "log"),
)
STOP_JOB: Final = Operation(
    name="cockpit.stop_job",
    summary="Stop a job before its next item; the one under way comes to its end",
    params=OneJob,
    result=Job,
    right=Right.WRITE,
    example={"job": 7},
    command=("jobs", "stop"),
    changes=True,
    target="job",
)
