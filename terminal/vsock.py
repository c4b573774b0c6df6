"""The handshake on a hypervisor's hybrid vsock socket, after which it is a stream to the guest.

We send `CONNECT <port>` and a newline; the hypervisor answers one line, `OK <its own port>`, and
everything after that line belongs to the guest. When nobody listens in the guest it hangs up.
Source: hero_compute issue 36; cloud-hypervisor docs/vsock.md; Firecracker docs/vsock.md.
"""

import asyncio

from terminal.stream import ByteStream, StreamError

CONSOLE_PORT = 1025
ANSWER_TIMEOUT_S = 5.0
ANSWER_LIMIT_BYTES = 64


async def connect_vsock(stream: ByteStream, *, port: int = CONSOLE_PORT) -> ByteStream:
    """Ask for `port` of the guest on an opened socket; return the stream to whoever listens there.

    Raises StreamError, having closed `stream`, when the answer is not OK; its `retry` tells
    whether the guest may only need time.
    """
    try:
        async with asyncio.timeout(ANSWER_TIMEOUT_S):
            await _send(stream, port)
            line, rest = await _read_line(stream, port)
        _check(line, port)
    except TimeoutError as error:
        await stream.close()
        raise StreamError(
            f"The virtual machine did not answer within {ANSWER_TIMEOUT_S:g} seconds. "
            "It may still be starting, or it hangs.",
            retry=True,
        ) from error
    except BaseException:
        await stream.close()
        raise
    return _GuestStream(stream, rest)


async def _send(stream: ByteStream, port: int) -> None:
    """Write the whole request at once: the hypervisor reads it with a single read."""
    try:
        await stream.write(f"CONNECT {port}\n".encode())
    except StreamError as error:
        raise _hung_up(port) from error


async def _read_line(stream: ByteStream, port: int) -> tuple[bytes, bytes]:
    """Return the answer without its newline, and what came with it."""
    answer = b""
    while b"\n" not in answer[: ANSWER_LIMIT_BYTES + 1]:
        if len(answer) > ANSWER_LIMIT_BYTES:
            raise StreamError(
                "The virtual machine's socket gave an answer that is too long: "
                "something else than a hypervisor listens there."
            )
        try:
            part = await stream.read()
        except StreamError as error:
            raise _broken(port, answer) from error
        if not part:
            raise _hung_up(port) if not answer else _broken(port, answer)
        answer += part
    line, _, rest = answer.partition(b"\n")
    return line, rest


def _check(line: bytes, port: int) -> None:
    if not line.startswith(b"OK"):
        shown = ascii(line[:ANSWER_LIMIT_BYTES].decode("ascii", "replace"))
        raise StreamError(
            f"The virtual machine's socket refused port {port}: it answered {shown}, not OK."
        )


def _hung_up(port: int) -> StreamError:
    return StreamError(
        f"Nobody listens on port {port} of the virtual machine yet. "
        "It may still be starting, or its console service is not running.",
        retry=True,
    )


def _broken(port: int, answer: bytes) -> StreamError:
    when = "in the middle of its answer" if answer else "before it answered"
    return StreamError(
        f"The connection to port {port} of the virtual machine was cut {when}. "
        "The machine may be restarting.",
        retry=True,
    )


class _GuestStream:
    """A stream whose first bytes came with the handshake."""

    def __init__(self, stream: ByteStream, first: bytes) -> None:
        self._stream = stream
        self._first = first

    async def read(self, limit: int = 8192) -> bytes:
        if self._first:
            part, self._first = self._first[:limit], self._first[limit:]
            return part
        return await self._stream.read(limit)

    async def write(self, data: bytes) -> None:
        await self._stream.write(data)

    async def resize(self, *, rows: int, columns: int) -> bool:
        """Return False: a vsock carries bytes only, the guest cannot be told its size."""
        return False

    async def close(self) -> None:
        await self._stream.close()
