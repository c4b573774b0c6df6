"""Temporary."""

import flet as ft


@ft.component
def ConsolePage(name: str = "") -> ft.Control:
    return ft.Text("console")
