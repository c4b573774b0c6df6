"""Waits for jobs as a person who watches them does."""

import asyncio

from services.contract.job import Job
from services.jobs.engine import Jobs


async def ended(jobs: Jobs, job: Job, *, within_s: float = 20.0) -> Job:
    """Watch a job to its end and return it."""
    async with asyncio.timeout(within_s):
        while not (job := await jobs.watch(job.id, since=job.revision)).is_over:
            pass
    return job
