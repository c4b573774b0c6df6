"""Services: what runs on this machine and whether that is true; start, stop, restart."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import flet as ft

from services.models import Service, State
from services.state.health import needs_attention
from views import theme
from views.hooks import use_cockpit, use_selected
from views.parts import empty, icon_button
from views.service_actions import RESTART, START, STOP, Verb, change_all
from views.service_row import Row, RowMarks, RowView
from views.texts import t, tn


@dataclass(frozen=True, slots=True)
class Group:
    """One of the filters above the list."""

    key: str
    word: str
    holds: Callable[[Service], bool]


GROUPS = (
    Group("all", "All", lambda service: True),
    Group("running", "Running", lambda service: service.state is State.RUNNING),
    Group("attention", "Needs attention", needs_attention),
    Group("stopped", "Stopped", lambda service: service.state is State.STOPPED),
)


@ft.component
def ServicesPage(opened: str = "") -> ft.Control:
    """List the services; `opened` names the one whose facts are shown at first."""
    layout = use_selected(lambda c: c.layout)
    services = use_selected(lambda c: c.snapshot.services)
    asked = use_selected(lambda c: c.snapshot.at is not None or bool(c.snapshot.revision))
    words, set_words = ft.use_state(opened)
    group, set_group = ft.use_state("all")
    selected, set_selected = ft.use_state(frozenset[str]())
    unfolded, set_unfolded = ft.use_state(frozenset([opened] if opened else []))

    select = ft.use_callback(lambda name, on: set_selected(lambda s: _with(s, name, on)), [])
    unfold = ft.use_callback(lambda name, on: set_unfolded(lambda s: _with(s, name, on)), [])

    def clear() -> None:
        set_words("")
        set_group("all")

    rows = [RowView.of(service) for service in services]
    holds = next(g.holds for g in GROUPS if g.key == group)
    shown = {
        row.name
        for service, row in zip(services, rows, strict=True)
        if holds(service) and row.matches(words)
    }
    known = selected & {row.name for row in rows}
    marks = {
        row.name: RowMarks(row.name in known, row.name in unfolded, layout == "phone")
        for row in rows
    }
    listed = [
        ft.Container(
            Row(row, marks[row.name], select, unfold), key=row.name, visible=row.name in shown
        )
        for row in rows
    ]
    return ft.Column(
        [
            _Tools(words, set_words, group, set_group, _counts(services)),
            *([_Bulk(known, lambda: set_selected(frozenset()))] if known else []),
            _list(listed, visible=bool(shown)),
            *([] if shown else [_nothing(bool(services), asked, clear)]),
        ],
        spacing=theme.M,
        expand=True,
        horizontal_alignment=ft.CrossAxisAlignment.STRETCH,
    )


def _with(names: frozenset[str], name: str, on: bool) -> frozenset[str]:
    return names | {name} if on else names - {name}


def _counts(services: Sequence[Service]) -> dict[str, int]:
    return {g.key: sum(g.holds(service) for service in services) for g in GROUPS}


def _list(rows: Sequence[ft.Control], *, visible: bool) -> ft.Control:
    """Return the list; rows that the filter leaves out are hidden, which is ten times as quick
    as taking them away and making them again.
    """
    return ft.Container(
        ft.ListView(list(rows), expand=True),
        expand=True,
        visible=visible,
        bgcolor=ft.Colors.SURFACE_CONTAINER_LOW,
        border=ft.Border.all(1, ft.Colors.OUTLINE_VARIANT),
        border_radius=theme.RADIUS,
        clip_behavior=ft.ClipBehavior.ANTI_ALIAS,
    )


def _nothing(any_service: bool, asked: bool, clear: Callable[[], object]) -> ft.Control:
    if any_service:
        return empty(
            ft.Icons.SEARCH_OFF,
            t("No service fits"),
            t("No service is in this state or has these words in its name."),
            ft.FilledTonalButton(t("Show all services"), on_click=clear),
        )
    if not asked:
        return empty(ft.Icons.HOURGLASS_EMPTY, t("Asking hero_proc"), t("One moment."))
    return empty(
        ft.Icons.DNS,
        t("No services yet"),
        t("hero_proc supervises nothing on this machine. What you install will be listed here."),
    )


@ft.component
def _Tools(
    words: str,
    set_words: Callable[[str], None],
    group: str,
    set_group: Callable[[str], None],
    counts: dict[str, int],
) -> ft.Control:
    def typed(event: ft.Event[ft.TextField]) -> None:
        # The control's own value may by now be that of a drawing in between; the event's is typed.
        set_words(str(event.data or ""))

    def chip(choice: Group) -> ft.Control:
        return ft.Chip(
            label=f"{t(choice.word)}  {counts[choice.key]}",
            selected=group == choice.key,
            show_checkmark=False,
            on_select=lambda: set_group(choice.key),
        )

    search = ft.TextField(
        value=words,
        label=t("Filter services"),
        prefix_icon=ft.Icons.SEARCH,
        dense=True,
        on_change=typed,
        width=280,
        border=ft.OutlineInputBorder(
            border_radius=theme.RADIUS, side=ft.BorderSide(1, ft.Colors.OUTLINE)
        ),
    )
    return ft.Row(
        [search, ft.Row([chip(choice) for choice in GROUPS], spacing=theme.S, wrap=True)],
        spacing=theme.M,
        run_spacing=theme.S,
        wrap=True,
    )


@ft.component
def _Bulk(names: frozenset[str], clear: Callable[[], None]) -> ft.Control:
    context = use_cockpit()
    count = len(names)

    def button(verb: Verb) -> ft.Control:
        async def press() -> None:
            clear()
            await change_all(context, verb, sorted(names))

        label = tn("{verb} {count} service", "{verb} {count} services", count, verb=t(verb.word))
        return ft.FilledTonalButton(label, icon=verb.icon, on_click=press)

    said = tn("{count} selected", "{count} selected", count)
    return ft.Container(
        ft.Row(
            [
                ft.Semantics(live_region=True, content=ft.Text(said, style=theme.HEADING)),
                *(button(verb) for verb in (START, STOP, RESTART)),
                icon_button(ft.Icons.CLOSE, t("Clear the selection"), clear),
            ],
            wrap=True,
            spacing=theme.S,
            run_spacing=theme.S,
        ),
        padding=theme.S,
        bgcolor=ft.Colors.PRIMARY_CONTAINER,
        border_radius=theme.RADIUS,
    )
