"""Follows a job in the terminal: a bar per item, or plain lines where there is no terminal."""

import asyncio
import shlex
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cockpit_app.cli.completion import complete_job
from cockpit_app.cli.harmless import harmless
from cockpit_app.cli.output import show
from cockpit_app.cli.target import Target, target_of, target_options
from services.contract.job import WATCH_JOB, ItemState, Job, JobItem, JobState, WatchJob
from services.errors import Unreachable

RETRY_S = 1.0
AWAY_S = 120.0
"""How long a cockpit may be away, as it is while it upgrades itself, before following ends."""

_WORDS = {
    ItemState.WAITING: "waiting",
    ItemState.RUNNING: "",
    ItemState.DONE: "done",
    ItemState.FAILED: "failed",
    ItemState.ROLLED_BACK: "put back",
    ItemState.BROKEN: "BROKEN",
    ItemState.SKIPPED: "skipped",
}


def follow(target: Target, job: int) -> int:
    """Show job number `job` until it ends; returns the exit status: 0 when it did all it should.

    As JSON it is shown once, at its end.
    """
    if target.json:
        ended = asyncio.run(_follow(target, job, lambda _: None))
        show(ended, json=True)
        return _status(ended)
    click.echo(_number(target, job), err=True)
    try:
        return _status(_followed(target, job))
    except KeyboardInterrupt:
        click.echo(f"\n{_number(target, job)}", err=True)
        raise


def _number(target: Target, job: int) -> str:
    """Return what a person must know to come back to a job."""
    socket = f" --socket {shlex.quote(str(target.socket))}" if target.socket else ""
    return f"Job {job}; it goes on without you: hero_cockpit jobs follow {job}{socket}"


def _followed(target: Target, job: int) -> Job:
    if not sys.stdout.isatty():
        return asyncio.run(_follow(target, job, _Lines().show))
    columns = (TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.fields[says]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(highlight=False)) as progress:
        ended = asyncio.run(_follow(target, job, _Bars(progress).show))
    click.echo(ended.sentence)
    return ended


async def _follow(target: Target, job: int, show: Callable[[Job], None]) -> Job:
    since, away_s = 0, 0.0
    while True:
        try:
            async with target.remote() as remote:
                while True:
                    seen = harmless(await remote.call(WATCH_JOB, WatchJob(job=job, since=since)))
                    since, away_s = seen.revision, 0.0
                    show(seen)
                    if seen.is_over:
                        return seen
        except Unreachable:
            if away_s >= AWAY_S:
                raise
            await asyncio.sleep(RETRY_S)
            away_s += RETRY_S


def _news(job: Job, last: Job | None) -> str:
    """Return the sentence of a job under way where it tells what its items do not."""
    if job.is_over or (last and (job.items != last.items or job.sentence == last.sentence)):
        return ""
    return job.sentence


def _status(job: Job) -> int:
    return 0 if job.state is JobState.DONE else 1


@dataclass
class _Lines:
    """Prints each change once, for logs and pipes."""

    seen: dict[str, tuple[str, str]] = field(default_factory=dict)
    last: Job | None = None

    def show(self, job: Job) -> None:
        if news := _news(job, self.last):
            click.echo(news)
        self.last = job
        for item in job.items:
            said = (item.state, item.step)
            if item.state is not ItemState.WAITING and self.seen.get(item.name) != said:
                self.seen[item.name] = said
                click.echo(f"{item.name}: {_says(item)}")
        if job.is_over:
            click.echo(job.sentence)


@dataclass
class _Bars:
    """Keeps one bar for each item."""

    progress: Progress
    tasks: dict[str, TaskID] = field(default_factory=dict)
    last: Job | None = None

    def show(self, job: Job) -> None:
        if news := _news(job, self.last):
            self.progress.console.print(news, markup=False)
        self.last = job
        for item in job.items:
            if item.name not in self.tasks:
                self.tasks[item.name] = self.progress.add_task("", total=100, name="", says="")
            self.progress.update(
                self.tasks[item.name],
                completed=100 if item.ended_at else item.percent or 0,
                name=escape(item.name),
                says=escape(_says(item)),
            )


def _says(item: JobItem) -> str:
    words = _WORDS[item.state] or item.step or "running"
    return f"{words}: {item.sentence}" if item.ended_at and item.sentence else words


@click.command("follow")
@click.argument("job", type=click.IntRange(min=1), shell_complete=complete_job)
@target_options
@click.pass_context
def follow_command(context: click.Context, job: int) -> None:
    """Show how job number JOB goes on until it ends; exit status 1 when it did not do all."""
    context.exit(follow(target_of(context), job))


def add_to_jobs(root: click.Group) -> None:
    """Put `jobs follow` beside the commands for jobs."""
    jobs = root.commands["jobs"]
    assert isinstance(jobs, click.Group)
    jobs.add_command(follow_command)
