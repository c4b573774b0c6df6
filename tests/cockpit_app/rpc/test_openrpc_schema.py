"""The OpenRPC document against the published meta-schema."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from referencing import Registry
from referencing.jsonschema import DRAFT7

from cockpit_app.rpc.openrpc import document
from services.operations import OPERATIONS

SCHEMAS = Path(__file__).with_name("schemas")
DOCUMENT = document(OPERATIONS.values(), version="1.2.3")


def validator() -> Draft7Validator:
    meta = json.loads((SCHEMAS / "openrpc.json").read_text())
    inner = DRAFT7.create_resource(json.loads((SCHEMAS / "json_schema.json").read_text()))
    address = "https://meta.json-schema.tools"
    registry: Registry[Any] = Registry().with_resources([(address, inner), (f"{address}/", inner)])
    return Draft7Validator(
        meta | {"$schema": "http://json-schema.org/draft-07/schema#"}, registry=registry
    )


def test_the_document_is_valid_by_the_openrpc_meta_schema() -> None:
    problems = [f"{list(e.path)}: {e.message}" for e in validator().iter_errors(DOCUMENT)]
    assert problems == []


@pytest.mark.parametrize(
    "broken",
    [
        {"openrpc": "9"},
        {"methods": [{"name": "x"}]},
        {"methods": [{"name": "x", "params": [{"name": "p", "schema": 5}]}]},
        {"unknown": 1},
    ],
    ids=str,
)
def test_the_meta_schema_would_find_a_fault(broken: dict[str, Any]) -> None:
    document = copy.deepcopy(DOCUMENT) | broken
    assert list(validator().iter_errors(document))


@pytest.mark.parametrize("name", OPERATIONS)
def test_each_method_has_a_description_an_example_and_its_errors(name: str) -> None:
    method = next(m for m in DOCUMENT["methods"] if m["name"] == name)
    assert len(method["description"]) > len(method["summary"]) / 2
    assert method["summary"]
    assert method["examples"]
    assert method["errors"]
    for param in method["params"]:
        assert param.get("description"), param["name"]
