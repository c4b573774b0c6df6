import asyncio
import gc
import logging
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

import pytest

from services.models import Service, Snapshot, State
from services.state.store import Pace
from tests.services.clocks import HandClock, RacingClock
from tests.services.daemons import HttpServer, Request, eventually, http
from tests.services.machines import Machine, machine


def shown(snapshot: Snapshot, name: str = "hero_books") -> Service:
    service = snapshot.service(name)
    assert service is not None
    return service


async def wait_for(made: Machine, state: State, name: str = "hero_books") -> Snapshot:
    """Watch until the service is shown in `state`."""
    async with asyncio.timeout(10):
        snapshot = await made.store.watch(since=-1, timeout_s=1)
        while (service := snapshot.service(name)) is None or service.state is not state:
            snapshot = await made.store.watch(since=snapshot.revision, timeout_s=1)
    return snapshot


async def test_a_service_is_shown_with_its_three_facts(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books", extra={"description": "Reads", "memory_bytes": 5})
        service = shown(await made.store.fresh())
    assert (service.state, service.app, service.pid) == (State.RUNNING, "hero_books", 100)
    assert service.facts.supervisor.says == "running"
    assert service.facts.sockets.says == "1 of 1 accept"
    assert service.facts.health.says == "1 of 1 answer"
    assert all(f.at for f in (service.facts.supervisor, service.facts.sockets))
    assert (service.title, service.version, service.memory_bytes) == ("Books", "1.2.3", 5)


async def test_undeclared_sockets_are_found_in_the_usual_places_and_stay_expected(
    sockets: Path,
) -> None:
    async with machine(sockets, clock=HandClock()) as made:
        await made.add("hero_books")
        made.supervisor.services["hero_books"].sockets = None
        assert [e.kind for e in shown(await made.store.fresh()).endpoints] == ["web"]
        made.web_socket("hero_books").unlink()
        service = shown(await made.store.refresh())
        assert service.state is State.DEGRADED
        assert "its web socket is missing" in service.sentence


async def test_kinds_and_relative_paths_are_sockets_below_the_directory(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        declared = ["web", "hero_books/rpc.sock", "../../etc/x.sock", "/etc/passwd", ""]
        made.supervisor.services["hero_books"].sockets = declared
        paths = [e.path for e in shown(await made.store.fresh()).endpoints]
    assert paths == [str(sockets / "hero_books" / f"{k}.sock") for k in ("web", "rpc")]


async def test_the_revision_grows_only_when_something_visible_changed(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books", extra={"memory_bytes": 10_000_000, "cpu_percent": 1.0})
        first = await made.store.fresh()
        made.supervisor.services["hero_books"].extra = {
            "memory_bytes": 10_000_001,
            "cpu_percent": 1.5,
        }
        second = await made.store.refresh()
        assert second.revision == first.revision
        assert second.at is not None
        assert first.at is not None
        assert second.at > first.at
        assert shown(second).facts.supervisor.at == second.at
        made.supervisor.services["hero_books"].pid = 200
        assert (await made.store.refresh()).revision > first.revision


async def test_watch_answers_at_once_when_the_caller_is_behind(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        revision = (await made.store.fresh()).revision
        async with asyncio.timeout(1):
            assert (await made.store.watch(since=revision - 1)).revision >= revision
            assert (await made.store.watch(since=revision + 500)).revision >= revision


async def test_the_first_watcher_after_a_pause_is_not_given_old_news(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock, pace=Pace()) as made:
        await made.add("hero_books")
        old = await made.store.fresh()
        clock.advance(60)
        seen = await made.store.watch(since=0)
        assert seen.at is not None
        assert old.at is not None
        assert (seen.at - old.at).total_seconds() == 60


async def _never(request: Request) -> bytes:
    await asyncio.Event().wait()
    return b""


async def test_a_hung_hero_proc_does_not_keep_a_new_watcher_waiting(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock, pace=Pace(first_look_s=0.1)) as made:
        await made.add("hero_books")
        old = await made.store.fresh()
        made.daemon.handler = _never
        clock.advance(60)
        async with asyncio.timeout(2):
            seen = await made.store.watch(since=0)
        assert seen.at == old.at


async def test_watch_answers_in_the_end_when_nothing_changes(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        revision = (await made.store.fresh()).revision
        snapshot = await made.store.watch(since=revision, timeout_s=0.2)
        assert snapshot.revision == revision


async def test_every_watcher_hears_of_a_change(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        revision = (await made.store.fresh()).revision
        watchers = [asyncio.create_task(made.store.watch(since=revision)) for _ in range(50)]
        await asyncio.sleep(0)
        made.supervisor.services["hero_books"].pid = 4711
        async with asyncio.timeout(5):
            snapshots = await asyncio.gather(*watchers)
    assert {shown(s).pid for s in snapshots} == {4711}


async def test_nothing_is_polled_when_nobody_watches(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock, pace=Pace()) as made:
        await made.add("hero_books")
        await made.store.watch(since=-1)
        await made.store.watch(since=made.store.snapshot.revision, timeout_s=0.05)
        await eventually(lambda: clock.sleepers == 1)
        for _ in range(3):
            clock.advance(2.5)
            await eventually(lambda: clock.sleepers == 1 or poller_ended())
        await eventually(poller_ended)
        polls = len(made.supervisor.calls)
        clock.advance(1000)
        assert poller_ended()
        await made.store.watch(since=made.store.snapshot.revision, timeout_s=0.2)
        assert len(made.supervisor.calls) > polls


def poller_ended() -> bool:
    return "store poller" not in {task.get_name() for task in asyncio.all_tasks()}


async def test_polling_goes_on_for_a_moment_after_the_last_watcher_left(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock, pace=Pace()) as made:
        await made.add("hero_books")
        await made.store.watch(since=-1)
        await eventually(lambda: clock.sleepers == 1)
        for _ in range(2):
            polls = len(made.supervisor.calls)
            clock.advance(2.3)
            await eventually(lambda: clock.sleepers == 1 or poller_ended())
            assert len(made.supervisor.calls) == polls + 1


async def test_the_end_of_a_start_is_seen_with_the_next_poll(sockets: Path) -> None:
    """Not only when its sockets are due to be looked at again."""
    clock = HandClock()
    async with machine(sockets, clock=clock) as made:
        await made.add("hero_books")
        await made.store.refresh()
        healthy = made.running["hero_books"].handler

        async def ill(_: Request) -> bytes:
            return http("not yet", 503)

        made.running["hero_books"].handler = ill
        made.supervisor.services["hero_books"].pid = 4711
        clock.advance(1)
        assert shown(await made.store.refresh()).state is State.STARTING
        made.running["hero_books"].handler = healthy
        clock.advance(1)
        assert shown(await made.store.refresh()).state is State.RUNNING


async def test_fresh_polls_only_when_the_snapshot_is_older_than_a_second(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock) as made:
        await made.add("hero_books")
        for _ in range(3):
            await made.store.fresh()
        assert len(made.supervisor.calls) == 1 + 1  # rpc.discover and the list
        clock.advance(1.1)
        await made.store.fresh()
        assert len(made.supervisor.calls) == 3


async def test_callers_at_the_same_time_share_one_poll(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        await made.store.fresh()
        before = len(made.supervisor.calls)
        await asyncio.gather(*(made.store.refresh() for _ in range(20)))
        assert len(made.supervisor.calls) - before <= 2


async def test_a_caller_who_leaves_does_not_leave_others_with_old_news(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        await made.store.fresh()
        handler, turns, arrived = made.daemon.handler, asyncio.Semaphore(0), 0

        async def gated(request: Request) -> bytes:
            nonlocal arrived
            arrived += 1
            await turns.acquire()
            return await handler(request)

        made.daemon.handler = gated
        before, leaver, stayer = (asyncio.create_task(made.store.refresh()) for _ in range(3))
        await eventually(lambda: arrived == 1)
        turns.release()
        await before
        await eventually(lambda: arrived == 2)
        leaver.cancel()
        made.supervisor.services["hero_books"].pid = 4711
        turns.release()
        turns.release()
        assert shown(await stayer).pid == 4711


async def test_a_killed_service_that_comes_back_is_shown_with_another_pid(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        await made.store.fresh()
        books = made.supervisor.services["hero_books"]
        books.pid, books.restarts = 222, 1
        service = shown(await made.store.refresh())
        assert (service.pid, service.restarts) == (222, 1)
        assert service.since is not None


async def test_a_removed_socket_file_is_shown_as_degraded(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        await wait_for(made, State.RUNNING)
        made.web_socket("hero_books").unlink()
        service = shown(await wait_for(made, State.DEGRADED))
    assert service.sentence == (
        f"Running, but its web socket is missing: {made.web_socket('hero_books')}. "
        "A restart makes it anew."
    )
    assert service.fix is not None
    assert service.fix.operation == "cockpit.restart_service"


async def test_five_crashes_in_ten_minutes_are_a_crash_loop_and_then_forgotten(
    sockets: Path,
) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock) as made:
        await made.add("hero_books")
        await made.store.refresh()
        books = made.supervisor.services["hero_books"]
        states = []
        for pid in range(201, 207):
            books.pid, books.restarts = pid, books.restarts + 1
            clock.advance(20)
            states.append(shown(await made.store.refresh()).state)
            clock.advance(20)
            await made.store.refresh()
        assert states == [State.RUNNING] * 4 + [State.CRASH_LOOP] * 2
        clock.advance(601)
        assert shown(await made.store.refresh()).state is State.RUNNING


async def test_without_a_restart_count_another_pid_counts_as_a_crash(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock) as made:
        await made.add("hero_books", extra={"restart_count": None})
        await made.store.refresh()
        for pid in range(201, 206):
            made.supervisor.services["hero_books"].pid = pid
            await made.store.refresh()
        service = shown(made.store.snapshot)
        assert (service.state, service.restarts) == (State.CRASH_LOOP, 5)


async def test_a_dead_hero_proc_leaves_the_last_services_marked_and_alive(sockets: Path) -> None:
    clock = HandClock()
    async with machine(sockets, clock=clock) as made:
        await made.add("hero_books")
        await made.add("hero_router")
        heard = await made.store.refresh()
        await made.daemon.stop()
        await made.end("hero_router")
        clock.advance(10)
        soon = await made.store.refresh()
        assert not soon.source.reachable
        assert "hero_proc cannot be reached" in soon.source.sentence
        assert soon.at == heard.at
        assert shown(soon).state is State.RUNNING
        clock.advance(10)
        later = await made.store.refresh()
        assert shown(later).state is State.RUNNING
        assert "Its web socket answers; hero_proc has not been heard since" in (
            shown(later).sentence
        )
        assert shown(later, "hero_router").state is State.UNKNOWN


async def test_silence_and_recovery_are_logged_once(
    sockets: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, logger="services")
    async with machine(sockets) as made:
        await made.add("hero_books")
        for _ in range(2):
            await made.store.refresh()
        await made.daemon.stop()
        for _ in range(3):
            await made.store.refresh()
        made.daemon.path.unlink()
        await made.daemon.start()
        for _ in range(3):
            await made.store.refresh()
    lines = [r.getMessage() for r in caplog.records if r.name == "services.state.store"]
    assert len(lines) == 2
    assert lines[0].startswith("hero_proc is unreachable")
    assert lines[1] == "hero_proc answers again"


async def test_a_service_that_hero_proc_forgot_is_no_longer_shown(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        await made.store.fresh()
        del made.supervisor.services["hero_books"]
        assert (await made.store.refresh()).services == ()


async def test_a_hung_socket_does_not_hold_back_news_of_hero_proc(sockets: Path) -> None:
    async def never(_: Any) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with machine(sockets) as made:
        await made.add("hero_books")
        hung = HttpServer(sockets / "hero_hung" / "web.sock", never)
        await hung.start()
        made.supervisor.add("hero_hung", sockets=[str(hung.path)])
        first = asyncio.create_task(made.store.refresh())
        async with asyncio.timeout(1.5):
            snapshot = await made.store.watch(since=0)
        assert shown(snapshot).state is State.RUNNING
        assert shown(snapshot, "hero_hung").state is State.UNKNOWN
        await first
        assert shown(made.store.snapshot, "hero_hung").state is State.DEGRADED
        await hung.stop()


async def test_a_thousand_services_are_polled_without_stalling_the_loop(sockets: Path) -> None:
    async with machine(sockets) as made:
        made.supervisor.add(*(f"service_{n}" for n in range(1000)), sockets=[])
        await made.store.refresh()
        gc.disable()
        try:
            longest = min([await longest_slice_s(made.store.refresh()) for _ in range(3)])
        finally:
            gc.enable()
        assert len(made.store.snapshot.services) == 1000
        assert longest < 0.015  # 0.004 on the machine where this was written


async def longest_slice_s(work: Awaitable[object]) -> float:
    """Return the most CPU time that went by between two turns of the loop."""
    slices: list[float] = []
    task = asyncio.ensure_future(work)
    while not task.done():
        before = time.thread_time()
        await asyncio.sleep(0)
        slices.append(time.thread_time() - before)
    return max(slices)


async def test_closing_ends_the_poller_and_watchers_get_what_there_is(sockets: Path) -> None:
    async with machine(sockets, clock=RacingClock()) as made:
        await made.add("hero_books")
        watcher = asyncio.create_task(made.store.watch(since=-1, timeout_s=0.3))
        await watcher
        await made.store.close()
        assert poller_ended()
