"""The WebSocket of the page: sessions, identity, limits, leaks."""

import asyncio
import gc
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import flet as ft
import httpx
import msgpack
import pytest
from flet.messaging.session import Session

from cockpit_app.host.asgi import web_app
from cockpit_app.host.connection import NOTICE
from cockpit_app.host.flet_endpoint import (
    ASK_FRONT_AGAIN,
    BAD_PACKET,
    BROKEN,
    LIFE,
    LOAD_AGAIN,
    SILENT,
    TOO_SLOW,
    TRY_LATER,
)
from cockpit_app.host.live_controls import MOST_MISSES
from cockpit_app.host.settings import WebSettings
from services.claims import current_identity
from tests.cockpit_app.host import demo
from tests.cockpit_app.host.serving import OWNER, VIEWER, eventually, serving_unix
from tests.flet_wire import EVENT, INVOKE, REGISTER, FletWire


async def test_a_page_is_drawn_and_its_events_come_back(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register("/services")
        await wire.sees("route /services")
        await wire.event(await wire.find("Button", content="Add"), "click")
        await wire.sees("1")
        await wire.close()


async def test_a_session_is_resumed_with_its_state_by_the_same_identity(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        first = await FletWire.connect(path, headers=OWNER)
        session_id = await first.register()
        await first.event(await first.find("Button", content="Add"), "click")
        await first.sees("1")
        await first.close()
        again = await FletWire.connect(path, headers=OWNER)
        assert await again.register("/jobs", session_id=session_id) == session_id
        await again.sees("1")
        await again.sees("route /jobs")
        await again.close()


@pytest.mark.parametrize(
    "other",
    [
        VIEWER,
        {},
        {**OWNER, "X-Hero-Claims": "groups.member"},
        {**OWNER, "X-Hero-Context": "8"},
        {**OWNER, "X-Hero-Impersonator": "root"},
    ],
    ids=["another user", "a guest", "other claims", "other context", "impersonated"],
)
async def test_a_known_session_id_gives_another_identity_nothing(
    folder: Path, settings: WebSettings, other: dict[str, str]
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        first = await FletWire.connect(path, headers=OWNER)
        session_id = await first.register()
        await first.event(await first.find("Button", content="Add"), "click")
        await first.sees("1")
        await first.close()
        thief = await FletWire.connect(path, headers=other)
        assert await thief.register(session_id=session_id) != session_id
        await thief.sees("0")
        await thief.close()


async def test_a_session_in_use_is_not_given_out_twice(folder: Path, settings: WebSettings) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        first = await FletWire.connect(path, headers=OWNER)
        session_id = await first.register()
        tab = await FletWire.connect(path, headers=OWNER)
        assert await tab.register(session_id=session_id) != session_id
        await tab.close()
        await first.close()


async def test_handlers_act_as_the_connection_that_sent_the_event(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        owner = await FletWire.connect(path, headers=OWNER)
        viewer = await FletWire.connect(path, headers=VIEWER)
        await owner.register()
        await viewer.register()
        await owner.sees("alice may admin")
        await viewer.sees("bob may read")
        await viewer.event(await viewer.find("Button", content="Ask"), "click")
        await owner.event(await owner.find("Button", content="Ask"), "click")
        await owner.event(await owner.find("Button", content="Add"), "click")
        await owner.sees("1")
        assert "alice may admin" in owner.texts()
        await viewer.close()
        await owner.close()


async def test_an_unbelieved_front_makes_everyone_a_guest(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", front="none", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path, headers=OWNER)
        await wire.register()
        await wire.sees("guest may read")
        await wire.close()


async def test_a_failing_handler_shows_a_polite_notice_and_the_page_goes_on(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        await wire.event(await wire.find("Button", content="Fail"), "click")
        await wire.find("SnackBar", content=NOTICE)
        assert "inner reason" not in repr(wire.page)
        await wire.event(await wire.find("Button", content="Add"), "click")
        await wire.sees("1")
        await wire.close()


async def test_a_component_that_fails_while_redrawn_does_not_stop_its_page(
    folder: Path, settings: WebSettings
) -> None:
    @ft.component
    def fragile() -> ft.Control:
        count, set_count = ft.use_state(0)
        if count == 1:
            raise ValueError("broken")
        add = lambda: set_count(lambda n: n + 1)  # noqa: E731 - one use
        return ft.Column([ft.Text(f"count {count}"), ft.Button("Add", on_click=add)])

    app = web_app(lambda page: page.render(fragile), version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        await wire.event(await wire.find("Button", content="Add"), "click")
        await wire.find("SnackBar", content=NOTICE)
        await wire.event(await wire.find("Button", content="Add"), "click")
        await wire.sees("count 2")
        await wire.close()


async def test_raw_bytes_go_both_ways_on_a_data_channel(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        await wire.find("Button", content="Add")
        await wire.send_frame(99, b"nobody listens there")
        await wire.send_frame(demo.CHANNEL, b"\x00abc")
        await wire.until(lambda: wire.frames == [(demo.CHANNEL, b"cba\x00")])
        await wire.close()


async def test_a_client_cannot_set_underscored_attributes(
    folder: Path, settings: WebSettings
) -> None:
    pages: list[ft.Page] = []
    app = web_app(pages.append, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        await wire.set(wire.page, _user="root", title="said by the client")
        await wire.until(lambda: bool(pages))
        await eventually(lambda: pages[0].title == "said by the client")
        assert not hasattr(pages[0], "_user")
        await wire.close()


async def test_a_connection_that_nobody_vouches_for_is_ended_so_that_the_front_is_asked_again(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, recheck_s=0.2))
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        session_id = await wire.register()
        assert await wire.closed() == ASK_FRONT_AGAIN
        again = await FletWire.connect(path)
        assert await again.register(session_id=session_id) == session_id
        await again.close()


@asynccontextmanager
async def front(path: Path) -> AsyncIterator[httpx.AsyncClient]:
    """Ask small paths as a front does for a page."""
    transport = httpx.AsyncHTTPTransport(uds=str(path))
    async with httpx.AsyncClient(transport=transport, base_url="http://cockpit.test") as http:
        yield http


async def asked_ticket(wire: FletWire) -> str:
    """Wait until the server asks the page to vouch; return its ticket."""
    await wire.until(lambda: any(payload for channel, payload in wire.frames if channel == LIFE))
    return next(payload for _, payload in wire.frames if payload).decode()


async def test_a_page_hears_that_the_server_lives(folder: Path, settings: WebSettings) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, life_every_s=0.05))
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        await wire.until(lambda: wire.frames.count((LIFE, b"")) >= 3)
        await wire.close()


async def test_a_connection_goes_on_while_the_front_vouches_for_the_same_identity(
    folder: Path, settings: WebSettings
) -> None:
    quick = replace(settings, recheck_s=1.0, life_every_s=0.1)
    app = web_app(demo.main, version="0", settings=quick)
    async with serving_unix(app, folder) as path, front(path) as http:
        wire = await FletWire.connect(path, headers=OWNER)
        await wire.register()
        began = time.monotonic()
        while time.monotonic() - began < 2.5:
            wire.frames.clear()
            ticket = await asked_ticket(wire)
            answer = await http.get(f"/vouch/{ticket}", headers=OWNER)
            assert (answer.status_code, answer.content) == (204, b"")
        await wire.event(await wire.find("Button", content="Add"), "click")
        await wire.sees("1")
        await wire.close()


@pytest.mark.parametrize(
    "now",
    [{}, VIEWER, {**OWNER, "X-Hero-Claims": "groups.member"}],
    ids=["signed out", "another", "fewer claims"],
)
async def test_a_connection_ends_at_once_when_the_front_names_another_caller(
    folder: Path, settings: WebSettings, now: dict[str, str]
) -> None:
    quick = replace(settings, recheck_s=3.0, life_every_s=0.1)
    app = web_app(demo.main, version="0", settings=quick)
    async with serving_unix(app, folder) as path, front(path) as http:
        wire = await FletWire.connect(path, headers=OWNER)
        await wire.register()
        ticket = await asked_ticket(wire)
        answer = await http.get(f"/vouch/{ticket}", headers=now)
        assert answer.status_code == 409
        assert await wire.closed(timeout_s=0.8) == ASK_FRONT_AGAIN


async def test_an_unknown_ticket_vouches_for_nobody(folder: Path, settings: WebSettings) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, recheck_s=0.5))
    async with serving_unix(app, folder) as path, front(path) as http:
        wire = await FletWire.connect(path, headers=OWNER)
        await wire.register()
        assert (await http.get("/vouch/guess", headers=OWNER)).status_code == 409
        assert await wire.closed() == ASK_FRONT_AGAIN


async def test_a_silent_connection_is_ended(folder: Path, settings: WebSettings) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, register_within_s=0.1))
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        assert await wire.closed() == SILENT


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"\x00",
        b"\x00\xc1",
        b"\x00\x93\x01\x02\x03",
        b"\x00\x92\x63\x80",
        b"\x00\x92\x01\x80",
        b"\x00\x92\x03\x80",
        b"\x01\x01\x00\x00\x00hello",
        b"\x07what",
        "a text",
    ],
)
async def test_a_first_packet_that_is_no_registration_ends_the_connection(
    folder: Path, settings: WebSettings, packet: bytes | str
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.socket.send(packet)
        assert await wire.closed() == BAD_PACKET


@pytest.mark.parametrize("packet", [b"\x00\xc1", b"\x00\x92\x01\x80", b"\x00\x92\x03\x80", "text"])
async def test_a_bad_packet_ends_the_connection_but_not_the_session(
    folder: Path, settings: WebSettings, packet: bytes | str
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        session_id = await wire.register()
        await wire.socket.send(packet)
        assert await wire.closed() == BAD_PACKET
        again = await FletWire.connect(path)
        assert await again.register(session_id=session_id) == session_id
        await again.close()


@pytest.mark.parametrize(
    "request_body",
    [
        {"session_id": [], "page_name": "", "page": {}},
        {"session_id": "", "page_name": "", "page": 5},
    ],
)
async def test_a_registration_that_flet_cannot_stand_ends_the_connection_and_leaves_no_session(
    folder: Path, settings: WebSettings, request_body: dict[str, object]
) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, sessions=1))
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.send(1, request_body)
        assert await wire.closed() == BROKEN
        good = await FletWire.connect(path)
        await good.register()
        await good.close()


