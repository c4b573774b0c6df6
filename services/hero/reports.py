"""Reads what hero_proc says of its services: any known shape in, one `Report` per service out.

Pure and tolerant: what cannot be understood is left out, never an error of its own.
Source: hero_proc reference 1.3, 1.5 and 7 (fields, state words, result shapes).
"""

import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from services.models import Wanted
from services.wire.reply import unwrapped


class Word(StrEnum):
    """hero_proc's state words, folded into those that matter."""

    RUNNING = "running"
    STARTING = "starting"
    RETRYING = "retrying"
    """It ended and waits for its next try."""
    STOPPING = "stopping"
    STOPPED = "stopped"
    FAILED = "failed"
    DEGRADED = "degraded"
    UNKNOWN = "unknown"


_WORDS: Mapping[str, Word] = {
    **dict.fromkeys(("running", "up", "active", "online", "healthy", "started"), Word.RUNNING),
    **dict.fromkeys(("starting", "spawned", "pending", "blocked", "queued"), Word.STARTING),
    **dict.fromkeys(("retrying", "backoff", "restarting", "crashloop", "waiting"), Word.RETRYING),
    **dict.fromkeys(("stopping", "terminating"), Word.STOPPING),
    **dict.fromkeys(
        ("inactive", "stopped", "exited", "success", "down", "finished", "ended"), Word.STOPPED
    ),
    **dict.fromkeys(
        ("failed", "error", "failure", "testfailure", "fatal", "crashed", "dead"), Word.FAILED
    ),
    **dict.fromkeys(("unhealthy", "degraded"), Word.DEGRADED),
}
_WANTED: Mapping[str, Wanted] = {
    **dict.fromkeys(("start", "up", "started", "running", "enabled", "true"), Wanted.UP),
    **dict.fromkeys(("stop", "down", "stopped", "ignore", "disabled", "false"), Wanted.DOWN),
}
_LISTS = ("services", "items", "result", "data")
_STATES = ("state", "runtime_state", "current_state", "phase")
MAX_SERVICES = 20_000


@dataclass(frozen=True, slots=True)
class Report:
    """What hero_proc says of one service at one moment."""

    name: str
    raw_state: str = ""
    word: Word = Word.UNKNOWN
    wanted: Wanted = Wanted.UNKNOWN
    pid: int | None = None
    sockets: tuple[str, ...] | None = None
    """As declared: paths, or kinds such as `rpc`; None when it does not say."""
    title: str = ""
    description: str = ""
    version: str = ""
    restarts: int | None = None
    exit_code: int | None = None
    """Of the last run; None when unknown or when a signal ended it."""
    signal: int | None = None
    next_try_s: float | None = None
    uptime_s: float | None = None
    memory_bytes: int | None = None
    cpu_percent: float | None = None
    raw: Mapping[str, Any] = field(default_factory=dict, compare=False)
    """Everything it said, unknown fields too."""


def read_services(result: object) -> Iterator[Report]:
    """Yield a report per service in a `service.list_full` or `service.list` result.

    Known shapes: names, objects, name→state, name→object, or one of these wrapped in an object.
    """
    seen: set[str] = set()
    for report in _read_any(result):
        if report.name and report.name not in seen and len(seen) < MAX_SERVICES:
            seen.add(report.name)
            yield report


def looks_like_services(result: object) -> bool:
    """Tell whether a result has one of the known shapes; an empty list has."""
    inner = unwrapped(result, _LISTS, until=_STATES)
    return inner is None or isinstance(inner, list | dict)


def read_service(result: object, *, name: str) -> Report:
    """Return the report in a `service.status` result: an object, a state word, or nothing."""
    if isinstance(result, str):
        return _of_object({"state": result}, name)
    if isinstance(result, dict):
        for wrapper in ("service", "status", "result"):
            if isinstance(result.get(wrapper), dict):
                return _of_object({**result, **result[wrapper]}, name)
        return _of_object(result, name)
    return Report(name)


def state_word(raw: str) -> Word:
    """Return the folded word, whatever the case and the separators."""
    return _WORDS.get(re.sub(r"[\W_]+", "", raw).lower(), Word.UNKNOWN)


def _read_any(result: object) -> Iterator[Report]:
    inner = unwrapped(result, _LISTS, until=_STATES)
    if isinstance(inner, list):
        for item in inner:
            yield from _of_item(item)
    elif isinstance(inner, dict):
        if _name_in(inner) and isinstance(inner.get("state"), str):
            yield _of_object(inner, _name_in(inner))
            return
        for name, value in inner.items():
            if isinstance(value, str):
                yield _of_object({"state": value}, name)
            elif isinstance(value, dict):
                yield _of_object(value, name)


