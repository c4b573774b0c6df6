"""What went wrong, and what is out of the ordinary, said above the page until it is settled."""

import flet as ft

from views import theme
from views.context import Notice
from views.hooks import use_cockpit, use_selected
from views.parts import icon_button
from views.texts import t


@ft.component
def Notices() -> ft.Control:
    """Show what went wrong, and what can be undone, until it is dismissed."""
    notices = use_selected(lambda c: c.notices)
    link = use_selected(lambda c: c.link)
    source = use_selected(lambda c: c.snapshot.source)
    identity = use_selected(lambda c: c.identity)
    shown: list[ft.Control] = []
    if identity.impersonator:
        told = t("{operator} acts as {name}.", operator=identity.impersonator, name=identity.name)
        shown.append(_strip(ft.Icons.SUPERVISOR_ACCOUNT, told, ft.Colors.SECONDARY_CONTAINER))
    if link:
        shown.append(_strip(ft.Icons.CLOUD_OFF, link, ft.Colors.ERROR_CONTAINER))
    elif not source.reachable and source.since is not None:
        shown.append(_strip(ft.Icons.CLOUD_OFF, source.sentence, ft.Colors.ERROR_CONTAINER))
    shown += [_Strip(notice, key=str(notice.number)) for notice in notices]
    return ft.Container(
        ft.Column(shown, spacing=theme.S),
        padding=ft.Padding.symmetric(horizontal=theme.M, vertical=theme.S if shown else 0),
    )


@ft.component
def NoticeStrip(notice: Notice) -> ft.Control:
    """Show one notice with the button that takes it away."""
    context = use_cockpit()
    bad = notice.kind == "error"
    color = ft.Colors.ERROR_CONTAINER if bad else ft.Colors.PRIMARY_CONTAINER
    icon = ft.Icons.ERROR if bad else ft.Icons.CHECK
    close = icon_button(ft.Icons.CLOSE, t("Dismiss"), lambda: context.dismiss(notice.number))
    return _strip(icon, notice.text, color, title=notice.title, end=close)


_Strip = ft.memo(NoticeStrip)
"""A notice that keeps its place when others come and go."""


def _strip(
    icon: ft.IconData,
    text: str,
    color: ft.Colors,
    *,
    title: str = "",
    end: ft.Control | None = None,
) -> ft.Control:
    said = [ft.Text(title, style=theme.HEADING)] if title else []
    return ft.Container(
        ft.Row(
            [
                ft.Icon(icon, size=20),
                ft.Semantics(
                    live_region=True,
                    expand=True,
                    content=ft.Column([*said, ft.Text(text, style=theme.BODY)], spacing=2),
                ),
                *([end] if end else []),
            ],
            spacing=theme.M,
        ),
        padding=ft.Padding.symmetric(horizontal=theme.M, vertical=theme.S),
        bgcolor=color,
        border_radius=theme.RADIUS,
    )
