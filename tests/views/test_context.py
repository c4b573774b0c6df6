"""What one browser session's views share: following, notices, tasks, their ends."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.claims import acting_as
from tests.services.daemons import eventually
from tests.services.machines import Machine, machine
from tests.views.pages import OWNER, VIEWER, cockpit_of
from views.context import MOST_NOTICES, ViewContext


@pytest.fixture
async def made(sockets: Path) -> AsyncIterator[Machine]:
    async with machine(sockets) as running:
        await running.add("hero_books")
        yield running


@pytest.fixture
async def context(made: Machine) -> AsyncIterator[ViewContext]:
    async with cockpit_of(made) as (cockpit, consoles):
        opened = ViewContext(api=cockpit, consoles=consoles, watch_s=0.1)
        yield opened
        await opened.close()


async def test_ages_stay_true_while_nothing_changes(context: ViewContext) -> None:
    context.connected()
    await eventually(lambda: context.snapshot.at is not None)
    first = context.snapshot
    await eventually(lambda: context.snapshot.at != first.at)
    assert context.snapshot.revision == first.revision


async def test_listeners_hear_of_visible_changes_only(made: Machine, context: ViewContext) -> None:
    heard: list[int] = []
    context.connected()
    await eventually(lambda: context.snapshot.revision > 0)
    context.subscribe(lambda: heard.append(context.snapshot.revision))
    at = context.snapshot.at
    await eventually(lambda: context.snapshot.at != at)
    assert heard == []
    made.supervisor.services["hero_books"].pid = 4711
    await eventually(lambda: bool(heard))


async def test_a_page_that_nobody_sees_does_not_follow(context: ViewContext) -> None:
    context.connected()
    await eventually(lambda: context.snapshot.at is not None)
    context.disconnected()
    await eventually(lambda: "follow the store" not in _tasks())


async def test_a_connection_that_comes_back_acts_with_its_own_rights(context: ViewContext) -> None:
    with acting_as(OWNER):
        context.connected()
    assert context.identity == OWNER
    with acting_as(VIEWER):
        context.connected()
    assert context.identity == VIEWER
    await eventually(lambda: _tasks().count("follow the store") == 1)


async def test_closing_ends_every_task(context: ViewContext) -> None:
    context.connected()
    context.start_task(asyncio.Event().wait(), "waits for ever")
    await context.close()
    assert not {"follow the store", "waits for ever"} & set(_tasks())


async def test_the_same_notice_is_shown_once_and_old_ones_make_room(context: ViewContext) -> None:
    for _ in range(2):
        context.tell("error", "Restart a did not work", "why")
    assert len(context.notices) == 1
    for number in range(20):
        context.tell("error", f"Restart {number} did not work", "why")
    assert len(context.notices) == MOST_NOTICES
    context.dismiss(context.notices[-1].number)
    assert "Restart 19 did not work" not in {notice.title for notice in context.notices}


async def test_a_failed_task_is_logged_with_its_name(
    context: ViewContext, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail() -> None:
        raise ValueError("inside")

    await asyncio.wait({context.start_task(fail(), "a task that fails")})
    await eventually(lambda: "a task that fails" in caplog.text)


def _tasks() -> list[str]:
    return [task.get_name() for task in asyncio.all_tasks()]
