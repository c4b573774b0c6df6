"""Home: the machine in one sentence, what needs attention, and the apps to open."""

from collections.abc import Sequence

import flet as ft

from services.models import Service, Snapshot
from services.state.health import health_sentence, needs_attention
from views import theme
from views.hooks import use_cockpit, use_selected
from views.links import app_link
from views.parts import card, heading, state_mark
from views.service_facts import FixButton
from views.texts import t

OWN_APP = "hero_cockpit"


@ft.component
def HomePage() -> ft.Control:
    """Greet with the state of the machine; each thing that needs attention has its one fix."""
    snapshot = use_selected(lambda c: c.snapshot)
    context = use_cockpit()
    troubled = [s for s in snapshot.services if needs_attention(s)]
    apps = [
        (s, link)
        for s in snapshot.services
        if s.app != OWN_APP and (link := app_link(s, context.prefix))
    ]
    return ft.Column(
        [
            _status(snapshot, troubled),
            *([_attention(troubled)] if troubled else []),
            *([_apps(apps)] if apps else []),
        ],
        spacing=theme.L,
        scroll=ft.ScrollMode.AUTO,
        expand=True,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _status(snapshot: Snapshot, troubled: Sequence[Service]) -> ft.Control:
    well = snapshot.source.reachable and not troubled
    color = ft.Colors.TERTIARY if well else ft.Colors.SECONDARY
    icon = ft.Icons.VERIFIED if well else ft.Icons.INFO
    return card(
        ft.Row(
            [
                ft.Icon(icon, size=40, color=color),
                ft.Container(heading(health_sentence(snapshot), style=theme.TITLE), expand=True),
            ],
            spacing=theme.L,
        )
    )


def _attention(troubled: Sequence[Service]) -> ft.Control:
    return card(
        ft.Column(
            [heading(t("Needs attention")), *(_trouble(service) for service in troubled)],
            spacing=theme.M,
        )
    )


def _trouble(service: Service) -> ft.Control:
    said = ft.Column(
        [
            ft.Row(
                [ft.Text(service.name, style=theme.HEADING), state_mark(service.state)],
                spacing=theme.M,
                wrap=True,
            ),
            ft.Text(service.sentence, style=theme.BODY),
        ],
        spacing=theme.XS,
        expand=True,
    )
    fix = service.fix
    action = [FixButton(service.name, fix.operation, f"{fix.label} {service.name}")] if fix else []
    return ft.ResponsiveRow(
        [
            ft.Container(said, col={"xs": 12, "md": 8}),
            *(ft.Container(a, col={"xs": 12, "md": 4}) for a in action),
        ]
    )


def _apps(apps: Sequence[tuple[Service, str]]) -> ft.Control:
    return ft.Column(
        [
            heading(t("Apps")),
            ft.ResponsiveRow(
                [_tile(service, link) for service, link in apps],
                spacing=theme.M,
                run_spacing=theme.M,
            ),
        ],
        spacing=theme.M,
    )


def _tile(service: Service, link: str) -> ft.Control:
    name = service.title or service.app
    return ft.Container(
        ft.Column(
            [
                ft.Row(
                    [
                        ft.Text(name, style=theme.HEADING, expand=True),
                        ft.Icon(ft.Icons.OPEN_IN_NEW, size=16, color=ft.Colors.PRIMARY),
                    ]
                ),
                ft.Text(
                    service.description,
                    style=theme.SMALL,
                    color=ft.Colors.ON_SURFACE_VARIANT,
                    max_lines=2,
                    overflow=ft.TextOverflow.ELLIPSIS,
                ),
                state_mark(service.state),
            ],
            spacing=theme.S,
        ),
        col={"xs": 12, "sm": 6, "md": 4, "lg": 3},
        padding=theme.M,
        border_radius=theme.RADIUS,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
        ink=True,
        url=ft.Url(link, target=ft.UrlTarget.BLANK),
        tooltip=t("Open {name}", name=name),
    )
