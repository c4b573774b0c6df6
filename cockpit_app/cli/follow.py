"""Follows a job in the terminal: a bar per item, or plain lines where there is no terminal."""

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass, field

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from cockpit_app.cli.harmless import harmless
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
    """Show job number `job` until it ends; returns the exit status: 0 when it did all it should."""
    if not sys.stdout.isatty():
        return _status(asyncio.run(_follow(target, job, _Lines().show)))
    columns = (TextColumn("{task.fields[name]}"), BarColumn(), TextColumn("{task.fields[says]}"))
    with Progress(*columns, TimeElapsedColumn(), console=Console(highlight=False)) as progress:
        ended = asyncio.run(_follow(target, job, _Bars(progress).show))
    click.echo(ended.sentence)
    return _status(ended)


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


def _status(job: Job) -> int:
    return 0 if job.state is JobState.DONE else 1


@dataclass
class _Lines:
    """Prints each change once, for logs and pipes."""

    seen: dict[str, tuple[str, str]] = field(default_factory=dict)

    def show(self, job: Job) -> None:
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

    def show(self, job: Job) -> None:
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
@click.argument("job", type=click.IntRange(min=1))
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
