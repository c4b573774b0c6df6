"""The frame of every page: navigation, title, connection state, notices, and the page itself."""

from dataclasses import dataclass

import flet as ft

from views import theme
from views.bar import Bar
from views.context import context_of
from views.hooks import use_selected
from views.notices import Notices
from views.texts import t
from views.theme import Layout


@dataclass(frozen=True, slots=True)
class Place:
    """One entry of the navigation."""

    path: str
    icon: ft.IconData
    chosen: ft.IconData
    word: str


PLACES = (
    Place("/", ft.Icons.HOME_OUTLINED, ft.Icons.HOME, "Home"),
    Place("/services", ft.Icons.DNS_OUTLINED, ft.Icons.DNS, "Services"),
    Place("/console", ft.Icons.TERMINAL_OUTLINED, ft.Icons.TERMINAL, "Console"),
)


def place_of(path: str) -> int:
    """Return the number of the navigation entry that `path` belongs to; Home for unknown ones."""
    first = "/" + path.strip("/").partition("/")[0]
    return next((i for i, place in enumerate(PLACES) if place.path == first), 0)


@ft.component
def Shell() -> ft.Control:
    """Lay out the frame for the width of the page and put the current page into it."""
    layout = use_selected(lambda c: c.layout)
    path = ft.use_route_location()
    outlet = ft.use_route_outlet()
    chosen = place_of(path)
    content = ft.Container(
        outlet,
        expand=True,
        width=theme.CONTENT_WIDTH,
        padding=ft.Padding.symmetric(horizontal=theme.gutter(layout), vertical=theme.M),
    )
    main = ft.Column(
        [
            Bar(t(PLACES[chosen].word)),
            Notices(),
            ft.Row([content], alignment=ft.MainAxisAlignment.CENTER, expand=True),
        ],
        spacing=0,
        expand=True,
    )
    if layout == "phone":
        return ft.SafeArea(ft.Column([main, _bottom(chosen)], spacing=0, expand=True), expand=True)
    return ft.Row([_side(chosen, layout), main], spacing=0, expand=True)


def _go(event: ft.Event[ft.NavigationRail] | ft.Event[ft.NavigationBar]) -> None:
    place = PLACES[event.control.selected_index or 0]
    context_of(event.page).go(event.page, place.path)


def _side(chosen: int, layout: Layout) -> ft.Control:
    wide = layout == "wide"
    brand: list[ft.Control] = [ft.Image("icon.svg", width=32, height=32, semantics_label="")]
    if wide:
        brand.append(ft.Text("Hero Cockpit", style=theme.HEADING))
    return ft.NavigationRail(
        destinations=[
            ft.NavigationRailDestination(
                icon=place.icon, selected_icon=place.chosen, label=t(place.word)
            )
            for place in PLACES
        ],
        selected_index=chosen,
        extended=wide,
        label_type=None if wide else ft.NavigationRailLabelType.ALL,
        leading=ft.Container(ft.Row(brand, spacing=theme.M), padding=theme.M),
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        min_extended_width=208,
        on_change=_go,
    )


def _bottom(chosen: int) -> ft.Control:
    return ft.NavigationBar(
        destinations=[
            ft.NavigationBarDestination(
                icon=place.icon, selected_icon=place.chosen, label=t(place.word)
            )
            for place in PLACES
        ],
        selected_index=chosen,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        on_change=_go,
    )
