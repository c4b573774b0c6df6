"""How lists look in a terminal: one table for each kind of list, most telling columns first."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel
from rich.console import Console
from rich.table import Table

from services.contract.archive import ExportList
from services.contract.audit import AuditPage, TimeLine, WhatChanged
from services.contract.compute import VmList
from services.contract.console import ConsoleList
from services.contract.job import Job, JobList, JobLog
from services.contract.key import KeyList
from services.contract.log import ServiceLog
from services.contract.share import ShareList
from services.contract.upgrade import Catalog, UpgradePlan
from services.text.amounts import size_text

Row = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """How one kind of answer becomes a table."""

    columns: Row
    rows: Callable[[Any], Iterable[Row]]
    empty: str
    """What is said when there is nothing."""
    below: Callable[[Any], str] = lambda _: ""


def print_listing(console: Console, result: BaseModel, listing: Listing) -> None:
    """Print `result` as its table, or that it is empty, and what is to be said besides."""
    rows = list(listing.rows(result))
    if rows:
        table = Table(box=None, pad_edge=False, header_style="bold")
        for number, title in enumerate(listing.columns, start=1):
            last = number == len(listing.columns)
            table.add_column(title, no_wrap=not last, overflow="fold")
        for row in rows:
            table.add_row(*row)
        console.print(table)
    else:
        console.print(listing.empty)
    if below := listing.below(result):
        console.print(below)


def when(at: datetime | None) -> str:
    """Return a time for a table, in the machine's own zone; a dash for none."""
    return "-" if at is None else f"{at.astimezone():%Y-%m-%d %H:%M:%S}"


def _catalog(result: Catalog) -> Iterable[Row]:
    for app in result.apps:
        state = "installed" if app.installed else "incomplete" if app.missing else "-"
        newer = app.available if app.update else ""
        yield app.name, state, app.version or "-", newer or "-", app.title


def _plan(result: UpgradePlan) -> Iterable[Row]:
    for item in result.items:
        yield item.app, item.will, item.version or "-", item.available or "-", item.sentence


def _checks(result: UpgradePlan) -> str:
    marks = {True: "yes", False: "NO", None: "unknown"}
    lines = [f"{check.name}: {marks[check.ok]}, {check.says}" for check in result.checks]
    return "\n".join([*lines, result.sentence])


def _jobs(result: JobList) -> Iterable[Row]:
    for job in result.jobs:
        yield str(job.id), job.kind, job.state, f"{job.percent} %", when(job.began_at), job.sentence


def _job_items(result: Job) -> Iterable[Row]:
    for item in result.items:
        yield item.name, item.state.replace("_", " "), item.step or "-", item.sentence


def _log(result: JobLog) -> Iterable[Row]:
    for line in result.lines:
        yield str(line.number), when(line.at), line.item or "-", line.text


def _keys(result: KeyList) -> Iterable[Row]:
    for key in result.keys:
        is_set = {True: f"…{key.last_four}" if key.last_four else "set", False: "-"}
        test = key.last_test.reason.replace("_", " ") if key.last_test else "-"
        users = ", ".join(key.used_by)
        yield key.name, key.provider, is_set.get(key.set or False, "?"), test, users


def _shares(result: ShareList) -> Iterable[Row]:
    for share in result.shares:
        row = (share.domain_id, share.service, share.audience.replace("_", " "), share.state)
        yield *row, when(share.expires_at), share.address


def _exports(result: ExportList) -> Iterable[Row]:
    for export in result.exports:
        proven = "proven" if export.proven else "not proven"
        values = "with values" if export.holds_values else "names only"
        yield export.name, when(export.at), size_text(export.size_bytes), proven, values


def _audit(result: AuditPage) -> Iterable[Row]:
    for line in result.lines:
        who = f"{line.user} (by {line.impersonator})" if line.impersonator else line.user
        short = line.operation.removeprefix("cockpit.")
        yield str(line.number), when(line.at), who or "-", short, line.target or "-", line.outcome


def _time_line(result: TimeLine | WhatChanged) -> Iterable[Row]:
    events = result.events if isinstance(result, TimeLine) else result.suspects
    for event in events:
        yield when(event.at), event.kind, event.service or "-", event.user or "-", event.sentence


def _vms(result: VmList) -> Iterable[Row]:
    for vm in result.vms:
        yield vm.sid, vm.name or "-", vm.state, vm.mycelium_address or "-", vm.sentence


def _consoles(result: ConsoleList) -> Iterable[Row]:
    for one in result.consoles:
        yield one.name, one.state, one.vm, f"{one.rows}x{one.columns}", one.title


def _service_log(result: ServiceLog) -> Iterable[Row]:
    for line in result.lines:
        at = "" if line.at is None else f"{line.at.astimezone(UTC):%H:%M:%S}"
        yield at, line.level or "", line.text


_EVENTS = ("WHEN", "WHAT", "SERVICE", "WHO", "EVENT")

LISTINGS: Mapping[type[BaseModel], Listing] = {
    Catalog: Listing(
        ("APP", "STATE", "VERSION", "NEWER", "WHAT"), _catalog, "No app fits.", lambda r: r.sentence
    ),
    UpgradePlan: Listing(
        ("APP", "WILL", "VERSION", "NEWEST", "WHY"), _plan, "There is nothing to do.", _checks
    ),
    JobList: Listing(
        ("JOB", "KIND", "STATE", "DONE", "BEGAN", "HOW IT IS"), _jobs, "There was no job yet."
    ),
    Job: Listing(
        ("ITEM", "STATE", "STEP", "HOW IT WENT"),
        _job_items,
        "The job has no items.",
        lambda r: f"Job {r.id}, {r.title}, {r.state}: {r.sentence}",
    ),
    JobLog: Listing(("LINE", "WHEN", "ITEM", "TEXT"), _log, "Nothing was written."),
    KeyList: Listing(
        ("KEY", "PROVIDER", "SET", "LAST TEST", "USED BY"),
        _keys,
        "There is no key.",
        lambda r: r.sentence,
    ),
    ShareList: Listing(
        ("SHARE", "SERVICE", "AUDIENCE", "STATE", "ENDS", "ADDRESS"),
        _shares,
        "Nothing is shared.",
        lambda r: r.sentence,
    ),
    ExportList: Listing(
        ("EXPORT", "MADE", "SIZE", "TRIAL", "KEYS"), _exports, "There is no export yet."
    ),
    AuditPage: Listing(
        ("LINE", "WHEN", "WHO", "WHAT", "TARGET", "OUTCOME"), _audit, "No line fits."
    ),
    TimeLine: Listing(_EVENTS, _time_line, "Nothing happened."),
    WhatChanged: Listing(_EVENTS, _time_line, "Nothing is known.", lambda r: r.sentence),
    VmList: Listing(
        ("VM", "NAME", "STATE", "ADDRESS", "CONSOLE"),
        _vms,
        "There is no virtual machine.",
        lambda r: r.sentence,
    ),
    ConsoleList: Listing(
        ("CONSOLE", "STATE", "VM", "SIZE", "TITLE"),
        _consoles,
        "No console is open.",
        lambda r: f"VMs: {', '.join(r.vms) or 'none'}",
    ),
    ServiceLog: Listing(("WHEN", "LEVEL", "TEXT"), _service_log, "Nothing was written."),
}
