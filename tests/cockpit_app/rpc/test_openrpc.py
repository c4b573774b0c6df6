import json
from typing import Any

import pytest
from pydantic import TypeAdapter

from cockpit_app.rpc.openrpc import document
from services.operations import OPERATIONS

DOCUMENT = document(OPERATIONS.values(), version="1.2.3")
METHODS = {method["name"]: method for method in DOCUMENT["methods"]}


def references(value: Any) -> list[str]:
    if isinstance(value, dict):
        here = [value["$ref"]] if isinstance(value.get("$ref"), str) else []
        return here + [r for inner in value.values() for r in references(inner)]
    if isinstance(value, list):
        return [r for inner in value for r in references(inner)]
    return []


def test_the_document_has_what_openrpc_1_3_requires() -> None:
    assert DOCUMENT["openrpc"].startswith("1.3.")
    assert {"title", "version"} <= DOCUMENT["info"].keys()
    assert json.loads(json.dumps(DOCUMENT)) == DOCUMENT
    for method in DOCUMENT["methods"]:
        assert {"name", "params", "result"} <= method.keys()
        assert {"name", "schema"} <= method["result"].keys()
        assert all({"name", "schema"} <= param.keys() for param in method["params"])


def test_each_operation_is_a_method_and_each_method_an_operation() -> None:
    assert METHODS.keys() == OPERATIONS.keys()


def test_each_reference_leads_somewhere_in_the_document() -> None:
    found = references(DOCUMENT)
    assert found
    for reference in found:
        target: Any = DOCUMENT
        for part in reference.removeprefix("#/").split("/"):
            target = target[part]
        assert isinstance(target, dict)


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_method_is_described_with_params_errors_and_a_valid_example(name: str) -> None:
    method, operation = METHODS[name], OPERATIONS[name]
    assert method["summary"] == operation.summary
    assert str(operation.right) in method["description"]
    assert [p["name"] for p in method["params"]] == list(operation.params.model_fields)
    required = [n for n, f in operation.params.model_fields.items() if f.is_required()]
    assert [p["name"] for p in method["params"] if p["required"]] == required
    assert len(method["errors"]) == 5
    example = {p["name"]: p["value"] for p in method["examples"][0]["params"]}
    TypeAdapter(operation.params).validate_python(example)


def test_required_parameters_come_before_optional_ones() -> None:
    for method in DOCUMENT["methods"]:
        required = [param["required"] for param in method["params"]]
        assert required == sorted(required, reverse=True)
