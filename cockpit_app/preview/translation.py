"""Puts the switches of a dialect into effect: which methods are offered, and how they are spelt.

Every switch but those about HTTP acts here, and here alone; the handlers know of none. Switches
compose: where two say the same thing differently, the order of the tables decides.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from cockpit_app.preview.dialect import Switch, Switches
from cockpit_app.preview.method import Method, Wire

Shape = Callable[[Any], Any]

JOB_TIMEOUT_MS = 5000
_INFO = 10
"""Level of an ordinary record of a log. Source: hero_proc reference, 3.6."""

_LEFT_OUT: Mapping[Switch, tuple[str, ...]] = {
    Switch.NO_LIST_FULL: ("service.list_full",),
    Switch.NO_RESTART: ("service.restart",),
    Switch.NO_ENABLE: ("service.enable", "service.disable"),
    Switch.NO_SERVICE_LOGS: ("service.logs",),
    Switch.NO_SECRET_LIST: ("secret.list",),
    Switch.SECRET_CREATE: ("secret.set",),
    Switch.SECRET_UPDATE: ("secret.set",),
    Switch.NO_DOCUMENT: ("rpc.discover",),
}
_ADDED: Mapping[Switch, tuple[str, ...]] = {
    Switch.SECRET_CREATE: ("secret.create",),
    Switch.SECRET_UPDATE: ("secret.create", "secret.update"),
}
_INSTEAD: tuple[tuple[Switch, str, str], ...] = (
    (Switch.LIST_MAP, "service.list", "service.list_full"),  # a map has the states in it
    (Switch.LIST_NAMES, "service.list_full", "service.list"),
    (Switch.SECRET_HIDDEN, "secret.get", "secret.conceal"),
    (Switch.SECRET_NULL, "secret.get", "secret.find"),
    (Switch.SECRET_LIST_REVEALS, "secret.list", "secret.reveal"),
)
"""Under a switch, the first method does what the second does."""

_NAMES: Mapping[Switch, tuple[str, str]] = {
    Switch.JOB_SUBMIT: ("job.create", "job.submit"),
    Switch.JOB_STATUS: ("job.get", "job.status"),
    Switch.JOB_STOP: ("job.cancel", "job.stop"),
    Switch.LOGS_GET: ("service.logs", "logs.get"),
}
_PARAMETERS: Mapping[Switch, tuple[str, Mapping[str, str]]] = {
    Switch.SERVICE_NAME: ("service.", {"name": "service_name"}),
    Switch.JOB_OBJECT: ("job.", {"id": "job_id"}),
    Switch.SECRET_NAMES: (
        "secret.",
        {"context": "context_name", "key": "name", "value": "secret_value"},
    ),
}
_LACKS: Mapping[Switch, tuple[str, str]] = {
    Switch.JOB_SCRIPT: ("job.create", "command"),
    Switch.NO_AFTER: ("job.logs", "after"),
}
_ACTION_RESULTS: Mapping[Switch, Any] = {
    Switch.RESULTS_NULL: None,
    Switch.RESULTS_BOOL: True,
    Switch.RESULTS_OK: "ok",
}
_ANCESTOR_STATES: Mapping[str, str] = {"retrying": "Starting"}
"""Ours that are none of its seven: inactive, blocked, starting, running, stopping, exited, failed.
"""


def translate(methods: Iterable[Method], on: Switches) -> dict[str, Method]:
    """Return what is offered under the switches `on`, by the name on the wire."""
    every = {method.name: method for method in methods}
    absent = {name for switch in on for name in _LEFT_OUT.get(switch, ())}
    added = {name for switch in on for name in _ADDED.get(switch, ())}
    offered = [
        _spelt(name, every[_doer(name, on)], on)
        for name, method in every.items()
        if name in added or (method.usual and name not in absent)
    ]
    return {method.name: method for method in offered}


def _doer(name: str, on: Switches) -> str:
    """Return the method whose handler answers calls of `name`."""
    if {Switch.LIST_MAP, Switch.LIST_NAMES} <= on and name == "service.list_full":
        return name
    return next((doer for switch, of, doer in _INSTEAD if switch in on and of == name), name)


def _spelt(name: str, doer: Method, on: Switches) -> Method:
    return replace(doer, name=_wire_name(name, on), wire=_wire(name, doer, on))


def _wire_name(name: str, on: Switches) -> str:
    spelt = dict(_NAMES[switch] for switch in on & _NAMES.keys()).get(name, name)
    if Switch.UNDERSCORE in on and not name.startswith("rpc."):
        return spelt.replace(".", "_")
    return spelt


def _wire(name: str, doer: Method, on: Switches) -> Wire:
    groups = [_PARAMETERS[switch] for switch in on & _PARAMETERS.keys()]
    names = {k: v for start, pairs in groups if name.startswith(start) for k, v in pairs.items()}
    lacks = [_LACKS[switch] for switch in on & _LACKS.keys()]
    takes_job = name.startswith("job.") and Switch.JOB_STRING in on
    short = name == "job.create" and Switch.JOB_TIMEOUT in on
    return Wire(
        names=names,
        lacks=frozenset(parameter for method, parameter in lacks if method == name),
        as_text=frozenset({"id"}) if takes_job else frozenset(),
        assumed={"timeout_ms": JOB_TIMEOUT_MS} if short else {},
        inside=_inside(name, on),
        shape=_shape(name, doer, on),
    )


def _inside(name: str, on: Switches) -> tuple[str, ...]:
    outer = ("input",) if Switch.WRAPPED in on else ()
    inner = ("spec",) if Switch.JOB_SPEC in on and name == "job.create" else ()
    return outer + inner


def _shape(name: str, doer: Method, on: Switches) -> Shape:
    """Return what makes the travelling result of `name` from that of its handler."""
    if doer.acts:
        return _action_shape(on)
    shapes: Mapping[str, Callable[[Any, Switches], Any]] = {
        "service.list": _service_names,
        "service.list_full": _service_rows,
        "service.status": _service,
        "service.logs": _lines,
        "job.create": _created,
        "job.get": _job,
        "job.list": _jobs,
        "job.logs": _lines,
        "secret.get": _secret,
        "secret.list": _secrets,
    }
    shape = shapes.get(name)
    return (lambda result: shape(result, on)) if shape else (lambda result: result)


def _action_shape(on: Switches) -> Shape:
    for switch, said in _ACTION_RESULTS.items():
        if switch in on:
            return lambda _result: said
    return lambda result: result


def _service_names(listed: list[Any], on: Switches) -> Any:
    if Switch.LIST_MAP in on:
        return _wrapped({row["name"]: _service(row, on)["state"] for row in listed}, "services", on)
    return _wrapped(listed, "services", on)


def _service_rows(listed: list[Any], on: Switches) -> Any:
    if Switch.LIST_NAMES in on:
        return _service_names(listed, on)
    rows = [_service(row, on) for row in listed]
    if Switch.LIST_MAP in on:
        return _wrapped({row.pop("name"): row for row in rows}, "services", on)
    return _wrapped(rows, "services", on)


def _service(row: dict[str, Any], on: Switches) -> dict[str, Any]:
    told = dict(row)
    if Switch.STATE_WORDS in on:
        told["state"] = _ANCESTOR_STATES.get(row["state"], row["state"].capitalize())
    if Switch.TARGET in on:
        told["target"] = "Up" if told.pop("status") == "start" else "Down"
    if Switch.SOCKET_UI in on:
        told["sockets"] = [path.replace("/admin.sock", "/ui.sock") for path in row["sockets"]]
    return told


def _lines(records: list[dict[str, str]], on: Switches) -> list[Any]:
    if Switch.LOGS_STRINGS in on:
        return [record["line"] for record in records]
    if Switch.LOGS_OBJECTS in on:
        return [{"level": _INFO, "tags": [], "message": record["line"]} for record in records]
    return list(records)


def _created(job_id: int, on: Switches) -> Any:
    told = _job_id(job_id, on)
    return {"job_id": told} if Switch.JOB_OBJECT in on else told


def _job_id(job_id: int, on: Switches) -> int | str:
    return str(job_id) if Switch.JOB_STRING in on else job_id


def _job(row: dict[str, Any], on: Switches) -> dict[str, Any]:
    told = {**row, "id": _job_id(row["id"], on)}
    if Switch.JOB_OBJECT in on:
        told = {"job_id": told.pop("id"), **told}
    if Switch.JOB_PHASE in on:
        told["phase"] = told.pop("state").capitalize()
    return told


def _jobs(rows: list[dict[str, Any]], on: Switches) -> Any:
    return _wrapped([_job(row, on) for row in rows], "jobs", on)


def _secret(value: str | None, on: Switches) -> Any:
    return {"value": value} if Switch.SECRET_OBJECT in on and value is not None else value


def _secrets(listed: list[Any], on: Switches) -> Any:
    if Switch.SECRET_NAMES in on and Switch.SECRET_LIST_REVEALS in on:
        listed = [{"name": row["key"], "secret_value": row["value"]} for row in listed]
    return _wrapped(listed, "secrets", on)


def _wrapped(listed: Any, noun: str, on: Switches) -> Any:
    return {noun: listed} if Switch.LIST_WRAPPED in on else listed