async def test_a_late_answer_to_an_unknown_call_is_ignored(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        answer = {"control_id": 99999, "call_id": "x", "result": None, "error": ""}
        await wire.send(INVOKE, answer)
        await wire.event(await wire.find("Button", content="Add"), "click")
        await wire.sees("1")
        await wire.close()


async def test_a_drawn_page_goes_on_with_its_session_in_views_of_new_numbers(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        first = await FletWire.connect(path)
        session_id = await first.register()
        await first.sees("0")
        known = first.controls("View")[0]["_i"]
        await first.close()
        drawn = await FletWire.connect(path, path="/ws?again")
        assert await drawn.register(session_id=session_id) == session_id
        assert drawn.controls("View")[0]["_i"] != known
        await drawn.event(await drawn.find("Button", content="Add"), "click")
        await drawn.sees("1")
        await drawn.close()
        loaded = await FletWire.connect(path)
        await loaded.register(session_id=session_id)
        assert loaded.controls("View")[0]["_i"] == drawn.controls("View")[0]["_i"]
        await loaded.close()


async def test_a_drawn_page_whose_session_is_gone_is_told_to_load_again(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path, path="/ws?again")
        await wire.send(1, {"session_id": "gone", "page_name": "", "page": {"route": "/"}})
        assert await wire.closed() == LOAD_AGAIN


async def test_a_drawn_page_with_an_open_dialog_is_told_to_load_again(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(
        lambda page: page.show_dialog(ft.AlertDialog(title="Sure?")), version="0", settings=settings
    )
    async with serving_unix(app, folder) as path:
        first = await FletWire.connect(path)
        session_id = await first.register()
        await first.find("AlertDialog")
        await first.close()
        drawn = await FletWire.connect(path, path="/ws?again")
        await drawn.send(1, {"session_id": session_id, "page_name": "", "page": {"route": "/"}})
        assert await drawn.closed() == LOAD_AGAIN
        loaded = await FletWire.connect(path)
        assert await loaded.register(session_id=session_id) == session_id
        await loaded.find("AlertDialog", title="Sure?")
        await loaded.close()


async def test_there_are_never_more_sessions_than_allowed(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, sessions=1))
    async with serving_unix(app, folder) as path:
        first = await FletWire.connect(path)
        await first.register()
        second = await FletWire.connect(path)
        await second.send(1, {"session_id": "", "page_name": "", "page": {"route": "/"}})
        assert await second.closed() == TRY_LATER
        await first.close()


async def test_a_browser_that_reads_too_slowly_is_cut_off(
    folder: Path, settings: WebSettings
) -> None:
    def flood(page: ft.Page) -> None:
        page.add(ft.Text("x" * 200_000))

    app = web_app(flood, version="0", settings=replace(settings, backlog_bytes=100_000))
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        assert await wire.closed() == TOO_SLOW


async def test_sixty_rude_drops_leave_no_session_and_no_task(
    folder: Path, settings: WebSettings
) -> None:
    ended: list[str] = []

    async def ticking(page: ft.Page) -> None:
        page.on_close = lambda: ended.append(page.session.id)
        text = ft.Text("0")
        page.add(text)
        for number in range(10**6):
            text.value = str(number)
            text.update()
            await asyncio.sleep(0.005)

    app = web_app(ticking, version="0", settings=replace(settings, session_ttl_s=0.05))
    async with serving_unix(app, folder) as path:
        warm = await FletWire.connect(path)
        await warm.register()
        await warm.close()
        await eventually(lambda: len(ended) == 1)
        before = len(asyncio.all_tasks())
        for _ in range(60):
            wire = await FletWire.connect(path)
            await wire.register()
            await wire.sees("3")
            wire.drop()
            await wire.close()
        await eventually(lambda: len(ended) == 61 and len(asyncio.all_tasks()) <= before)


async def test_effects_are_cleaned_up_when_their_session_ends(
    folder: Path, settings: WebSettings
) -> None:
    log: list[str] = []

    async def watch() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            log.append("cancelled")

    def clean() -> None:
        log.append("cleaned")

    @ft.component
    def watching() -> ft.Control:
        ft.use_effect(watch, [], clean)
        return ft.Text("watching")

    app = web_app(
        lambda page: page.render(watching),
        version="0",
        settings=replace(settings, session_ttl_s=0.05),
    )
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register()
        await wire.sees("watching")
        await wire.close()
        await eventually(lambda: len(log) == 2)
    assert sorted(log) == ["cancelled", "cleaned"]


async def test_a_failure_reaches_the_log_with_its_reason(
    folder: Path, settings: WebSettings, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(_page: ft.Page) -> None:
        raise ValueError("the inner reason")

    app = web_app(broken, version="0", settings=settings)
    with caplog.at_level(logging.ERROR):
        async with serving_unix(app, folder) as path:
            wire = await FletWire.connect(path)
            await wire.register()
            await wire.find("SnackBar", content=NOTICE)
            await wire.close()
    assert "the inner reason" in caplog.text


async def test_outside_a_connection_nobody_is_signed_in() -> None:
    assert current_identity().is_guest


async def test_a_flood_of_unknown_controls_does_not_search_the_page_for_each(
    folder: Path, settings: WebSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    searched: list[int] = []
    search = Session._Session__resolve_event_control  # type: ignore[attr-defined]  # Flet's own

    def counted(session: Session, number: int) -> object:
        searched.append(number)
        return search(session, number)

    monkeypatch.setattr(Session, "_Session__resolve_event_control", counted)
    app = web_app(demo.main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register("/")
        for number in range(500):
            await wire.event(1_000_000 + number, "click")
        await wire.event(await wire.find("Button", content="Add"), "click")
        await wire.sees("1")
        await wire.close()
    assert len([number for number in searched if number >= 1_000_000]) <= 2 * MOST_MISSES


async def test_a_control_whose_former_object_is_gone_still_hears_of_typing_and_events(
    folder: Path, settings: WebSettings
) -> None:
    heard: list[str] = []

    @ft.component
    def Box(words: str, set_words: Callable[[str], None]) -> ft.Control:
        def typed(event: ft.Event[ft.TextField]) -> None:
            heard.append(event.control.value or "")
            set_words(event.control.value or "")

        return ft.Row([ft.TextField(value=words, on_change=typed)])

    @ft.component
    def Field() -> ft.Control:
        words, set_words = ft.use_state("")
        return ft.Column([Box(words, set_words), ft.Text(f"said {words}")])

    async def main(page: ft.Page) -> None:
        page.render(Field)

    app = web_app(main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        await wire.register("/")
        for number in range(5):
            field = await wire.find("TextField")
            gc.collect()
            await wire.set(field, value=f"w{number}")
            await wire.event(field, "change", f"w{number}")
            await wire.sees(f"said w{number}")
        await wire.close()
    assert heard == [f"w{number}" for number in range(5)]


async def test_guests_cannot_take_the_place_of_the_owner(
    folder: Path, settings: WebSettings
) -> None:
    app = web_app(demo.main, version="0", settings=replace(settings, sessions=4))
    async with serving_unix(app, folder) as path:
        guests = [await FletWire.connect(path) for _ in range(3)]
        for guest in guests[:2]:
            await guest.register("/")
        await guests[2].send(REGISTER, {"session_id": "", "page_name": "", "page": {}})
        assert await guests[2].closed() == TRY_LATER
        owner = await FletWire.connect(path, headers=OWNER)
        await owner.register("/")
        for wire in (*guests, owner):
            await wire.close()


async def test_what_changed_while_the_browser_was_away_is_drawn_when_it_is_back(
    folder: Path, settings: WebSettings
) -> None:
    setters: list[Callable[[str], None]] = []
    gone = asyncio.Event()

    @ft.component
    def Page() -> ft.Control:
        said, set_said = ft.use_state("before")
        setters.append(set_said)
        return ft.Text(said)

    async def main(page: ft.Page) -> None:
        page.on_disconnect = gone.set
        page.render(Page)

    app = web_app(main, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        first = await FletWire.connect(path, headers=OWNER)
        session_id = await first.register("/")
        await first.sees("before")
        await first.close()
        await gone.wait()
        setters[-1]("after")
        second = await FletWire.connect(path, headers=OWNER, path="/ws?again")
        await second.register("/", session_id=session_id)
        await second.sees("after")
        await second.close()


async def flooding(page: ft.Page) -> None:
    """Send without end, as a console does in which somebody lists everything."""
    connection = page.session.connection
    while page.session.connection is connection:
        connection.send_data_channel_frame(1, bytes(20_000))
        await asyncio.sleep(0)


async def test_browsers_that_leave_in_the_middle_of_a_flood_are_no_failures_in_the_log(
    folder: Path, settings: WebSettings, caplog: pytest.LogCaptureFixture
) -> None:
    app = web_app(flooding, version="0", settings=settings)
    async with serving_unix(app, folder) as path:
        for _ in range(20):
            wire = await FletWire.connect(path)
            await wire.register()
            # A last word and the farewell in one packet: the server reads one after the other.
            event = msgpack.packb([EVENT, {"target": 1, "name": "resize", "data": None}])
            wire.socket.protocol.send_binary(b"\x00" + event)
            wire.socket.protocol.send_close(1000)
            wire.socket.transport.write(b"".join(wire.socket.protocol.data_to_send()))
            await wire.socket.wait_closed()
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []


async def test_a_slow_browser_that_vanishes_while_it_is_cut_off_is_no_failure_in_the_log(
    folder: Path, settings: WebSettings, caplog: pytest.LogCaptureFixture
) -> None:
    app = web_app(flooding, version="0", settings=replace(settings, backlog_bytes=1_000_000))
    async with serving_unix(app, folder) as path:
        wire = await FletWire.connect(path)
        page = {"route": "/", "width": 900, "height": 800}
        await wire.send(REGISTER, {"session_id": "", "page_name": "", "page": page})
        await eventually(lambda: "it reads too slowly" in caplog.text)
        wire.drop()
    assert [r.getMessage() for r in caplog.records if r.levelno >= logging.ERROR] == []
