"""What holds of Flet 1.0.5 that the terminal is built on: a part of a page updated by hand."""

from collections.abc import Awaitable, Callable

import flet as ft
import pytest

from tests.views.harness import PageUnderTest, open_page
from views.island import island


class Parts:
    """What a test needs to have of a page: a text in an island, and what renders its parent."""

    def __init__(self) -> None:
        self.text = ft.Text("first")
        self.content = ft.Column([self.text])
        self.island = island(self.content)
        self.render: Callable[[], None] = lambda: None


@ft.component
def Inside(parts: Parts) -> ft.Control:
    return ft.Container(parts.island)


Kept = ft.memo(Inside)


@ft.component
def Whole(parts: Parts) -> ft.Control:
    count, set_count = ft.use_state(0)
    parts.render = lambda: set_count(lambda n: n + 1)
    return ft.Column([ft.Text(f"rendered {count}"), Kept(parts)])


def main(parts: Parts) -> Callable[[ft.Page], Awaitable[None]]:
    async def draw(page: ft.Page) -> None:
        page.render(Whole, parts)

    return draw


async def rerender(page: PageUnderTest, parts: Parts, count: int) -> None:
    parts.render()
    await page.sees(f"rendered {count}")


async def test_what_is_in_an_island_can_be_changed_however_often_its_parent_renders() -> None:
    parts = Parts()
    async with open_page(main(parts)) as page:
        for count in range(1, 4):
            sent = len(page.connection.sizes_bytes)
            parts.text.value = f"by hand {count}"
            page.page.update(parts.content)
            assert len(page.connection.sizes_bytes) == sent + 1
            await rerender(page, parts, count)
            assert f"by hand {count}" in page.texts()


async def test_rendering_the_parent_sends_nothing_of_the_island() -> None:
    parts = Parts()
    async with open_page(main(parts)) as page:
        parts.text.value = "x" * 5000
        page.page.update(parts.content)
        await rerender(page, parts, 1)
        assert page.connection.sizes_bytes[-1] < 500


async def test_events_of_controls_in_an_island_arrive_after_its_parent_rendered() -> None:
    parts = Parts()
    heard: list[str] = []
    button = ft.TextButton("press me", on_click=lambda: heard.append("pressed"))
    parts.content.controls.append(button)
    async with open_page(main(parts)) as page:
        await rerender(page, parts, 1)
        await page.press("press me")
        assert heard == ["pressed"]
        assert button.page is page.page


async def test_without_an_island_flet_forbids_it() -> None:
    parts = Parts()
    parts.island = ft.Container(parts.content)
    async with open_page(main(parts)):
        with pytest.raises(RuntimeError, match="Frozen"):
            parts.text.value = "by hand"
