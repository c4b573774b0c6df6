"""Corrections of Flet 1.0.5 that the host cannot do without (flet reference 7, items 1, 3 and 5).

Flet schedules a changed component on the session of whoever runs the code, so that one user's data
goes down another's connection; a component that raises stops its session's updates for good; and
effects outlive their session.
"""

import inspect
import logging
from collections.abc import Callable

from flet.components.component import Component
from flet.components.hooks.use_effect import EffectHook
from flet.components.public_utils import unwrap_component
from flet.controls.core.view import View
from flet.controls.id_counter import ControlId
from flet.messaging.session import Session
from flet.version import flet_version

log = logging.getLogger(__name__)

PINNED = "1.0.5"
"""The version whose insides these corrections and the connection know."""


def apply_patches() -> None:
    """Correct Flet's components, once per process; raises RuntimeError for another version."""
    if flet_version != PINNED:
        raise RuntimeError(
            f"hero_cockpit's corrections are for flet {PINNED}, but {flet_version} is installed. "
            "Run `make setup`."
        )
    for name, function in _CORRECTIONS.items():
        setattr(Component, name, function)


def renew_views(session: Session) -> None:
    """Give the session's views new numbers, for a browser that has drawn them already.

    Flet's client sends the whole page to its widgets when a connection is resumed, but widgets
    whose number it knows stay tied to the controls of before, and no later change is ever shown.
    """
    views = unwrap_component(session.page.views)
    for each in [views] if isinstance(views, View) else views:
        view = unwrap_component(each)
        object.__setattr__(view, "_i", ControlId.next())
        session.index[view._i] = view


def catch_up(session: Session) -> None:
    """Have drawn what changed while no browser was there: Flet forgets it with the connection."""
    for control in list(session.index.values()):
        if isinstance(control, Component) and control._state.is_dirty:
            session.schedule_update(control)


def has_dialogs(session: Session) -> bool:
    """Tell whether dialogs are shown: Flet's client would show them twice when it resumes."""
    return bool(session.page._dialogs.controls)


async def end_components(session: Session) -> None:
    """Cancel the effects of all of the session's components and run their clean-up."""
    for control in list(session.index.values()):
        if isinstance(control, Component):
            control._detach_observable_subscriptions()
            for hook in control._state.hooks:
                if isinstance(hook, EffectHook):
                    await _end_effect(hook)


async def _end_effect(hook: EffectHook) -> None:
    hook.cancel()
    cleanup, hook.cleanup = hook.cleanup, None
    if not callable(cleanup):
        return
    try:
        outcome = cleanup()
        if inspect.isawaitable(outcome):
            await outcome
    except Exception:
        log.exception("The clean-up of an effect failed")


def _schedule_update(component: Component) -> None:
    if component._state.mounted:
        component._state.is_dirty = True
        component.page.session.schedule_update(component)


def _schedule_effect(component: Component, hook: EffectHook, is_cleanup: bool = False) -> None:
    component.page.session.schedule_effect(hook, is_cleanup)


_update: Callable[[Component], None] = Component.update


def _update_or_report(component: Component) -> None:
    try:
        _update(component)
    except Exception as error:
        log.exception("The component %s failed while it was drawn anew", component.fn.__name__)
        component.page.session.error(str(error))


_CORRECTIONS: dict[str, Callable[..., None]] = {
    "_schedule_update": _schedule_update,
    "_schedule_effect": _schedule_effect,
    "update": _update_or_report,
}
