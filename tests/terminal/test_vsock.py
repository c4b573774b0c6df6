"""The vsock handshake takes OK for an answer and says the truth about all others."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from terminal import vsock
from terminal.stream import StreamError
from terminal.vsock import connect_vsock
from tests.terminal.streams import SocketStream

Answer = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@asynccontextmanager
async def hypervisor(directory: Path, answer: Answer) -> AsyncIterator[SocketStream]:
    """Serve `answer` on a real Unix socket and give a raw connection to it."""
    path = directory / "vsock.sock"

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await answer(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_unix_server(serve, path)
    stream = SocketStream(*await asyncio.open_unix_connection(path))
    try:
        yield stream
    finally:
        await stream.close()
        server.close()
        await server.wait_closed()


def saying(*parts: bytes) -> Answer:
    """Return a hypervisor that reads the request, then sends `parts` and hangs up."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\n")
        for part in parts:
            writer.write(part)
            await writer.drain()

    return answer


async def reset(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Close with the request unread, which resets a Unix socket."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Read everything, say nothing."""
    await reader.read(-1)


async def test_the_request_is_one_line_with_the_port(socket_dir: Path) -> None:
    asked: asyncio.Queue[bytes] = asyncio.Queue()

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.put_nowait(await reader.read(100))
        writer.write(b"OK 1073741824\n")
        await writer.drain()

    async with hypervisor(socket_dir, answer) as raw:
        stream = await connect_vsock(raw, port=77)
        assert await asked.get() == b"CONNECT 77\n"
        assert await stream.read() == b""


@pytest.mark.parametrize(
    ("parts", "guest_says"),
    [
        ((b"OK 1073741824\n", b"login: "), b"login: "),
        ((b"OK 1073741824\nlogin: ",), b"login: "),
        ((b"O", b"K", b" 1", b"\nlo", b"gin: "), b"login: "),
        ((b"OK\nlogin: ",), b"login: "),
        ((b"OK 5\n\nOK\n",), b"\nOK\n"),
        ((b"OK 5\n",), b""),
    ],
)
async def test_what_follows_the_answer_belongs_to_the_guest(
    socket_dir: Path, parts: tuple[bytes, ...], guest_says: bytes
) -> None:
    async with hypervisor(socket_dir, saying(*parts)) as raw:
        stream = await connect_vsock(raw)
        got = b""
        while part := await stream.read(3):
            assert len(part) <= 3
            got += part
        assert got == guest_says


@pytest.mark.parametrize(
    ("answer", "retry", "words"),
    [
        (saying(), True, "Nobody listens on port 1025"),
        (reset, True, "cut before it answered"),
        (saying(b"OK 12"), True, "in the middle of its answer"),
        (saying(b"ERR no such port\n"), False, "'ERR no such port', not OK"),
        (saying(b"\n"), False, "'', not OK"),
        (saying(b"\xff\x1b[31m\n"), False, "not OK"),
        (saying(b"OK " + b"1" * 200), False, "too long"),
        (saying(b"x" * 65 + b"\n"), False, "too long"),
    ],
    ids=["silent end", "reset", "cut", "refusal", "empty", "binary", "endless", "long line"],
)
async def test_every_other_answer_is_an_error_that_says_whether_to_try_again(
    socket_dir: Path, answer: Answer, retry: bool, words: str
) -> None:
    async with hypervisor(socket_dir, answer) as raw:
        with pytest.raises(StreamError) as caught:
            await connect_vsock(raw)
        assert caught.value.retry is retry
        assert words in caught.value.message
        assert "\x1b" not in caught.value.message
        assert raw.closed


async def test_silence_until_the_deadline_is_an_error_worth_another_try(
    socket_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vsock, "ANSWER_TIMEOUT_S", 0.05)
    async with hypervisor(socket_dir, silent) as raw:
        with pytest.raises(StreamError, match=r"did not answer within 0\.05 seconds") as caught:
            await connect_vsock(raw)
        assert caught.value.retry
        assert raw.closed


async def test_a_cancelled_handshake_closes_the_socket(socket_dir: Path) -> None:
    async with hypervisor(socket_dir, silent) as raw:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await connect_vsock(raw)
        assert raw.closed


async def test_the_guest_cannot_be_told_its_size(socket_dir: Path) -> None:
    async with hypervisor(socket_dir, saying(b"OK 1\n")) as raw:
        stream = await connect_vsock(raw)
        assert await stream.resize(rows=10, columns=20) is False
        await stream.close()
        assert raw.closed
