"""A part of a declarative page that is updated by hand.

Flet freezes every control that a component returns; what is inside an island stays free. Return the
same island object on each render, as the only content of its parent: the differ then leaves it alone.
"""

from typing import Any

import flet as ft


@ft.control("Container")
class Island(ft.Container):
    """A container whose content may be changed, and sent with `page.update(content)`, at any time."""

    def init(self) -> None:
        super().init()
        # Flet passes on to children what it finds here: any value marks the island itself as
        # frozen, a false one leaves its content free (flet 1.0.5, ObjectPatch._configure_dataclass).
        marked: Any = self
        marked._frozen = False
