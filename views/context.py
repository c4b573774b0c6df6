"""What a view may use: the operations, the latest snapshot, consoles, notices, tasks.

One `ViewContext` belongs to one browser session. It is plain data and callbacks, never a Flet
observable: those schedule work on the session of whoever runs the code, not of their owner.
"""

import asyncio
import itertools
import logging
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any, Literal

import flet as ft

from services.api import Api
from services.claims import GUEST, Identity, current_identity
from services.contract.service import WATCH, Watch
from services.errors import CockpitError
from services.machine.consoles import Consoles
from services.models import Snapshot
from views.texts import t
from views.theme import Layout

log = logging.getLogger(__name__)

WATCH_TIMEOUT_S = 4.0
"""Short enough that ages on the page stay true while nothing changes."""
RETRY_S = 2.0
MOST_NOTICES = 5
"""Older notices make room."""


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence that stays on the page until it is dismissed."""

    number: int
    kind: Literal["error", "done"]
    title: str
    text: str = ""


class ViewContext:
    """All that one browser session's views share; lives and ends with the session."""

    def __init__(
        self,
        *,
        api: Api,
        consoles: Consoles,
        prefix: str = "",
        came_back_to: str = "",
        watch_s: float = WATCH_TIMEOUT_S,
    ) -> None:
        """Ask `api`; a page below `prefix` asks again after `watch_s` while nothing changes."""
        self._watch_s = watch_s
        self.came_back_to = came_back_to
        """Where the browser's page was when the session before this one was lost; else empty."""
        self.pressed_for = ""
        """The path that the person last pressed for, until it is shown."""
        self.api = api
        self.consoles = consoles
        self.prefix = prefix
        self.layout: Layout = "medium"
        self.look = ft.ThemeMode.SYSTEM
        self.identity: Identity = GUEST
        self.snapshot = Snapshot()
        self.link = ""
        """Empty while the cockpit answers; otherwise a sentence saying why not."""
        self.notices: tuple[Notice, ...] = ()
        self._numbers = itertools.count(1)
        self._listeners: set[Callable[[], None]] = set()
        self._tasks: set[asyncio.Task[Any]] = set()
        self._follower: asyncio.Task[None] | None = None

    def subscribe(self, listener: Callable[[], None]) -> Callable[[], None]:
        """Call `listener` after each change; returns what ends that."""
        self._listeners.add(listener)
        return lambda: self._listeners.discard(listener)

    def tell(self, kind: Literal["error", "done"], title: str, text: str = "") -> None:
        """Show a notice; the same sentence is not shown twice."""
        kept = tuple(n for n in self.notices if (n.title, n.text) != (title, text))
        self.notices = (*kept[1 - MOST_NOTICES :], Notice(next(self._numbers), kind, title, text))
        self._changed()

    def dismiss(self, number: int) -> None:
        """Take a notice away."""
        self.notices = tuple(n for n in self.notices if n.number != number)
        self._changed()

    def go(self, page: ft.Page, path: str) -> None:
        """Show another page because the person pressed for it."""
        self.pressed_for = path
        page.navigate(path)

    def set_layout(self, layout: Layout) -> None:
        """Say how much room the page has now."""
        if layout != self.layout:
            self.layout = layout
            self._changed()

    def set_look(self, look: ft.ThemeMode) -> None:
        """Choose between the light and the dark look, or leave it to the system."""
        self.look = look
        self._changed()

    def start_task(self, work: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
        """Run `work` beside the page; it ends with the session at the latest."""
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def connected(self) -> None:
        """Begin to follow the store in the name of the connection that calls this."""
        self.identity = current_identity()
        self.disconnected()
        self._follower = self.start_task(self._follow(), "follow the store")
        self._changed()

    def disconnected(self) -> None:
        """Stop following: a page that nobody sees does not keep the store polling."""
        if self._follower is not None:
            self._follower.cancel()
            self._follower = None

    async def close(self) -> None:
        """End every task of the session."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _follow(self) -> None:
        since = 0  # a page that comes back is answered at once, also when nothing changed
        while True:
            try:
                snapshot = await self.api.call(WATCH, Watch(since=since, timeout_s=self._watch_s))
            except CockpitError as error:
                self._set(self.snapshot, error.message)
                await asyncio.sleep(RETRY_S)
            except Exception:
                log.exception("following the store failed; it is tried again")
                self._set(self.snapshot, t("The cockpit failed inside; it is tried again."))
                await asyncio.sleep(RETRY_S)
            else:
                since = snapshot.revision
                self._set(snapshot, "")

    def _set(self, snapshot: Snapshot, link: str) -> None:
        visible = snapshot.revision != self.snapshot.revision or link != self.link
        # The same revision may come with younger facts, which are read by what shows their ages.
        self.snapshot, self.link = snapshot, link
        if visible:
            self._changed()

    def _changed(self) -> None:
        for listener in tuple(self._listeners):
            listener()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("task %s failed", task.get_name(), exc_info=error)


_KEY = "hero_cockpit"
LOST_SESSION = "hero_cockpit.lost_session"
"""Set in the store of a session whose browser asked for one that is no more."""


def keep_context(page: ft.Page, context: ViewContext) -> None:
    """Make `context` the one of the page's session.

    Flet's own contexts are lost to a memoized component whose parent was rendered again (its
    reference to the parent is weak), so the session's store holds ours.
    """
    page.session.store.set(_KEY, context)


def context_of(page: ft.Page) -> ViewContext:
    """Return the context of the page's session."""
    context = page.session.store.get(_KEY)
    if not isinstance(context, ViewContext):
        raise RuntimeError("A view was rendered before its session had a context.")
    return context
