"""Colours, spacing and type, each named once.

The dark theme is the Hero family's look: deep ink with one warm accent. States have a colour, an
icon and a word, never colour alone.
"""

from dataclasses import dataclass
from typing import Literal

import flet as ft

from services.models import State
from views.texts import t

MONO = "Mono"
STRONG = "Strong"
FONTS = {MONO: "fonts/DejaVuSansMono.ttf", STRONG: "fonts/Roboto-Medium.woff2"}
"""Relative, so that they are found below any prefix."""

XS, S, M, L, XL = 4, 8, 12, 20, 32
"""The spacing scale, in pixels."""

RADIUS = 12
PHONE_WIDTH = 640
"""Narrower pages carry their navigation at the bottom."""
WIDE_WIDTH = 1080
"""Wider pages show the navigation with its labels beside it."""
CONTENT_WIDTH = 1080
"""Lists and text grow no wider than this."""

TITLE = ft.TextStyle(size=24, font_family=STRONG, letter_spacing=0)
HEADING = ft.TextStyle(size=16, font_family=STRONG, letter_spacing=0)
BODY = ft.TextStyle(size=14)
SMALL = ft.TextStyle(size=12.5)
CODE = ft.TextStyle(size=12.5, font_family=MONO, letter_spacing=0)

LIGHT = ft.ColorScheme(
    primary="#0b5c66",
    on_primary="#ffffff",
    primary_container="#cfeaec",
    on_primary_container="#03353c",
    secondary="#8a4b14",
    on_secondary="#ffffff",
    secondary_container="#ffe3cc",
    on_secondary_container="#4a2404",
    tertiary="#1a6e3c",
    on_tertiary="#ffffff",
    tertiary_container="#d3f0dd",
    on_tertiary_container="#06351a",
    inverse_primary="#6a4794",
    error="#a8201a",
    on_error="#ffffff",
    error_container="#fbe0dd",
    on_error_container="#5c0f0b",
    surface="#f6f7f9",
    on_surface="#161b22",
    on_surface_variant="#4c5663",
    surface_container_lowest="#ffffff",
    surface_container_low="#ffffff",
    surface_container="#eef0f3",
    surface_container_high="#e6e9ed",
    surface_container_highest="#dde1e6",
    outline="#77818e",
    outline_variant="#d3d8de",
)
DARK = ft.ColorScheme(
    primary="#7fd6df",
    on_primary="#00363d",
    primary_container="#12444c",
    on_primary_container="#c9f1f5",
    secondary="#ffb77c",
    on_secondary="#4a2404",
    secondary_container="#5d3310",
    on_secondary_container="#ffdcc1",
    tertiary="#6fd698",
    on_tertiary="#00391b",
    tertiary_container="#0f4426",
    on_tertiary_container="#c4f3d5",
    inverse_primary="#cfb0f5",
    error="#ffb0a8",
    on_error="#5c0f0b",
    error_container="#6b1d18",
    on_error_container="#ffdad6",
    surface="#0e1319",
    on_surface="#e5e9ee",
    on_surface_variant="#aab4c0",
    surface_container_lowest="#0a0e13",
    surface_container_low="#141a22",
    surface_container="#19212a",
    surface_container_high="#222b36",
    surface_container_highest="#2c3642",
    outline="#85909d",
    outline_variant="#2f3945",
)

Layout = Literal["phone", "medium", "wide"]
"""How much room the page has."""


def layout_for(width: float | None) -> Layout:
    """Return the layout for a page of `width` pixels; medium while the width is not known."""
    if not width:
        return "medium"
    if width < PHONE_WIDTH:
        return "phone"
    return "wide" if width >= WIDE_WIDTH else "medium"


def gutter(layout: Layout) -> int:
    """Return the room left and right of a page's content."""
    return M if layout == "phone" else XL


def apply(page: ft.Page) -> None:
    """Give the page its themes and fonts; the system decides between light and dark."""
    page.fonts = dict(FONTS)
    page.theme = _theme(LIGHT)
    page.dark_theme = _theme(DARK)
    page.padding = 0
    page.spacing = 0


def _theme(scheme: ft.ColorScheme) -> ft.Theme:
    return ft.Theme(
        color_scheme=scheme,
        visual_density=ft.VisualDensity.COMFORTABLE,
        scaffold_bgcolor=scheme.surface,
    )


@dataclass(frozen=True, slots=True)
class StateLook:
    """How one state is shown; the colour is a role of the theme, so it fits light and dark."""

    icon: ft.IconData
    word: str
    color: ft.Colors


def look_of(state: State) -> StateLook:
    """Return how `state` is shown, in the session's language."""
    icon, word, color = _LOOKS[state]
    return StateLook(icon, t(word), color)


_LOOKS = {
    State.RUNNING: (ft.Icons.CHECK_CIRCLE, "Running", ft.Colors.TERTIARY),
    State.STARTING: (ft.Icons.PENDING, "Starting", ft.Colors.PRIMARY),
    State.STOPPING: (ft.Icons.PENDING, "Stopping", ft.Colors.PRIMARY),
    State.STOPPED: (ft.Icons.STOP_CIRCLE_OUTLINED, "Stopped", ft.Colors.ON_SURFACE_VARIANT),
    State.CRASH_LOOP: (ft.Icons.CHANGE_CIRCLE, "Keeps crashing", ft.Colors.ERROR),
    State.DEGRADED: (ft.Icons.WARNING_ROUNDED, "Not answering", ft.Colors.SECONDARY),
    State.FAILED: (ft.Icons.ERROR, "Failed", ft.Colors.ERROR),
    State.UNKNOWN: (ft.Icons.HELP, "Not known", ft.Colors.INVERSE_PRIMARY),
}