def _of_item(item: object) -> Iterator[Report]:
    if isinstance(item, str | int) and not isinstance(item, bool) and str(item):
        yield Report(str(item))
    elif isinstance(item, dict) and (name := _name_in(item)):
        yield _of_object(item, name)


def _name_in(item: Mapping[str, Any]) -> str:
    spec = item.get("spec") or item.get("service") or item.get("config")
    for source in (item, spec if isinstance(spec, dict) else {}):
        for key in ("name", "service_name", "service", "service_id", "id"):
            value = source.get(key)
            if isinstance(value, str | int) and not isinstance(value, bool) and str(value):
                return str(value)
    return ""


def _of_object(item: Mapping[str, Any], name: str) -> Report:
    fields = _flattened(item)
    raw_state, raw_wanted = _states(fields)
    code, signal = _ending(fields)
    return Report(
        name=name,
        raw_state=raw_state,
        word=state_word(raw_state),
        wanted=_WANTED.get(raw_wanted.lower(), Wanted.UNKNOWN),
        pid=_whole(fields, "pid", "main_pid") or None,
        sockets=_sockets(fields.get("sockets")),
        title=_text(fields, "title", "display_name"),
        description=_text(fields, "description", "summary"),
        version=_text(fields, "version"),
        restarts=_whole(fields, "restart_count", "restarts", "attempts"),
        exit_code=code,
        signal=signal,
        next_try_s=_seconds(fields, "next_retry", "retry_in", "next_try", "backoff"),
        uptime_s=_seconds(fields, "uptime"),
        memory_bytes=_whole(fields, "memory_bytes", "memory", "rss"),
        cpu_percent=_number(fields, "cpu_percent", "cpu"),
        raw=item,
    )


def _flattened(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the fields with those of nested objects beneath; the outer ones win."""
    nested = ("spec", "config", "service", "runtime", "stats", "retry", "last_exit")
    merged: dict[str, Any] = {}
    for key in nested:
        if isinstance(item.get(key), dict):
            merged.update(item[key])
    merged.update({k: v for k, v in item.items() if v is not None})
    return merged


def _states(fields: Mapping[str, Any]) -> tuple[str, str]:
    """Return the raw runtime state and the raw wanted state.

    `status` is the wanted state in a spec and the runtime state elsewhere (hero_proc#33).
    """
    runtime = _text(fields, *_STATES)
    wanted = _text(fields, "wanted", "target", "desired", "wanted_status")
    status = _text(fields, "status")
    if not runtime and status and (wanted or state_word(status) is not Word.UNKNOWN):
        return status, wanted
    return runtime, wanted or status


def _ending(fields: Mapping[str, Any]) -> tuple[int | None, int | None]:
    signal = _whole(fields, "signal", "exit_signal", "term_signal")
    code = _whole(fields, "exit_code", "exitcode", "exit_status")
    if code is not None and code < 0:
        return None, -code
    return (None, signal) if signal else (code, None)


def _sockets(value: object) -> tuple[str, ...] | None:
    if isinstance(value, dict):
        value = [v if isinstance(v, str) else k for k, v in value.items()]
    if not isinstance(value, list):
        return None
    found = []
    for item in value:
        if isinstance(item, dict):
            item = item.get("path") or item.get("name") or item.get("kind")
        if isinstance(item, str) and item:
            found.append(item)
    return tuple(dict.fromkeys(found))


def _text(fields: Mapping[str, Any], *names: str) -> str:
    return next((fields[n] for n in names if isinstance(fields.get(n), str) and fields[n]), "")


def _number(fields: Mapping[str, Any], *names: str) -> float | None:
    for name in names:
        value = fields.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and _is_finite(value):
            return float(value)
    return None


def _is_finite(value: float) -> bool:
    return abs(value) <= sys.float_info.max  # also false for integers that no float can hold


def _whole(fields: Mapping[str, Any], *names: str) -> int | None:
    value = _number(fields, *names)
    return None if value is None or abs(value) >= 2**63 else int(value)


def _seconds(fields: Mapping[str, Any], *stems: str) -> float | None:
    for stem in stems:
        seconds = _number(fields, f"{stem}_s", f"{stem}_secs", f"{stem}_seconds", stem)
        if seconds is not None:
            return max(0.0, seconds)
        millis = _number(fields, f"{stem}_ms")
        if millis is not None:
            return max(0.0, millis / 1000)
    return None
