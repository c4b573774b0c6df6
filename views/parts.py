"""Small shared pieces that pages are made of."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import flet as ft

from services.models import State
from views import theme
from views.theme import look_of

Press = Callable[[], Any] | Callable[[], Awaitable[Any]] | None


def heading(text: str, *, level: int = 2, style: ft.TextStyle = theme.HEADING) -> ft.Control:
    """Return a heading that a screen reader knows as one."""
    return ft.Semantics(header=True, heading_level=level, content=ft.Text(text, style=style))


def apart(content: ft.Control) -> ft.Control:
    """Keep `content` one thing of its own for a screen reader, not merged with its neighbours."""
    return ft.Semantics(container=True, content=content)


def state_mark(state: State, *, busy: str = "") -> ft.Control:
    """Return the icon and the word of a state; a turning ring while an action is under way."""
    look = look_of(state)
    icon: ft.Control
    if busy or state in {State.STARTING, State.STOPPING}:
        icon = ft.Container(
            ft.ProgressRing(width=14, height=14, stroke_width=2, semantics_label=look.word),
            width=20,
            height=20,
            alignment=ft.Alignment.CENTER,
        )
    else:
        icon = ft.Icon(look.icon, color=look.color, size=20)
    mark = ft.Row(
        [icon, ft.Text(busy or look.word, color=look.color, style=theme.BODY, no_wrap=True)],
        spacing=theme.S,
        tight=True,
    )
    return apart(mark)


def icon_button(
    icon: ft.IconData, label: str, on_click: Press, *, disabled: bool = False, color: Any = None
) -> ft.Control:
    """Return a button that shows only an icon; `label` is its tooltip and its spoken name."""
    return ft.IconButton(
        ft.Icon(icon, semantics_label=label, size=20, color=None if disabled else color),
        tooltip=ft.Tooltip(message=label, exclude_from_semantics=True),
        on_click=on_click,
        disabled=disabled,
    )


def card(content: ft.Control, *, padding: int = theme.L) -> ft.Container:
    """Return a surface that lifts its content off the page."""
    return ft.Container(
        content,
        padding=padding,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
        border_radius=theme.RADIUS,
    )


def empty(icon: ft.IconData, title: str, text: str, *actions: ft.Control) -> ft.Control:
    """Return what a page shows when there is nothing: what will be here, and what fills it."""
    lines: Sequence[ft.Control] = [
        ft.Icon(icon, size=48, color=ft.Colors.ON_SURFACE_VARIANT),
        heading(title),
        ft.Text(
            text,
            style=theme.BODY,
            color=ft.Colors.ON_SURFACE_VARIANT,
            text_align=ft.TextAlign.CENTER,
            width=420,
        ),
        *actions,
    ]
    return ft.Container(
        ft.Column(list(lines), horizontal_alignment=ft.CrossAxisAlignment.CENTER, spacing=theme.M),
        padding=theme.XL,
        alignment=ft.Alignment.CENTER,
    )
