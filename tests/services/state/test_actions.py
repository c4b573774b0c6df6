import asyncio
from collections.abc import Awaitable
from pathlib import Path

import pytest

from services.errors import CockpitError, NotFound, Refused, Unreachable
from services.models import State
from services.state.truth import Action
from services.wire.reply import Answered
from tests.services.clocks import RacingClock
from tests.services.daemons import eventually
from tests.services.machines import Machine, machine


async def refusal(work: Awaitable[object]) -> CockpitError:
    with pytest.raises(CockpitError) as caught:
        await work
    return caught.value


async def test_a_restart_ends_in_running_with_another_pid(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        service = await made.actions.run("restart", "hero_books")
    assert (service.state, service.pid, service.pending) == (State.RUNNING, 1001, None)
    assert made.supervisor.changes == ["service.restart"]


async def test_a_stop_ends_in_stopped_and_a_start_in_running(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        stopped = await made.actions.run("stop", "hero_books")
        assert (stopped.state, stopped.sentence) == (State.STOPPED, "Stopped, as asked.")
        assert stopped.fix is None
        started = await made.actions.run("start", "hero_books")
        assert started.state is State.RUNNING


async def test_a_hero_proc_without_restart_is_told_to_stop_and_start(sockets: Path) -> None:
    async with machine(sockets, missing=frozenset({"restart"})) as made:
        await made.add("hero_books")
        assert (await made.actions.run("restart", "hero_books")).pid == 1001
    assert made.supervisor.changes == ["service.restart", "service.stop", "service.start"]


async def test_watchers_see_the_action_while_it_is_under_way(sockets: Path) -> None:
    async with machine(sockets, stuck=True) as made:
        await made.add("hero_books")
        revision = (await made.store.fresh()).revision
        task = asyncio.create_task(made.actions.run("restart", "hero_books"))
        async with asyncio.timeout(5):
            snapshot = await made.store.watch(since=revision)
        service = snapshot.service("hero_books")
        assert service is not None
        assert (service.pending, service.state) == ("restart", State.STOPPING)
        made.supervisor.services["hero_books"].pid = 555
        assert (await task).pid == 555
        after = made.store.snapshot.service("hero_books")
        assert after is not None
        assert after.pending is None


async def test_only_one_action_per_service_is_under_way(sockets: Path) -> None:
    async with machine(sockets, stuck=True) as made:
        await made.add("hero_books")
        await made.add("hero_router")
        first = asyncio.create_task(made.actions.run("restart", "hero_books"))
        await eventually(lambda: bool(made.supervisor.changes))
        error = await refusal(made.actions.run("stop", "hero_books"))
        assert type(error) is Refused
        assert error.message == (
            "hero_books is being restarted already. Wait until that has ended."
        )
        other = asyncio.create_task(made.actions.run("restart", "hero_router"))
        await eventually(lambda: len(made.supervisor.changes) == 2)
        for name in ("hero_books", "hero_router"):
            made.supervisor.services[name].pid = 900
        await asyncio.gather(first, other)
        made.supervisor.stuck = False
        await made.actions.run("stop", "hero_books")


async def test_an_end_that_does_not_come_is_told_after_fifteen_seconds(sockets: Path) -> None:
    clock = RacingClock()
    async with machine(sockets, clock=clock, stuck=True) as made:
        await made.add("hero_books")
        before = clock.monotonic()
        error = await refusal(made.actions.run("restart", "hero_books"))
        assert 15 <= clock.monotonic() - before < 17
        assert type(error) is Refused
        assert error.message.startswith("hero_books could not be restarted within 15 s. Now: ")
        shown = made.store.snapshot.service("hero_books")
        assert shown is not None
        assert (shown.pending, shown.state) == (None, State.RUNNING)


async def test_a_service_that_fails_at_once_is_told_with_its_reason(sockets: Path) -> None:
    clock = RacingClock()
    async with machine(sockets, clock=clock, stuck=True) as made:
        await made.add("hero_books", state="failed", pid=None, extra={"exit_code": 3})
        await made.end("hero_books")
        error = await refusal(made.actions.run("start", "hero_books"))
        assert error.message.startswith("hero_books could not be started. Now: Failed (exit code")
        assert 2 <= clock.monotonic() < 4


async def test_a_service_that_runs_without_answering_is_returned_as_degraded(
    sockets: Path,
) -> None:
    async with machine(sockets, clock=RacingClock()) as made:
        await made.add("hero_books")
        await made.end("hero_books")
        made.supervisor.on_change = None
        service = await made.actions.run("restart", "hero_books")
        assert (service.state, service.pid) == (State.DEGRADED, 1001)
        assert "its web socket is missing" in service.sentence


async def test_hero_procs_refusal_is_told_in_its_words(sockets: Path) -> None:
    async with machine(sockets, refuses="the disk is full") as made:
        await made.add("hero_books")
        error = await refusal(made.actions.run("restart", "hero_books"))
        assert isinstance(error, Answered)
        assert error.message == "hero_proc refused service.restart: the disk is full."
        shown = made.store.snapshot.service("hero_books")
        assert shown is not None
        assert shown.pending is None


async def test_an_unknown_name_reaches_nobody_and_names_what_looks_alike(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        for name in ("hero_boks", "zzz", "../../etc", "hero_books\n"):
            error = await refusal(made.actions.run("stop", name))
            assert type(error) is NotFound
            assert repr(name) in error.message
        close = await refusal(made.actions.run("stop", "hero_boks"))
        assert close.message == ("There is no service 'hero_boks' here. Did you mean hero_books?")
        assert made.supervisor.changes == []


@pytest.mark.parametrize(
    "name", ["hero_proc", "hero_proxy", "hero_router", "hero_cockpit", "hero_cockpit_server"]
)
async def test_what_the_cockpit_stands_on_can_not_be_stopped(sockets: Path, name: str) -> None:
    async with machine(sockets) as made:
        await made.add(name)
        error = await refusal(made.actions.run("stop", name))
        assert type(error) is Refused
        assert "would lock you out" in error.message
        assert made.supervisor.changes == []


async def test_protected_services_can_be_restarted(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_proxy")
        assert (await made.actions.run("restart", "hero_proxy")).pid == 1001


async def test_the_cockpits_own_restart_is_answered_before_it_happens(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_cockpit")
        service = await made.actions.run("restart", "hero_cockpit")
        assert service.pending == "restart"
        assert made.supervisor.changes == []
        await eventually(lambda: made.supervisor.changes == ["service.restart"])


async def test_the_cockpit_never_stops_itself_for_want_of_a_restart_method(
    sockets: Path,
) -> None:
    async with machine(sockets, missing=frozenset({"restart"}), clock=RacingClock()) as made:
        await made.add("hero_cockpit")
        await made.actions.run("restart", "hero_cockpit")
        await eventually(lambda: not busy(made))
        assert "service.stop" not in made.supervisor.changes


def busy(made: Machine) -> bool:
    shown = made.store.snapshot.service("hero_cockpit")
    return shown is not None and shown.pending is not None


async def test_without_waiting_the_answer_comes_once_hero_proc_took_it(sockets: Path) -> None:
    async with machine(sockets, stuck=True) as made:
        await made.add("hero_books")
        service = await made.actions.run("restart", "hero_books", wait=False)
        assert service.pending == "restart"
        assert made.supervisor.changes == ["service.restart"]


async def test_without_waiting_a_refusal_is_told_all_the_same(sockets: Path) -> None:
    async with machine(sockets, refuses="no") as made:
        await made.add("hero_books")
        assert isinstance(
            await refusal(made.actions.run("restart", "hero_books", wait=False)), Answered
        )


async def test_an_action_goes_on_when_its_caller_leaves(sockets: Path) -> None:
    """Between the stop and the start too: the service must not stay down."""
    async with machine(sockets, missing=frozenset({"restart"})) as made:
        await made.add("hero_books")
        stopping, left = asyncio.Event(), asyncio.Event()

        async def follow(action: str, name: str) -> None:
            await made.follow(action, name)
            if action == "stop":
                stopping.set()
                await left.wait()

        made.supervisor.on_change = follow
        caller = asyncio.create_task(made.actions.run("restart", "hero_books"))
        async with asyncio.timeout(5):
            await stopping.wait()
        caller.cancel()
        await asyncio.wait({caller})
        assert made.supervisor.changes[-1] == "service.stop"
        left.set()

        async def ended() -> bool:
            service = (await made.store.refresh()).service("hero_books")
            return service is not None and service.pending is None and service.pid == 1001

        await eventually(ended)


async def test_a_hero_proc_that_dies_meanwhile_leaves_the_outcome_open(sockets: Path) -> None:
    async with machine(sockets, clock=RacingClock(), stuck=True) as made:
        await made.add("hero_books")

        async def die(method: str, params: object) -> object:
            made.supervisor.calls.append((method, params))
            asyncio.get_running_loop().call_later(0.01, made.daemon.cut)
            made.daemon.path.unlink()
            return True

        await made.store.fresh()
        made.supervisor.call = die  # type: ignore[method-assign] # this daemon is a test's own
        made.daemon.handler = made.supervisor.handler()
        error = await refusal(made.actions.run("restart", "hero_books"))
        assert type(error) is Unreachable
        assert "nobody knows whether hero_books was restarted" in error.message


@pytest.mark.parametrize("action", ["start", "stop", "restart"])
async def test_a_dead_hero_proc_is_told_as_unreachable(sockets: Path, action: Action) -> None:
    async with machine(sockets) as made:
        await made.daemon.stop()
        error = await refusal(made.actions.run(action, "hero_books"))
        assert type(error) is Unreachable
        assert "hero_proc cannot be reached" in error.message


async def test_a_stop_of_a_supervisor_without_wanted_states_is_as_asked(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books", extra={"status": None})
        service = await made.actions.run("stop", "hero_books")
        assert service.sentence == "Stopped, as asked."


async def test_a_restart_without_process_ids_is_believed_after_a_second(sockets: Path) -> None:
    async with machine(sockets, clock=RacingClock()) as made:
        await made.add("hero_books", extra={"pid": None})
        service = await made.actions.run("restart", "hero_books")
        assert (service.state, service.pid) == (State.RUNNING, None)


async def test_crashes_are_counted_anew_after_a_restart_by_hand(sockets: Path) -> None:
    async with machine(sockets) as made:
        await made.add("hero_books")
        await made.store.refresh()
        made.supervisor.services["hero_books"].restarts = 9
        looping = (await made.store.refresh()).service("hero_books")
        assert looping is not None
        assert looping.state is State.CRASH_LOOP
        assert (await made.actions.run("restart", "hero_books")).state is State.RUNNING
