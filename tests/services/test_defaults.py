from typing import Any

import pytest

from services.defaults import DEFAULTS
from services.errors import Invalid


def test_each_name_can_be_overridden() -> None:
    changed = DEFAULTS.overridden(
        {"list": ["svc.list"], "own_app": "cockpit", "protected": ["a", "b"], "restart": "svc.re"}
    )
    assert (changed.list, changed.restart) == (("svc.list",), ("svc.re",))
    assert changed.protected == frozenset({"a", "b"})
    assert changed.own_app == "cockpit"
    assert changed.start == DEFAULTS.start
    assert DEFAULTS.overridden({}) == DEFAULTS


@pytest.mark.parametrize(
    "names",
    [{"lst": ["x"]}, {"list": []}, {"list": [1]}, {"list": 5}, {"own_app": ["x"]}, {"own_app": ""}],
)
def test_an_override_that_is_none_is_named(names: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=next(iter(names))):
        DEFAULTS.overridden(names)
