"""The top of every page: where one is, whether what is shown is fresh, and who one is."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import flet as ft

from services.claims import Identity, Right
from views import theme
from views.hooks import use_clock, use_cockpit, use_selected
from views.links import sign_in_link
from views.parts import heading
from views.preferences import choose_look
from views.texts import ago, t

FRESH_S = 15.0
"""What is shown is called live up to this age."""


@ft.component
def Bar(title: str) -> ft.Control:
    """Show where one is, whether what is shown is fresh, and who one is."""
    layout = use_selected(lambda c: c.layout)
    return ft.Container(
        ft.Row(
            [
                ft.Container(heading(title, level=1, style=theme.TITLE), expand=True),
                Freshness(short=layout == "phone"),
                Person(),
            ],
            spacing=theme.M,
        ),
        padding=ft.Padding.only(left=theme.gutter(layout), right=theme.M, top=theme.M),
    )


@ft.component
def Freshness(*, short: bool) -> ft.Control:
    """Say whether the cockpit and hero_proc answer, and how old what is shown is."""
    use_clock(5.0)
    link = use_selected(lambda c: c.link)
    source = use_selected(lambda c: c.snapshot.source)
    at = use_cockpit().snapshot.at
    age = None if at is None else (datetime.now(UTC) - at).total_seconds()
    if link or not source.reachable:
        icon, color, words = ft.Icons.CLOUD_OFF, ft.Colors.ERROR, t("Not connected")
    elif age is not None and age > FRESH_S:
        icon, color, words = ft.Icons.HISTORY, ft.Colors.SECONDARY, ago(age)
    else:
        icon, color, words = ft.Icons.SENSORS, ft.Colors.TERTIARY, t("Live")
    text = [] if short and words == t("Live") else [ft.Text(words, style=theme.SMALL, color=color)]
    return ft.Semantics(
        live_region=True,
        content=ft.Row(
            [ft.Icon(icon, size=16, color=color, semantics_label=words), *text],
            spacing=theme.XS,
            tight=True,
            tooltip=link or source.sentence,
        ),
    )


@ft.component
def Person() -> ft.Control:
    """Show who one is, and offer another look or another identity."""
    identity = use_selected(lambda c: c.identity)
    context = use_cockpit()

    def look(mode: ft.ThemeMode) -> Callable[[], Awaitable[None]]:
        async def chosen() -> None:
            await choose_look(context, mode)

        return chosen

    entries = [
        ft.PopupMenuItem(content=_who(identity), disabled=True),
        ft.PopupMenuItem(),
        ft.PopupMenuItem(
            t("Follow the system"),
            icon=ft.Icons.BRIGHTNESS_AUTO,
            on_click=look(ft.ThemeMode.SYSTEM),
        ),
        ft.PopupMenuItem(t("Light"), icon=ft.Icons.LIGHT_MODE, on_click=look(ft.ThemeMode.LIGHT)),
        ft.PopupMenuItem(t("Dark"), icon=ft.Icons.DARK_MODE, on_click=look(ft.ThemeMode.DARK)),
        *_other_identity(sign_in_link(context.prefix)),
    ]
    label = t("You: {name}", name=identity.name)
    return ft.PopupMenuButton(
        content=ft.Container(
            ft.Row(
                [
                    ft.Icon(ft.Icons.ACCOUNT_CIRCLE, size=20),
                    ft.Text(identity.name, style=theme.SMALL, semantics_label=label),
                ],
                spacing=theme.XS,
                tight=True,
            ),
            padding=theme.S,
        ),
        items=entries,
        tooltip=ft.Tooltip(message=label, exclude_from_semantics=True),
    )


def _other_identity(link: str | None) -> list[ft.PopupMenuItem]:
    if link is None:
        return []

    async def go() -> None:
        await ft.UrlLauncher().launch_url(link, web_only_window_name="_self")

    label = t("Sign in as somebody else")
    return [
        ft.PopupMenuItem(),
        ft.PopupMenuItem(label, icon=ft.Icons.SWITCH_ACCOUNT, on_click=go),
    ]


def _who(identity: Identity) -> ft.Control:
    if identity.may(Right.ADMIN):
        may = t("You may see and change everything here.")
    elif identity.may(Right.WRITE):
        may = t("You may see everything and run the services.")
    else:
        may = t("You may look, but not change anything.")
    return ft.Column(
        [
            ft.Text(identity.name, style=theme.HEADING),
            ft.Text(may, style=theme.SMALL, color=ft.Colors.ON_SURFACE_VARIANT),
        ],
        spacing=2,
        tight=True,
    )
