"""Bytes for the far side stay in order, are bounded, and never block an answer's giver."""

import asyncio

import pytest

from terminal.outbox import ANSWERS_LIMIT_BYTES, WAITING_LIMIT_BYTES, Outbox
from terminal.stream import StreamError
from tests.terminal.streams import DEADLINE_S, socket_streams


async def test_bytes_arrive_in_order() -> None:
    near, far = await socket_streams()
    outbox = Outbox()
    sender = asyncio.create_task(outbox.empty_into(near))
    await outbox.put(b"one ")
    assert outbox.offer(b"two ")
    await outbox.put(b"")
    await outbox.put(b"three")
    async with asyncio.timeout(DEADLINE_S):
        assert await far.reader.readexactly(13) == b"one two three"
    sender.cancel()
    await asyncio.wait([sender])
    await near.close()
    await far.close()


async def test_a_writer_waits_while_too_much_is_queued() -> None:
    near, far = await socket_streams()
    outbox = Outbox()
    await outbox.put(b"x" * WAITING_LIMIT_BYTES)
    waiting = asyncio.create_task(outbox.put(b"end"))
    await asyncio.sleep(0)
    assert not waiting.done()
    sender = asyncio.create_task(outbox.empty_into(near))
    async with asyncio.timeout(DEADLINE_S):
        received = await far.reader.readexactly(WAITING_LIMIT_BYTES + 3)
        await waiting
    assert received[-3:] == b"end"
    sender.cancel()
    await asyncio.wait([sender])
    await near.close()
    await far.close()


async def test_an_offer_is_refused_whole_when_the_far_side_does_not_read() -> None:
    near, far = await socket_streams()
    outbox = Outbox()
    assert outbox.offer(b"x" * ANSWERS_LIMIT_BYTES, limit_bytes=ANSWERS_LIMIT_BYTES)
    assert not outbox.offer(b"dropped", limit_bytes=ANSWERS_LIMIT_BYTES)
    assert outbox.offer(b"end")
    sender = asyncio.create_task(outbox.empty_into(near))
    async with asyncio.timeout(DEADLINE_S):
        received = await far.reader.readexactly(ANSWERS_LIMIT_BYTES + 3)
    assert received[-3:] == b"end"
    sender.cancel()
    await asyncio.wait([sender])
    await near.close()
    await far.close()


async def test_a_far_side_that_is_gone_refuses_writers() -> None:
    near, far = await socket_streams()
    outbox = Outbox()
    await far.close()
    await outbox.put(b"x" * WAITING_LIMIT_BYTES)
    waiting = asyncio.create_task(outbox.put(b"end"))
    async with asyncio.timeout(DEADLINE_S):
        await outbox.empty_into(near)
        with pytest.raises(StreamError, match="takes no more input"):
            await waiting
    with pytest.raises(StreamError, match="takes no more input"):
        await outbox.put(b"more")
    assert not outbox.offer(b"more")
    await near.close()
