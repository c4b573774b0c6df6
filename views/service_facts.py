"""The truth panel of a service: three facts with their ages, its sockets, and the fitting fix."""

from datetime import UTC, datetime
from pathlib import Path

import flet as ft

from services.models import Endpoint, Fact, Service
from views import theme
from views.hooks import use_clock, use_cockpit
from views.service_actions import change, fixing
from views.texts import ago, t

STALE_S = 15.0
"""Facts older than this are marked."""
TICK_S = 2.0
LABEL_WIDTH = 96


@ft.component
def ServiceFacts(name: str) -> ft.Control:
    """Show on what the state of the service `name` rests."""
    use_clock(TICK_S)
    context = use_cockpit()
    service = context.snapshot.service(name)
    if service is None:
        return ft.Text(t("{name} is gone from this machine.", name=name), style=theme.BODY)
    return ft.Container(
        ft.Column(
            [
                *_facts(service),
                *(_socket(e) for e in service.endpoints),
                _about(service),
                *_fix(service),
            ],
            spacing=theme.XS,
        ),
        padding=ft.Padding.only(left=theme.S, bottom=theme.S),
    )


def _facts(service: Service) -> list[ft.Control]:
    facts = service.facts
    return [
        _fact(t("Supervisor"), facts.supervisor),
        _fact(t("Sockets"), facts.sockets),
        _fact(t("Health"), facts.health),
    ]


def _fact(label: str, fact: Fact) -> ft.Control:
    icon, color = _mark(fact)
    age = fact.age_s(datetime.now(UTC))
    old = age is not None and age > STALE_S
    return ft.Row(
        [
            ft.Text(label, style=theme.SMALL, width=LABEL_WIDTH),
            ft.Icon(icon, size=16, color=color),
            ft.Text(fact.says, style=theme.SMALL, expand=True),
            ft.Text(
                ago(age),
                style=theme.SMALL,
                color=ft.Colors.SECONDARY if old else ft.Colors.ON_SURFACE_VARIANT,
            ),
        ],
        spacing=theme.S,
    )


def _mark(fact: Fact) -> tuple[ft.IconData, ft.Colors]:
    if fact.ok is None:
        return ft.Icons.REMOVE, ft.Colors.ON_SURFACE_VARIANT
    if fact.ok:
        return ft.Icons.CHECK, ft.Colors.TERTIARY
    return ft.Icons.CLOSE, ft.Colors.ERROR


def _socket(endpoint: Endpoint) -> ft.Control:
    path = "/".join(Path(endpoint.path).parts[-2:]) or t("(not shown to guests)")
    says = f"{endpoint.accepts.says}; {endpoint.answers.says}"
    return ft.Row(
        [
            ft.Text(
                t("{kind} socket", kind=endpoint.kind),
                style=theme.SMALL,
                color=ft.Colors.ON_SURFACE_VARIANT,
                width=LABEL_WIDTH,
            ),
            ft.Text(path, style=theme.CODE, expand=True, tooltip=endpoint.path or None),
            ft.Text(says, style=theme.SMALL, color=ft.Colors.ON_SURFACE_VARIANT),
        ],
        spacing=theme.S,
    )


def _about(service: Service) -> ft.Control:
    parts = [
        service.description,
        t("version {version}", version=service.version) if service.version else "",
        t("process {pid}", pid=service.pid) if service.pid else "",
        t("should be {wanted}", wanted=service.wanted.value),
        t("hero_proc says {word}", word=service.raw_state) if service.raw_state else "",
    ]
    text = " · ".join(part for part in parts if part)
    return ft.Text(text, style=theme.SMALL, color=ft.Colors.ON_SURFACE_VARIANT)


def _fix(service: Service) -> list[ft.Control]:
    if service.fix is None or fixing(service.fix.operation) is None:
        return []
    return [FixButton(service.name, service.fix.operation, f"{service.fix.label} {service.name}")]


@ft.component
def FixButton(name: str, operation: str, label: str) -> ft.Control:
    """Offer the one operation that fits what is wrong with the service `name`."""
    context = use_cockpit()
    verb = fixing(operation)

    async def press() -> None:
        if verb is not None:
            await change(context, verb, name)

    icon = verb.icon if verb is not None else ft.Icons.BUILD
    return ft.Row([ft.FilledTonalButton(label, icon=icon, on_click=press)])
