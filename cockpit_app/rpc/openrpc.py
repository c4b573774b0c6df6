"""The OpenRPC document of `rpc.sock`, made from the registry; there is no second list.

Source: OpenRPC specification 1.3.2 (spec.open-rpc.org).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from services.api import Operation
from services.errors import KINDS, CockpitError

OPENRPC_VERSION = "1.3.2"
_REF = "#/components/schemas/{model}"


def document(operations: Iterable[Operation[Any, Any]], *, version: str) -> dict[str, Any]:
    """Return the OpenRPC document that describes `operations`."""
    listed = list(operations)
    schemas = _schemas(listed)
    return {
        "openrpc": OPENRPC_VERSION,
        "info": {
            "title": "hero_cockpit",
            "version": version,
            "description": "The control surface of a Hero OS virtual machine.",
            "license": {"name": "Apache-2.0"},
        },
        "methods": [_method(operation, schemas) for operation in listed],
        "components": {
            "schemas": schemas,
            "errors": {kind.__name__: _error(kind) for kind in KINDS},
        },
    }


def _schemas(operations: Iterable[Operation[Any, Any]]) -> dict[str, Any]:
    models = {m for o in operations for m in (o.params, o.result)}
    wanted: list[tuple[type[BaseModel], Any]] = [
        (model, "validation") for model in sorted(models, key=lambda m: m.__name__)
    ]
    _, definitions = models_json_schema(wanted, ref_template=_REF)
    schemas: dict[str, Any] = definitions["$defs"]
    return schemas


def _method(operation: Operation[Any, Any], schemas: Mapping[str, Any]) -> dict[str, Any]:
    params = schemas[operation.params.__name__]
    return {
        "name": operation.name,
        "summary": operation.summary,
        "description": _description(operation),
        "tags": [{"name": operation.command[0]}],
        "paramStructure": "either",
        "params": [
            _parameter(name, schema, required=name in params.get("required", ()))
            for name, schema in params.get("properties", {}).items()
        ],
        "result": {
            "name": _snake(operation.result.__name__),
            "schema": {"$ref": _REF.format(model=operation.result.__name__)},
        },
        "errors": [{"$ref": f"#/components/errors/{kind.__name__}"} for kind in KINDS],
        "examples": [_example(operation)],
    }


def _description(operation: Operation[Any, Any]) -> str:
    """Return what a caller must know besides the summary."""
    changes = "It changes the machine." if operation.changes else "It changes nothing."
    if operation.starts_job:
        changes += " It answers with a job that goes on; `cockpit.watch_job` follows it."
    noun, verb = operation.command
    return (
        f"Needs the right to {operation.right}. {changes} "
        f"On the command line: `hero_cockpit {noun} {verb}`."
    )


def _parameter(name: str, schema: Mapping[str, Any], *, required: bool) -> dict[str, Any]:
    described = {k: v for k, v in schema.items() if k not in {"title", "description"}}
    parameter = {"name": name, "required": required, "schema": described}
    if "description" in schema:
        parameter["description"] = schema["description"]
    return parameter


def _example(operation: Operation[Any, Any]) -> dict[str, Any]:
    return {
        "name": operation.short,
        "summary": operation.summary,
        "params": [{"name": name, "value": value} for name, value in operation.example.items()],
    }


def _error(kind: type[CockpitError]) -> dict[str, Any]:
    message = (kind.__doc__ or "").splitlines()[0]
    return {"code": kind.code, "message": message, "data": {"kind": kind.kind}}


def _snake(name: str) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
