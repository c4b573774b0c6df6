import asyncio
from pathlib import Path

import pytest

from services.state.probe import PROBE_EVERY_S, Prober
from services.wire.http_socket import MAX_ANSWER_BYTES
from services.wire.node import LocalNode
from tests.services.clocks import HandClock
from tests.services.daemons import HttpServer, Request, health_handler, http, serving

KINDS = ("rpc", "web", "admin", "ui")


def prober_with(clock: HandClock) -> Prober:
    return Prober(LocalNode(), clock, http_kinds=KINDS)


async def look_at(path: Path) -> tuple[bool | None, bool | None, str]:
    prober = prober_with(HandClock())
    assert await prober.look([path])
    seen = prober.seen(path)
    says = seen.answers.says if seen.accepts.ok else seen.accepts.says
    return seen.accepts.ok, seen.answers.ok, says


async def answering(path: Path, answer: bytes) -> tuple[bool | None, bool | None, str]:
    async def handle(request: Request) -> bytes:
        return answer

    async with serving(path, handle):
        return await look_at(path)


ANSWERS = [
    (http('{"status":"ok"}'), True, "answers"),
    (http('{"status":"OK","version":"1"}'), True, "answers"),
    (http("[]"), True, "answers"),
    (http("fine", 200, "text/plain"), True, "answers"),
    (http("no", 404, "text/plain"), True, "answers, without a health check"),
    (http("no", 401, "text/plain"), True, "answers, without a health check"),
    (http("no", 503, "text/plain"), False, "it answers with HTTP status 503"),
    (http('{"status":"degraded"}'), False, "it calls itself 'degraded'"),
    (http('{"status":false}'), False, "it calls itself 'False'"),
    (b"SSH-2.0-x\r\n\r\n", False, "it hangs up"),
    (b"", False, "it hangs up"),
]


@pytest.mark.parametrize(("answer", "ok", "says"), ANSWERS)
async def test_what_health_answers_is_judged(
    sockets: Path, answer: bytes, ok: bool, says: str
) -> None:
    if not answer.startswith(b"HTTP"):
        path = sockets / "web.sock"

        async def handle(request: Request) -> bytes:
            return answer

        async with serving(path, handle, ends_after_each=True):
            assert await look_at(path) == (True, ok, says)
        return
    assert await answering(sockets / "web.sock", answer) == (True, ok, says)


async def test_an_answer_without_end_is_one_that_is_not_well(sockets: Path) -> None:
    seen = await answering(sockets / "web.sock", http(b" " * (MAX_ANSWER_BYTES + 1)))
    assert seen == (True, False, "web answered with more than 16 MiB. Look at its log.")


async def test_a_socket_of_another_protocol_is_only_connected_to(sockets: Path) -> None:
    async with serving(sockets / "resp.sock", health_handler) as server:
        seen = await look_at(sockets / "resp.sock")
        assert seen == (True, None, "it does not speak HTTP")
        assert not server.requests


async def test_a_missing_file_and_a_deaf_socket_are_told_apart(sockets: Path) -> None:
    path = sockets / "web.sock"
    assert await look_at(path) == (False, None, "the socket file is missing")
    server = HttpServer(path, health_handler)
    await server.start()
    await server.stop()
    assert await look_at(path) == (False, None, "nobody listens there")


async def test_a_hung_service_is_given_up_on_after_two_seconds(sockets: Path) -> None:
    async def never(request: Request) -> bytes:
        await asyncio.Event().wait()
        return b""

    async with serving(sockets / "web.sock", never):
        started = asyncio.get_running_loop().time()
        assert await look_at(sockets / "web.sock") == (True, False, "no answer in time")
        assert asyncio.get_running_loop().time() - started < 3.5


async def test_a_fresh_sighting_is_kept_until_its_time_has_come(sockets: Path) -> None:
    clock = HandClock()
    prober = prober_with(clock)
    path = sockets / "web.sock"
    async with serving(path, health_handler) as server:
        assert await prober.look([path])
        asked = len(server.requests)
        assert not await prober.look([path])
        assert len(server.requests) == asked
        clock.advance(PROBE_EVERY_S)
        assert not await prober.look([path])
        assert len(server.requests) == asked + 1
        prober.expect_change([path])
        await prober.look([path])
        assert len(server.requests) == asked + 2


async def test_a_removed_or_renewed_socket_file_is_seen_at_once(sockets: Path) -> None:
    prober = prober_with(HandClock())
    path = sockets / "web.sock"
    async with serving(path, health_handler):
        await prober.look([path])
        path.unlink()
        assert await prober.look([path])
        assert prober.seen(path).accepts.says == "the socket file is missing"
    async with serving(path, health_handler):
        assert await prober.look([path])
        assert prober.seen(path).answers.ok is True


async def test_a_service_introduces_itself_once_per_socket_file(sockets: Path) -> None:
    clock = HandClock()
    prober = prober_with(clock)
    path = sockets / "web.sock"
    async with serving(path, health_handler) as server:
        for _ in range(3):
            await prober.look([path])
            clock.advance(PROBE_EVERY_S)
        manifests = [r for r in server.requests if "heroservice" in r.target]
    seen = prober.seen(path)
    assert (seen.title, seen.description, seen.version) == ("Books", "Reads", "1.2.3")
    assert len(manifests) == 1


async def test_what_is_no_longer_asked_for_is_forgotten(sockets: Path) -> None:
    prober = prober_with(HandClock())
    async with serving(sockets / "web.sock", health_handler):
        await prober.look([sockets / "web.sock"])
        await prober.look([])
    assert prober.seen(sockets / "web.sock").accepts.at is None


async def test_many_sockets_are_looked_at_a_few_at_a_time(sockets: Path) -> None:
    at_once = most = 0
    crowded = asyncio.Event()

    async def slow(request: Request) -> bytes:
        nonlocal at_once, most
        at_once += 1
        most = max(most, at_once)
        if at_once == 16:
            crowded.set()
        await crowded.wait()
        at_once -= 1
        return await health_handler(request)

    paths = [sockets / f"{n}" / "web.sock" for n in range(60)]
    servers = [HttpServer(path, slow) for path in paths]
    for server in servers:
        await server.start()
    prober = prober_with(HandClock())
    await prober.look(paths)
    for server in servers:
        await server.stop()
    assert all(prober.seen(path).answers.ok for path in paths)
    assert most == 16
