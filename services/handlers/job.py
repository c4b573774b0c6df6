"""Jobs: listing, following, stopping."""

from services.contract.job import Job, JobList, JobLog, ListJobs, OneJob, ReadJobLog, WatchJob
from services.jobs.engine import Jobs


class JobHandler:
    """The operations on jobs."""

    def __init__(self, jobs: Jobs) -> None:
        self._jobs = jobs

    async def list_jobs(self, params: ListJobs) -> JobList:
        return await self._jobs.list(kind=params.kind, limit=params.limit)

    async def get_job(self, params: OneJob) -> Job:
        return await self._jobs.get(params.job)

    async def watch_job(self, params: WatchJob) -> Job:
        return await self._jobs.watch(params.job, since=params.since, timeout_s=params.timeout_s)

    async def read_job_log(self, params: ReadJobLog) -> JobLog:
        return await self._jobs.read_log(params.job, after=params.after, limit=params.limit)

    async def stop_job(self, params: OneJob) -> Job:
        return await self._jobs.stop(params.job)
