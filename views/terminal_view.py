"""The terminal as a component: mounts a viewer's surface; the viewer lives as long as that."""

import flet as ft

from views.terminal_viewer import Viewer


@ft.component
def _Terminal(viewer: Viewer) -> ft.Control:
    ft.use_effect(viewer.start, [], viewer.stop)
    return ft.Container(viewer.surface.island, expand=True)


TerminalView = ft.memo(_Terminal)
"""Shows a viewer. Give it a key: another viewer needs another instance."""
