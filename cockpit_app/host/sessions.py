"""The live Flet sessions of one application: each has an owner from its first frame to its end.

A session is found again only by the same identity: the whole identity is part of its key, so that
changed claims, another user or another socket begin a new one.
"""

import asyncio
import logging
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from flet.messaging.connection import Connection
from flet.messaging.session import Session
from flet.pubsub.pubsub_hub import PubSubHub

from cockpit_app.host.flet_patches import end_components
from cockpit_app.host.live_controls import Searches
from services.claims import Identity, Right

log = logging.getLogger(__name__)

_LAST_WORDS_S = 1.0


@dataclass(eq=False)
class Lease:
    """One session with the tasks that run for it."""

    identity: Identity
    session: Session
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)
    expiry: asyncio.TimerHandle | None = None

    def spawn(self, work: Coroutine[Any, Any, Any]) -> None:
        """Run `work` for the session; it is cancelled when the session ends."""
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[Any]) -> None:
        self.tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("A task of a page failed", exc_info=error)


class Sessions:
    """All sessions of one application."""

    def __init__(self, *, ttl_s: float, most: int) -> None:
        self._ttl_s = ttl_s
        self._most = most
        self._leases: dict[tuple[Identity, str], Lease] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._searches = {may_write: Searches() for may_write in (False, True)}

    def searches_of(self, identity: Identity) -> Searches:
        """Return the allowance of searches; those who may only look share one of their own."""
        return self._searches[identity.may(Right.WRITE)]

    def __len__(self) -> int:
        return len(self._leases)

    def is_full(self, identity: Identity) -> bool:
        """Tell whether no further session may begin; half of them are kept for who may write."""
        writes = identity.may(Right.WRITE)
        others = [who for who, _ in self._leases if not who.may(Right.WRITE)]
        return len(self._leases) >= self._most or (
            not writes and len(others) >= max(1, self._most // 2)
        )

    @cached_property
    def executor(self) -> ThreadPoolExecutor:
        """Threads for handlers that Flet runs outside the loop."""
        return ThreadPoolExecutor(max_workers=4, thread_name_prefix="page")

    @cached_property
    def pubsub(self) -> PubSubHub:
        """Flet's own message hub; every connection must name one."""
        return PubSubHub(loop=asyncio.get_running_loop(), executor=self.executor)

    def begin(self, identity: Identity, session: Session) -> Lease:
        """Take a new session into ownership."""
        lease = Lease(identity=identity, session=session)
        self._leases[identity, session.id] = lease
        return lease

    def idle(self, identity: Identity, session_id: str) -> Lease | None:
        """Return this caller's session that waits for its browser to come back, if there is one.

        A session that still has a connection is never given out: a duplicated tab gets its own.
        """
        lease = self._leases.get((identity, session_id))
        return lease if lease is not None and lease.session.connection is None else None

    def knows(self, session_id: str) -> bool:
        """Tell whether a session of that name lives, whoever's it is."""
        return any(known == session_id for _, known in self._leases)

    def resume(self, lease: Lease, connection: Connection) -> None:
        """Give the session its new connection."""
        if lease.expiry is not None:
            lease.expiry.cancel()
            lease.expiry = None
        lease.session.attach_connection(connection)

    def detach(self, lease: Lease, connection: Connection) -> None:
        """Note that `connection` is gone; the session waits for the next one, then expires."""
        if lease.session.connection is not connection:
            return
        lease.spawn(lease.session.disconnect(round(self._ttl_s)))
        loop = asyncio.get_running_loop()
        lease.expiry = loop.call_later(self._ttl_s, self._expire, lease)

    async def close(self) -> None:
        """End all sessions; returns when their handlers had a moment for their last words."""
        for lease in list(self._leases.values()):
            self._expire(lease)
        if self._ending:
            await asyncio.wait(self._ending)
        if "executor" in self.__dict__:
            self.executor.shutdown(wait=False, cancel_futures=True)

    def _expire(self, lease: Lease) -> None:
        if lease.expiry is not None:
            lease.expiry.cancel()
        self._leases.pop((lease.identity, lease.session.id), None)
        task = asyncio.get_running_loop().create_task(_end(lease))
        self._ending.add(task)
        task.add_done_callback(self._ending.discard)


async def _end(lease: Lease) -> None:
    before = asyncio.all_tasks()
    lease.session.close()
    # Session.close starts the page's close handlers without keeping their task.
    last_words = asyncio.all_tasks() - before
    await end_components(lease.session)
    for task in lease.tasks:
        task.cancel()
    remaining = last_words | lease.tasks
    if remaining:
        _, late = await asyncio.wait(remaining, timeout=_LAST_WORDS_S)
        for task in late:
            task.cancel()
