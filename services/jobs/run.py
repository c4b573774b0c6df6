"""One job being carried out: what its work may note of it, each note kept before it returns."""

import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from services.clock import Clock
from services.contract.job import ItemState, Job, JobItem
from services.database import Database, Transaction
from services.errors import Refused
from services.jobs.records import (
    append_log,
    change_item,
    read_job,
    read_memories,
    sign,
)
from services.text.plain_text import plain_line

log = logging.getLogger(__name__)

SIGN_EVERY_S = 2.0
"""Signs of life that come faster than this are not written down."""


class Run:
    """A job under way, as its work sees it; made by `Jobs`, for one call of `Work.carry_out`."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        *,
        job: Job,
        plan: Mapping[str, Any],
        memories: Sequence[Mapping[str, Any]],
        stopping: Callable[[], bool],
        changed: Callable[[], None],
    ) -> None:
        self.job_id = job.id
        self.plan = plan
        """What the job was started with."""
        self._stopping = stopping
        self._database = database
        self._clock = clock
        self._items = job.items
        self._memories = [dict(memory) for memory in memories]
        self._changed = changed
        self._signed = clock.monotonic()

    @property
    def stopping(self) -> bool:
        """Whether a person asked that no further item is begun."""
        return self._stopping()

    @property
    def items(self) -> tuple[JobItem, ...]:
        """The items as they were noted last."""
        return self._items

    def memory(self, place: int) -> dict[str, Any]:
        """Return a copy of what was noted for the item at `place`."""
        return dict(self._memories[place])

    async def note(
        self,
        place: int,
        *,
        state: ItemState | None = None,
        step: str | None = None,
        sentence: str | None = None,
        percent: int | None = None,
        version_before: str | None = None,
        version_after: str | None = None,
        memory: Mapping[str, Any] | None = None,
    ) -> None:
        """Note what is new of the item at `place`; None leaves as it was.

        `memory` is added to what is remembered for the item: JSON values, for the next carrying
        out after our own death.
        """
        given = {
            "state": state,
            "step": step,
            "sentence": sentence,
            "percent": percent,
            "version_before": version_before,
            "version_after": version_after,
            "memory": memory,
        }
        changes = {name: value for name, value in given.items() if value is not None}
        now = self._clock.now()

        def write(t: Transaction) -> tuple[Job | None, list[dict[str, Any]]]:
            change_item(t, self.job_id, place, changes, now=now)
            return read_job(t, self.job_id), read_memories(t, self.job_id)

        job, self._memories = await self._database.run(write)
        self._items = job.items if job else ()
        self._told()

    async def log(self, text: str | Sequence[str], item: str = "") -> None:
        """Add a line, or several, to the job's log; one that cannot be kept fails no job."""
        texts = [text] if isinstance(text, str) else text
        lines = [plain_line(line) for line in texts]
        now = self._clock.now()
        await self._kept(lambda t: append_log(t, self.job_id, lines, item=item, now=now))
        self._told()

    async def sign(self) -> None:
        """Show that the job lives; call it in every loop that waits."""
        if self._clock.monotonic() - self._signed >= SIGN_EVERY_S:
            self._signed = self._clock.monotonic()
            now = self._clock.now()
            await self._kept(lambda t: sign(t, self.job_id, now))

    async def _kept(self, write: Callable[[Transaction], None]) -> None:
        try:
            await self._database.run(write)
        except Refused as error:
            log.warning("a line of job %d was lost: %s", self.job_id, error.message)

    def _told(self) -> None:
        self._signed = self._clock.monotonic()
        self._changed()
