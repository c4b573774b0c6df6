"""The palette is readable in both looks, and every state has an icon, a word and a colour."""

import dataclasses

import pytest

from services.models import State
from views import theme
from views.theme import layout_for, look_of

TEXT_CONTRAST = 4.5
"""Least contrast of text. Source: WCAG 2.2, 1.4.3."""
SURFACES = ("surface", "surface_container_low", "surface_container")


def _luminance(color: str) -> float:
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


SCHEMES = {"light": theme.LIGHT, "dark": theme.DARK}


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize("state", list(State))
def test_every_state_is_readable_on_every_surface(look: str, state: State) -> None:
    scheme = SCHEMES[look]
    role = look_of(state).color.value
    names = {field.name.replace("_", ""): field.name for field in dataclasses.fields(scheme)}
    color = getattr(scheme, names[role])
    for surface in SURFACES:
        assert _contrast(color, getattr(scheme, surface)) >= TEXT_CONTRAST, (role, surface)


@pytest.mark.parametrize("look", ["light", "dark"])
@pytest.mark.parametrize(
    "pair",
    [
        ("on_surface", "surface"),
        ("on_surface_variant", "surface"),
        ("on_surface_variant", "surface_container_low"),
        ("on_primary_container", "primary_container"),
        ("on_secondary_container", "secondary_container"),
        ("on_error_container", "error_container"),
        ("on_primary", "primary"),
    ],
)
def test_text_is_readable_on_what_it_stands_on(look: str, pair: tuple[str, str]) -> None:
    scheme = SCHEMES[look]
    assert _contrast(getattr(scheme, pair[0]), getattr(scheme, pair[1])) >= TEXT_CONTRAST


def test_states_differ_by_icon_and_word_not_by_colour_alone() -> None:
    looks = [look_of(state) for state in State if state not in {State.STARTING, State.STOPPING}]
    assert len({look.icon for look in looks}) == len(looks)
    assert len({look.word for look in looks}) == len(looks)


@pytest.mark.parametrize(
    ("width", "layout"),
    [(None, "medium"), (0, "medium"), (390, "phone"), (639, "phone"), (640, "medium"),
     (1079, "medium"), (1080, "wide"), (2000, "wide")],
)  # fmt: skip
def test_the_layout_follows_the_width(width: float | None, layout: str) -> None:
    assert layout_for(width) == layout
