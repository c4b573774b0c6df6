"""Where the host listens, and how it ends."""

import asyncio
import json
import os
import signal
import socket
import stat
import sys
import threading
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send

from cockpit_app.host.listeners import Listener, serve
from cockpit_app.host.socket_file import bind_unix
from services.errors import Invalid, Refused
from tests.cockpit_app.host import demo
from tests.cockpit_app.host.serving import eventually, serving
from tests.flet_wire import FletWire


async def hello(scope: Scope, receive: Receive, send: Send) -> None:
    """The smallest application; knows no lifespan."""
    assert scope["type"] == "http"
    await PlainTextResponse("hello")(scope, receive, send)


async def get(path: Path) -> str:
    async with httpx.AsyncClient(transport=httpx.AsyncHTTPTransport(uds=str(path))) as client:
        return (await client.get("http://any/")).text


@asynccontextmanager
async def demo_process(
    at: Path | int, cache: Path, *, life_every_s: float = 10.0
) -> AsyncIterator[asyncio.subprocess.Process]:
    """The demonstration page in a process of its own that already accepts."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        demo.__name__,
        str(at),
        str(cache),
        str(life_every_s),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)},
    )
    assert process.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert await process.stdout.readline()
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


async def test_several_applications_are_served_at_once(folder: Path) -> None:
    first, second = folder / "one" / "rpc.sock", folder / "two" / "web.sock"
    async with serving(Listener(first, hello), Listener(second, hello), Listener(0, hello)) as at:
        assert at[:2] == [str(first), str(second)]
        assert await get(first) == await get(second) == "hello"
        async with httpx.AsyncClient() as client:
            assert (await client.get(f"http://{at[2]}/")).text == "hello"


async def test_a_socket_is_its_owners_alone_and_gone_at_the_end(folder: Path) -> None:
    path = folder / "deep" / "service" / "web.sock"
    async with serving(Listener(path, hello)):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
        assert list(path.parent.iterdir()) == [path]
    assert not path.exists()


async def test_a_loopback_port_is_bound_to_127_0_0_1_only(folder: Path) -> None:
    async with serving(Listener(0, hello)) as at:
        port = int(at[0].removeprefix("127.0.0.1:"))
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.2", port), timeout=5)


async def test_a_port_in_use_is_said_so(folder: Path) -> None:
    async with serving(Listener(0, hello)) as at:
        port = int(at[0].removeprefix("127.0.0.1:"))
        with pytest.raises(Refused, match=f"Port {port} is used by another program"):
            await serve([Listener(port, hello)])


async def test_a_socket_that_another_process_serves_is_left_alone(
    folder: Path, tmp_path: Path
) -> None:
    path = folder / "web.sock"
    async with demo_process(path, tmp_path):
        before = path.stat().st_ino
        with pytest.raises(Refused, match="already served by another process"):
            await serve([Listener(path, hello)])
        assert path.stat().st_ino == before
        wire = await FletWire.connect(path)
        await wire.register()
        await wire.close()


async def test_a_file_left_by_a_crash_is_replaced_without_a_gap(folder: Path) -> None:
    path = folder / "web.sock"
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(str(path))
    stale = path.stat().st_ino
    gaps: list[float] = []
    over = threading.Event()

    def look() -> None:
        while not over.is_set():
            if not path.exists():
                gaps.append(time.monotonic())

    watcher = threading.Thread(target=look)
    watcher.start()
    try:
        file = await asyncio.to_thread(bind_unix, path)
    finally:
        over.set()
        watcher.join()
    assert not gaps
    assert path.stat().st_ino != stale
    file.listening.close()
    file.remove()


async def test_a_socket_that_another_put_in_our_place_is_not_removed(folder: Path) -> None:
    path = folder / "web.sock"
    async with serving(Listener(path, hello)):
        path.unlink()
        with socket.socket(socket.AF_UNIX) as theirs:
            theirs.bind(str(path))
    assert path.exists()


async def test_a_file_that_is_no_socket_is_kept(folder: Path) -> None:
    path = folder / "web.sock"
    path.write_text("precious")
    with pytest.raises(Invalid, match="is not a socket"):
        await serve([Listener(path, hello)])
    assert path.read_text() == "precious"


async def test_a_path_too_long_for_a_socket_is_said_so(folder: Path) -> None:
    with pytest.raises(Invalid, match="107 bytes"):
        await serve([Listener(folder / ("x" * 100), hello)])


async def test_the_longest_possible_path_works(folder: Path) -> None:
    path = folder / ("x" * (107 - len(str(folder)) - 1))
    async with serving(Listener(path, hello)):
        assert await get(path) == "hello"


async def test_a_directory_that_cannot_be_made_is_said_so(folder: Path) -> None:
    (folder / "file").write_text("")
    with pytest.raises(Refused, match="cannot be served"):
        await serve([Listener(folder / "file" / "web.sock", hello)])


async def test_when_one_place_fails_none_stays_behind(folder: Path) -> None:
    good, bad = folder / "good.sock", folder / "bad.sock"
    bad.write_text("")
    with pytest.raises(Invalid):
        await serve([Listener(good, hello), Listener(bad, hello)])
    assert not good.exists()


async def test_an_application_that_cannot_start_is_said_so(folder: Path) -> None:
    async def broken(scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        await send({"type": "lifespan.startup.failed", "message": "no"})

    path = folder / "web.sock"
    with pytest.raises(Refused, match="could not start"):
        await serve([Listener(path, broken)])
    assert not path.exists()


async def test_a_request_that_never_ends_does_not_hold_up_the_end_and_hears_of_it(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    asked = asyncio.Event()

    async def stuck(scope: Scope, receive: Receive, send: Send) -> None:
        assert scope["type"] == "http"
        asked.set()
        await asyncio.Event().wait()

    path = folder / "web.sock"
    async with serving(Listener(path, stuck)):
        request = asyncio.create_task(get(path))
        await asked.wait()
        began = time.monotonic()
    assert time.monotonic() - began < 2.5
    assert json.loads(await request) == {"error": "hero_cockpit is being restarted. Try again."}
    assert [r.getMessage() for r in caplog.records if r.exc_info] == []


async def test_a_cancelled_server_leaves_no_socket(folder: Path) -> None:
    path = folder / "web.sock"
    task = asyncio.create_task(serve([Listener(path, hello)]))
    await eventually(path.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not path.exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_the_process_within_two_seconds_with_browsers_attached(
    folder: Path, tmp_path: Path, number: signal.Signals
) -> None:
    path = folder / "web.sock"
    async with demo_process(path, tmp_path) as process:
        attached = await FletWire.connect(path)
        await attached.register()
        silent = await FletWire.connect(path)
        began = time.monotonic()
        process.send_signal(number)
        assert await attached.closed() == 1012
        assert await silent.closed() == 1012
        async with asyncio.timeout(5):
            assert await process.wait() == 0
        assert time.monotonic() - began < 2
        assert process.stdout is not None
        assert (await process.stdout.read()).decode().strip() == "ended"
    assert not path.exists()
