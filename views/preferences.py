"""What a browser remembers for its user: the look. It stays in the browser, not on the server."""

import flet as ft

from views.context import ViewContext

_LOOK = "hero_cockpit.look"


async def choose_look(context: ViewContext, look: ft.ThemeMode) -> None:
    """Show the page in `look` and have the browser remember it."""
    context.set_look(look)
    await ft.SharedPreferences().set(_LOOK, look.value)


async def recall_look(context: ViewContext) -> None:
    """Show the page in the look that the browser remembers, if it is one that we know."""
    try:
        remembered = await ft.SharedPreferences().get(_LOOK)
    except RuntimeError:  # the page went away before it answered
        return
    if remembered in {look.value for look in ft.ThemeMode}:
        context.set_look(ft.ThemeMode(remembered))
