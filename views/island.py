"""A part of a declarative page that is updated by hand.

Flet freezes every control that a component returns; what is inside an island stays free. Return the
same island on each render, as the only content of its parent: the differ then leaves it alone.
"""

from typing import Any

import flet as ft


def island(content: ft.Control) -> ft.Container:
    """Return a container whose content may be changed, and sent with `page.update`, at any time.

    Source: flet 1.0.5, `DiffBuilder._configure_dataclass`: what a control carries as `_frozen` is
    handed on to all that is in it; having the attribute at all marks the control itself as frozen.
    """
    container = ft.Container(content, expand=True)
    marked: Any = container
    marked._frozen = False
    return container
