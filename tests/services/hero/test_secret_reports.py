from typing import Any

import pytest

from services.hero.secret_reports import read_names, read_value, says_absent, says_exists


@pytest.mark.parametrize(
    "result", ["v", {"value": "v"}, {"secret": {"value": "v"}}, {"result": {"data": "v"}}]
)
def test_a_value_is_found_in_every_known_shape(result: Any) -> None:
    assert read_value(result) == "v"


@pytest.mark.parametrize("result", [None, {}, [], 5, {"ok": True}, {"value": None}])
def test_what_holds_no_value_gives_none(result: Any) -> None:
    assert read_value(result) is None


@pytest.mark.parametrize(
    "result",
    [
        ["A", "B"],
        {"secrets": ["A", "B"]},
        [{"key": "A"}, {"name": "B"}],
        {"A": "value", "B": "value"},
        {"items": {"A": {"value": "x"}, "B": None}},
        ["core/A", "core/B", "cockpit/C"],
        [
            {"context": "core", "key": "A"},
            {"context": "cockpit", "key": "C"},
            {"context_name": "core", "name": "B"},
        ],
    ],
)
def test_names_are_read_in_every_known_shape_without_values(result: Any) -> None:
    assert read_names(result, context="core") == ["A", "B"]


def test_refusals_are_told_apart() -> None:
    assert says_absent("secret not found: GROQ_API_KEY")
    assert says_exists("UNIQUE constraint failed: secrets.key")
    assert not says_absent("permission denied")
    assert not says_exists("permission denied")
