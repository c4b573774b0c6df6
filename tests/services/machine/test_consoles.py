import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from services.claims import GUEST, Identity, Right, acting_as
from services.contract.console import MAX_WRITE_BYTES, ConsoleScreen
from services.errors import CockpitError, Invalid, NotAllowed, NotFound, Refused
from services.machine.consoles import Consoles
from services.wire.node import LocalNode
from terminal.screen import Screen
from tests.services.clocks import HandClock
from tests.services.daemons import eventually
from tests.services.guests import serving_guest

OWNER = Identity(user="owner", right=Right.ADMIN)


@asynccontextmanager
async def consoles_in(vms: Path, **options: Any) -> AsyncIterator[Consoles]:
    consoles = Consoles(LocalNode(), vms=vms, **options)
    try:
        yield consoles
    finally:
        await consoles.close()


async def shows(consoles: Consoles, name: str, text: str) -> ConsoleScreen:
    """Read the console, change by change, until its screen shows `text`."""
    async with asyncio.timeout(10):
        screen = await consoles.read(name)
        while not any(text in row for row in screen.text):
            screen = await consoles.read(name, since=screen.revision)
        return screen


async def refusal(work: Any) -> CockpitError:
    with pytest.raises(CockpitError) as caught:
        await work
    return caught.value


