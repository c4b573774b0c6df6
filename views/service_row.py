"""One service in the list: its state with the reason, what can be done, and its facts on demand."""

from collections.abc import Callable
from dataclasses import dataclass

import flet as ft

from services.models import Service, State
from views import theme
from views.hooks import use_cockpit
from views.parts import apart, icon_button, state_mark
from views.service_actions import STOP, Verb, busy_word, change, fixing, verbs_for
from views.service_facts import ServiceFacts
from views.texts import size, t

ACTIONS_WIDTH = 132
STATE_WIDTH = 148
_TITLE = ft.TextStyle(
    size=12.5, font_family="Roboto", letter_spacing=0.2, color=ft.Colors.ON_SURFACE_VARIANT
)


@dataclass(frozen=True, slots=True)
class RowView:
    """What a row shows of a service; equal while nothing visible changed, so rows render rarely."""

    name: str
    title: str
    state: State
    sentence: str
    busy: str
    memory: str
    fix: Verb | None
    protected: bool

    @classmethod
    def of(cls, service: Service) -> "RowView":
        """Take from `service` what the row shows, without the ages of its facts."""
        return cls(
            name=service.name,
            title=service.title,
            state=service.state,
            sentence=service.sentence,
            busy=busy_word(service),
            memory=size(service.memory_bytes),
            fix=fixing(service.fix.operation) if service.fix else None,
            protected=service.protected,
        )

    def matches(self, words: str) -> bool:
        """Tell whether every one of `words` is in what the row says."""
        said = f"{self.name} {self.title} {self.state.value} {self.sentence}".casefold()
        return all(word in said for word in words.casefold().split())


@dataclass(frozen=True, slots=True)
class RowMarks:
    """How the list shows a row, beside what the row says."""

    selected: bool
    open: bool
    compact: bool


@ft.component
def ServiceRow(
    view: RowView,
    marks: RowMarks,
    select: Callable[[str, bool], None],
    unfold: Callable[[str, bool], None],
) -> ft.Control:
    """Draw one service; a compact row stacks its parts for a narrow page."""
    head = (
        _compact(view, marks, select, unfold)
        if marks.compact
        else _wide(view, marks, select, unfold)
    )
    body: list[ft.Control] = [head]
    if marks.open:
        body.append(ServiceFacts(view.name))
    return ft.Container(
        ft.Column(body, spacing=theme.S),
        padding=ft.Padding.symmetric(horizontal=theme.M, vertical=theme.S),
        border=ft.Border.only(bottom=ft.BorderSide(1, ft.Colors.OUTLINE_VARIANT)),
        bgcolor=ft.Colors.SURFACE_CONTAINER if marks.selected else None,
    )


Row = ft.memo(ServiceRow)
"""A row that renders again only when what it shows changes."""


def _wide(
    view: RowView,
    marks: RowMarks,
    select: Callable[[str, bool], None],
    unfold: Callable[[str, bool], None],
) -> ft.Control:
    return ft.Row(
        [
            _checkbox(view, marks, select),
            ft.Container(_words(view), expand=True),
            ft.Text(view.memory, style=theme.SMALL, color=ft.Colors.ON_SURFACE_VARIANT, width=64),
            ft.Container(state_mark(view.state, busy=view.busy), width=STATE_WIDTH),
            ft.Container(_Actions(view), width=ACTIONS_WIDTH),
            _chevron(view, marks, unfold),
        ],
        spacing=theme.M,
        vertical_alignment=ft.CrossAxisAlignment.CENTER,
    )


def _compact(
    view: RowView,
    marks: RowMarks,
    select: Callable[[str, bool], None],
    unfold: Callable[[str, bool], None],
) -> ft.Control:
    return ft.Column(
        [
            ft.Row(
                [
                    _checkbox(view, marks, select),
                    ft.Container(_words(view), expand=True),
                    _chevron(view, marks, unfold),
                ],
                spacing=theme.S,
            ),
            ft.Row(
                [state_mark(view.state, busy=view.busy), _Actions(view)],
                alignment=ft.MainAxisAlignment.SPACE_BETWEEN,
            ),
        ],
        spacing=0,
    )


def _words(view: RowView) -> ft.Control:
    name = ft.Text(
        view.name,
        spans=[ft.TextSpan(f"  {view.title}", style=_TITLE)],
        style=theme.HEADING,
        max_lines=1,
        overflow=ft.TextOverflow.ELLIPSIS,
    )
    sentence = ft.Text(view.sentence, style=theme.SMALL, color=ft.Colors.ON_SURFACE_VARIANT)
    return apart(ft.Column([name, sentence], spacing=2, tight=True))


def _checkbox(view: RowView, marks: RowMarks, select: Callable[[str, bool], None]) -> ft.Control:
    def toggled() -> None:
        select(view.name, not marks.selected)

    label = t("Select {name}", name=view.name)
    box = ft.Checkbox(value=marks.selected, semantics_label=label, on_change=toggled)
    return apart(box)


def _chevron(view: RowView, marks: RowMarks, unfold: Callable[[str, bool], None]) -> ft.Control:
    icon = ft.Icons.EXPAND_LESS if marks.open else ft.Icons.EXPAND_MORE
    label = t("Hide facts of {name}") if marks.open else t("Show facts of {name}")
    return icon_button(
        icon, label.format(name=view.name), lambda: unfold(view.name, not marks.open)
    )


@ft.component
def _Actions(view: RowView) -> ft.Control:
    context = use_cockpit()

    def button(verb: Verb) -> ft.Control:
        async def press() -> None:
            await change(context, verb, view.name)

        return icon_button(verb.icon, verb.label(view.name), press, disabled=bool(view.busy))

    verbs = [v for v in verbs_for(view.state) if not (v is STOP and view.protected)]
    return ft.Row([button(v) for v in verbs], spacing=0, alignment=ft.MainAxisAlignment.END)
