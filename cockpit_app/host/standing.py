"""How long a connection may go on without the front: until its page vouches for it anew.

The page asks a small path through the front, with the ticket of its connection, and the front says
who that is. So a person who may no longer come in is out after that time, and nobody else notices:
no connection is made anew for it.
"""

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager

from services.claims import Identity, current_identity


class Standing:
    """The word of the front for one connection; it holds for `holds_s` and is then renewed."""

    def __init__(self, identity: Identity, *, holds_s: float) -> None:
        self.ticket = secrets.token_urlsafe(18)
        """Names the connection to the front's answer; worth nothing to another identity."""
        self._identity = identity
        self._holds_s = holds_s
        self._loop = asyncio.get_running_loop()
        self._until = self._loop.time() + holds_s
        self._withdrawn = asyncio.Event()

    @property
    def is_fading(self) -> bool:
        """Whether half of the time is over, so that the page has to vouch."""
        return self._until - self._loop.time() < self._holds_s / 2

    def hear(self, identity: Identity) -> bool:
        """Take the word of the front; return whether it still names the same caller."""
        if identity != self._identity:
            self._withdrawn.set()
            return False
        self._until = self._loop.time() + self._holds_s
        return True

    async def lost(self) -> None:
        """Return as soon as the front's word holds no longer."""
        while not self._withdrawn.is_set() and (left_s := self._until - self._loop.time()) > 0:
            try:
                async with asyncio.timeout(left_s):
                    await self._withdrawn.wait()
            except TimeoutError:
                continue  # it may have been renewed meanwhile


class Standings:
    """The standings of all connections of one application, by ticket."""

    def __init__(self, *, hold_s: float) -> None:
        self._hold_s = hold_s
        self._standings: dict[str, Standing] = {}

    @contextmanager
    def begin(self) -> Iterator[Standing]:
        """Give the caller's connection, which has just come through the front, its standing."""
        standing = Standing(current_identity(), holds_s=self._hold_s)
        self._standings[standing.ticket] = standing
        try:
            yield standing
        finally:
            del self._standings[standing.ticket]

    def vouch(self, ticket: str) -> bool:
        """Take the present caller as the front's word for a connection; return whether it holds."""
        standing = self._standings.get(ticket)
        return standing is not None and standing.hear(current_identity())
