"""Errands: commands that hero_proc runs for an item of a job, once, however often we die."""

import secrets
import shlex
from contextlib import suppress
from dataclasses import replace

from services.errors import CockpitError, Refused, Unreachable
from services.hero.job_reports import JobSpec
from services.hero.proc import ProcClient
from services.jobs.run import Run
from services.wire.discovery import NoSuchMethod


async def submit_once(proc: ProcClient, run: Run, place: int, errand: str, spec: JobSpec) -> str:
    """Have `spec` run unless that was done before; return hero_proc's id of the job.

    The id is noted under `errand`, and before it a name that no other job has: by that name a job
    is found whose id could not be noted any more. Raises the five kinds when it is not taken.
    """
    memory = run.memory(place)
    if noted := memory.get(errand):
        return str(noted)
    if name := memory.get(f"{errand} name"):
        job_id = await _of_name(proc, name)
    else:
        name, job_id = f"{spec.name}-{secrets.token_hex(4)}", ""
        await run.note(place, memory={f"{errand} name": name})
    if not job_id:
        await run.log(f"$ {shlex.join(spec.command)}", run.items[place].name)
        job_id = await _submitted(proc, replace(spec, name=name))
    try:
        await run.note(place, memory={errand: job_id})
    except Refused:
        with suppress(CockpitError):
            await proc.cancel(job_id)  # nobody would follow it
        raise
    return job_id


async def _submitted(proc: ProcClient, spec: JobSpec) -> str:
    """Submit; a job whose answer was lost on the way is found by its name."""
    try:
        return await proc.submit(spec)
    except Unreachable:
        if job_id := await _of_name(proc, spec.name):
            return job_id
        raise


async def _of_name(proc: ProcClient, name: str) -> str:
    try:
        jobs = await proc.jobs()
    except NoSuchMethod:
        return ""  # this hero_proc does not list its jobs
    return next((job.id for job in jobs if job.name == name), "")
