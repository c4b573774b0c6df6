"""What of a browser's words is taken over into the page."""

from typing import Any

import pytest

from cockpit_app.host.packets import public


@pytest.mark.parametrize(
    "patch",
    [
        {"value": "typed"},
        {"width": 390.0, "height": 844},
        {"selected_index": 1, "selected": ["a"]},
        {"media": {"padding": {"left": 1}, "device_pixel_ratio": 2}},
        {"selection": {"base_offset": 1, "extent_offset": 4}},
    ],
)
def test_what_a_browser_reports_is_taken(patch: dict[str, Any]) -> None:
    assert public(patch) == patch


@pytest.mark.parametrize(
    "patch",
    [
        {"_frozen": False},
        {"on_close": "x", "on_click": None},
        {"style": {"color": "transparent", "size": 1}},
        {"theme": {"color_scheme": {"primary": "red"}}},
        {"media": {"_x": 1, "on_x": 2, "style": {"size": 1}}},
        {1: "a number for a name"},
    ],
)
def test_handlers_private_names_and_parts_of_shared_values_are_not(patch: dict[Any, Any]) -> None:
    taken = public(patch)
    assert taken in ({}, {"media": {}})