async def test_a_console_is_shared_by_name_and_outlives_its_readers(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1") as guest, consoles_in(sockets) as consoles:
        first = await consoles.open(name="main")
        await shows(consoles, "main", "welcome")
        await consoles.write("main", b"hello\n")
        again = await consoles.open(name="main")
        screen = await shows(consoles, "main", "hello")
        assert (first.name, again.name, guest.connections) == ("main", "main", 1)
        assert screen.text[:2] == ("welcome", "hello")


async def test_a_name_is_made_from_the_vm_when_only_that_is_given(sockets: Path) -> None:
    async with serving_guest(sockets, "VM_1.a"), consoles_in(sockets) as consoles:
        assert (await consoles.open(vm="VM_1.a")).name == "vm_1.a"
        assert (await consoles.open(vm="VM_1.a")).name == "vm_1.a"
        assert len((await consoles.list()).consoles) == 1


async def test_without_name_and_vm_it_is_the_console_that_the_page_shows(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        assert (await consoles.open()).name == "main"


async def test_opening_says_whether_the_console_was_made_by_it(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1") as guest, consoles_in(sockets) as consoles:
        assert (await consoles.open(name="main")).created
        seen = await shows(consoles, "main", "welcome")
        assert not (await consoles.open(name="main")).created
        guest.hang_up()
        while seen.state != "closed":
            seen = await consoles.read("main", since=seen.revision)
        assert (await consoles.open(name="main")).created


async def test_the_ansi_of_a_screen_paints_the_same_screen_elsewhere(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        await shows(consoles, "main", "welcome")
        await consoles.write("main", b"\x1b[31mred\x1b[0m\x1b[5;7H*")
        screen = await shows(consoles, "main", "*")
    elsewhere = Screen(rows=screen.rows, columns=screen.columns)
    elsewhere.feed(screen.ansi.encode())
    assert tuple(elsewhere.text()) == screen.text
    cursor = (elsewhere.cursor.row, elsewhere.cursor.column)
    assert cursor == (screen.cursor.row, screen.cursor.column) == (4, 7)
    assert elsewhere.cell(1, 0).foreground == ("named", 1)


async def test_a_reader_is_woken_by_the_next_change_or_by_its_time(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        seen = await shows(consoles, "main", "welcome")
        same = await consoles.read("main", since=seen.revision, timeout_s=0.05)
        assert same.revision == seen.revision
        readers = [
            asyncio.create_task(consoles.read("main", since=seen.revision)) for _ in range(5)
        ]
        await asyncio.sleep(0)
        await consoles.write("main", b"x")
        async with asyncio.timeout(5):
            assert all(s.revision > seen.revision for s in await asyncio.gather(*readers))
        async with asyncio.timeout(5):
            await consoles.read("main", since=seen.revision + 10**6)


async def test_a_reader_of_a_console_that_is_closed_gets_its_last_screen(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        seen = await shows(consoles, "main", "welcome")
        reading = asyncio.create_task(consoles.read("main", since=seen.revision))
        await asyncio.sleep(0)
        await consoles.end("main")
        async with asyncio.timeout(5):
            last = await reading
        assert (last.state, last.text[0]) == ("closed", "welcome")
        assert isinstance(await refusal(consoles.read("main")), NotFound)


async def test_what_is_typed_is_in_no_log(sockets: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(0)
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        await shows(consoles, "main", "welcome")
        await consoles.write("main", b"hunter2\n")
        await shows(consoles, "main", "hunter2")
        await consoles.end("main")
        await refusal(consoles.write("main", b"hunter2\n"))
    assert "hunter2" not in caplog.text


async def test_a_piece_that_is_too_long_is_refused_whole(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        await shows(consoles, "main", "welcome")
        error = await refusal(consoles.write("main", b"x" * (MAX_WRITE_BYTES + 1)))
        assert type(error) is Invalid
        assert "256 KiB" in error.message
        await consoles.write("main", b"short\n")
        screen = await shows(consoles, "main", "short")
        assert not any("xx" in row for row in screen.text)


async def test_a_hang_up_is_state_and_the_last_screen_stays(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1") as guest, consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        seen = await shows(consoles, "main", "welcome")
        guest.hang_up()
        while seen.state != "closed":
            seen = await consoles.read("main", since=seen.revision)
        assert seen.reason
        assert seen.text[0] == "welcome"
        error = await refusal(consoles.write("main", b"x"))
        assert type(error) is Refused
        assert (await consoles.open(name="main")).state == "connecting"
        await shows(consoles, "main", "welcome")
        assert guest.connections == 2


async def test_an_absent_guest_is_waited_for_with_a_reason(sockets: Path) -> None:
    async with consoles_in(sockets) as consoles:
        async with serving_guest(sockets, "vm1"):
            pass
        # the socket file is there, but nobody listens
        listing = await consoles.list()
        assert listing.vms == ("vm1",)
        await consoles.open(name="main")
        summary = await consoles.read("main", since=0, timeout_s=5)
        assert summary.state == "connecting"
        assert "nobody listens" in summary.reason


async def test_a_resize_keeps_the_screen_and_says_whether_the_far_end_follows(
    sockets: Path,
) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        await shows(consoles, "main", "welcome")
        summary = await consoles.resize("main", rows=40, columns=120)
        assert (summary.rows, summary.columns, summary.resizes) == (40, 120, False)
        assert (await consoles.read("main")).text[0] == "welcome"


async def test_a_vm_must_be_named_when_there_are_several_and_exist(sockets: Path) -> None:
    async with consoles_in(sockets / "nothing") as consoles:
        assert (await consoles.list()).vms == ()
        error = await refusal(consoles.open(name="main"))
        assert type(error) is NotFound
    async with (
        serving_guest(sockets, "vm1"),
        serving_guest(sockets, "vm2"),
        consoles_in(sockets) as consoles,
    ):
        error = await refusal(consoles.open(name="main"))
        assert (type(error), error.message) == (Invalid, "Say which VM: vm1, vm2.")
        for vm in ("vm3", "../vm1", "", ".", "vm1/", "vm1\0"):
            assert isinstance(await refusal(consoles.open(name="main", vm=vm)), NotFound | Invalid)
        assert (await consoles.open(name="main", vm="vm2")).vm == "vm2"
        error = await refusal(consoles.open(name="main", vm="vm1"))
        assert error.message.startswith("The console main leads to vm2.")


@pytest.mark.parametrize("name", ["", "../x", "A", "a b", "x" * 33, "-a", "a\n", "a/b"])
async def test_a_name_that_is_no_name_is_refused(sockets: Path, name: str) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        if name:
            assert type(await refusal(consoles.open(name=name))) is Invalid
        assert type(await refusal(consoles.read(name))) is NotFound


async def test_no_more_than_the_limit_are_open_and_ended_ones_make_room(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1") as guest, consoles_in(sockets, limit=2) as consoles:
        await consoles.open(name="a")
        await consoles.open(name="b")
        error = await refusal(consoles.open(name="c"))
        assert error.message == "2 consoles are open, and no more can be. Close one first."
        await shows(consoles, "a", "welcome")
        await shows(consoles, "b", "welcome")
        guest.hang_up()
        for name in ("a", "b"):
            screen = await consoles.read(name)
            while screen.state != "closed":
                screen = await consoles.read(name, since=screen.revision)
        await consoles.open(name="c")
        assert [c.name for c in (await consoles.list()).consoles] == ["b", "c"]


async def test_a_console_without_viewers_ends_after_its_time(sockets: Path) -> None:
    clock = HandClock()
    async with serving_guest(sockets, "vm1"), consoles_in(sockets, clock=clock) as consoles:
        opened = await consoles.open(name="main")
        assert opened.ends_at is not None
        assert (opened.ends_at - clock.now()).total_seconds() == 600
        await eventually(lambda: clock.sleepers == 1)
        with acting_as(OWNER), consoles.viewing("main"):
            clock.advance(700)
            await eventually(lambda: clock.sleepers == 1)
            viewed = (await consoles.list()).consoles[0]
            assert (viewed.readers, viewed.ends_at) == (1, None)
        clock.advance(599)
        await eventually(lambda: clock.sleepers == 1)
        assert len((await consoles.list()).consoles) == 1
        clock.advance(6)

        async def gone() -> bool:
            return (await consoles.list()).consoles == ()

        await eventually(gone)


async def test_a_console_that_is_closed_while_another_runs_out_of_time_stops_no_sweeping(
    sockets: Path,
) -> None:
    clock = HandClock()
    async with serving_guest(sockets, "vm1"), consoles_in(sockets, clock=clock) as consoles:
        for name in ("a", "b", "c"):
            await consoles.open(name=name)
            await shows(consoles, name, "welcome")
        await eventually(lambda: clock.sleepers == 1)
        clock.advance(700)
        async with asyncio.timeout(5):
            while not await is_gone(consoles, "a"):
                await asyncio.sleep(0)
        await consoles.end("b")

        async def none_left() -> bool:
            return (await consoles.list()).consoles == ()

        await eventually(none_left)


async def is_gone(consoles: Consoles, name: str) -> bool:
    """Tell whether the console is forgotten, at once: what ends it may not have ended yet."""
    try:
        await consoles.write(name, b"")
    except NotFound:
        return True
    return False


@pytest.mark.parametrize("identity", [GUEST, Identity(user="viewer", right=Right.READ)])
async def test_a_console_is_lent_only_to_who_may_write(sockets: Path, identity: Identity) -> None:
    async with serving_guest(sockets, "vm1"), consoles_in(sockets) as consoles:
        await consoles.open(name="main")
        with acting_as(identity), pytest.raises(NotAllowed), consoles.viewing("main"):
            pass
        with acting_as(OWNER), consoles.viewing("main") as console:
            assert console.name == "main"


async def test_closing_ends_every_console_and_its_stream(sockets: Path) -> None:
    async with serving_guest(sockets, "vm1") as guest:
        async with consoles_in(sockets) as consoles:
            await consoles.open(name="a")
            await consoles.open(name="b")
            await shows(consoles, "a", "welcome")
            await shows(consoles, "b", "welcome")
        await eventually(lambda: not guest._tasks)
        names = {task.get_name() for task in asyncio.all_tasks()}
        assert not any("console" in name for name in names)
