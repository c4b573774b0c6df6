import asyncio
import socket
from pathlib import Path

import pytest

from services.wire.node import LocalNode
from terminal.stream import StreamError
from tests.services.daemons import eventually

NODE = LocalNode()


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(1000):
        writer.write(data)
    writer.close()


async def test_a_stream_carries_bytes_both_ways_and_ends(sockets: Path) -> None:
    server = await asyncio.start_unix_server(echo, str(sockets / "a.sock"))
    stream = await NODE.open_stream(sockets / "a.sock")
    await stream.write(b"hello")
    assert await stream.read() == b"hello"
    assert await stream.read(1) == b"" if await stream.resize(rows=1, columns=1) else True
    await stream.close()
    await stream.close()
    server.close()
    await server.wait_closed()


async def failure(path: Path) -> StreamError:
    with pytest.raises(StreamError) as caught:
        await NODE.open_stream(path)
    return caught.value


async def test_why_a_socket_cannot_be_opened_is_told_and_whether_to_wait(sockets: Path) -> None:
    absent = await failure(sockets / "a.sock")
    assert (absent.message, absent.retry) == (f"{sockets}/a.sock: there is no such socket.", True)
    (sockets / "file").write_text("")
    assert "nobody listens" in (await failure(sockets / "file")).message
    long = await failure(sockets / ("x" * 120))
    assert "107 bytes" in long.message
    assert not long.retry


async def test_a_full_queue_is_waited_for_and_in_the_end_told_as_hanging(sockets: Path) -> None:
    path = sockets / "a.sock"
    hasty = LocalNode(connect_timeout_s=0.2)
    with socket.socket(socket.AF_UNIX) as deaf:
        deaf.bind(str(path))
        deaf.listen(0)
        first = await hasty.open_stream(path)
        with pytest.raises(StreamError) as caught:
            await hasty.open_stream(path)
        assert caught.value.message == f"{path} does not take connections: it may hang."
        assert caught.value.retry
        waiting = asyncio.create_task(NODE.open_stream(path))
        await asyncio.sleep(0)
        accepted, _ = deaf.accept()
        await (await waiting).close()
        await first.close()
        accepted.close()


async def test_a_mark_changes_when_the_file_is_made_anew(sockets: Path) -> None:
    path = sockets / "a.sock"
    assert await NODE.identify(path) is None
    path.write_text("")
    first = await NODE.identify(path)
    assert first is not None
    assert await NODE.identify(path) == first
    other = sockets / "b.sock"
    other.write_text("")
    other.replace(path)
    assert await NODE.identify(path) not in (None, first)


async def test_a_broken_connection_is_a_stream_error(sockets: Path) -> None:
    aborted = asyncio.Event()

    async def abort(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()
        aborted.set()

    server = await asyncio.start_unix_server(abort, str(sockets / "a.sock"))
    stream = await NODE.open_stream(sockets / "a.sock")
    await aborted.wait()

    async def broken() -> bool:
        try:
            await stream.write(b"x" * 100_000)
        except StreamError:
            return True
        return False

    await eventually(broken)
    await stream.close()
    server.close()
    await server.wait_closed()


async def test_a_far_side_that_does_not_read_cannot_hold_the_end_back(sockets: Path) -> None:
    held = asyncio.Event()

    async def deaf(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await held.wait()
        writer.close()

    server = await asyncio.start_unix_server(deaf, str(sockets / "deaf.sock"))
    stream = await LocalNode().open_stream(sockets / "deaf.sock")
    writing = asyncio.create_task(stream.write(b"x" * 10_000_000))
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await stream.close()
    await asyncio.gather(writing, return_exceptions=True)
    held.set()
    server.close()
    await server.wait_closed()
