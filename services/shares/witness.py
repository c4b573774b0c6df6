"""The witness: opens a shared link as a stranger would, and says what it was shown.

It goes through the public name on a new connection, without cookies and without any right, so it
sees what the front door does and not what it says. What a page says is foreign text.
"""

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Final
from urllib.parse import urljoin, urlsplit

from services.clock import Clock
from services.contract.share import Audience, Witness
from services.errors import CockpitError
from services.text.visible_text import VisibleText, read_page
from services.wire.http_socket import HttpSocket
from services.wire.node import Node
from services.wire.outside import Outside
from services.wire.outside_faults import Fault, OutsideError
from services.wire.reply import one_line

LOOK_TIMEOUT_S = 3.0
MOST_REDIRECTS = 3
_TURNED_AWAY = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
_NOBODY_THERE: Final = frozenset({Fault.REFUSED, Fault.CUT})
"""Failures that show that nobody gets in; the others only show that one could not look."""


NOTHING: Final = VisibleText()


@dataclass(frozen=True, slots=True)
class Seen:
    """What was shown, or why nothing was."""

    status: int | None = None
    page: VisibleText = NOTHING
    leads_to: str = ""
    """Another host that it sends people to, which was not followed."""
    nobody_there: bool = False
    problem: str = ""
    """Why nothing was seen, as a sentence."""

    @property
    def lets_in(self) -> bool:
        """Whether a page was shown."""
        return self.status is not None and 200 <= self.status < 300

    @property
    def name(self) -> str:
        """The page in words."""
        return f"“{self.page.title}”" if self.page.title else "a page without a title"

    def is_like(self, other: "Seen") -> bool:
        """Tell whether two looks were shown the same page."""
        if self.status != other.status:
            return False
        if self.page.title and other.page.title:
            return self.page.title == other.page.title
        return self.page.text == other.page.text


class Stranger:
    """Looks at public names from outside, and at sockets to know what is behind them."""

    def __init__(self, outside: Outside, node: Node, clock: Clock) -> None:
        self._outside = outside
        self._node = node
        self._clock = clock

    async def look(self, address: str) -> Seen:
        """Open `address`, going along with redirects on the same host; never raises."""
        if not address:
            return Seen(problem="Its name is no host name.")
        for _ in range(MOST_REDIRECTS + 1):
            try:
                base, path = _split(address)
                answer = await self._outside.request(
                    "GET",
                    base,
                    path,
                    headers={"Accept": "text/html"},
                    timeout_s=LOOK_TIMEOUT_S,
                    clear=True,
                )
            except CockpitError as error:
                gone = isinstance(error, OutsideError) and error.fault in _NOBODY_THERE
                return Seen(nobody_there=gone, problem=error.message)
            except ValueError:
                return Seen(problem="Its address is not a valid one.")
            there = answer.headers.get("location", "")
            if not (300 <= answer.status < 400 and there):
                page = await asyncio.to_thread(
                    read_page, answer.body, answer.headers.get("content-type", "")
                )
                return Seen(answer.status, page)
            onward = _onward(address, there)
            if _split(onward)[0] != base:
                return Seen(answer.status, leads_to=one_line(urlsplit(onward).netloc, 100))
            address = onward
        return Seen(answer.status, problem="It sends people round in a circle.")

    async def behind(self, socket: Path) -> Seen:
        """Return what the service itself shows to whoever reaches its socket; never raises."""
        asked = HttpSocket(self._node, [socket], daemon=socket.parent.name)
        try:
            answer = await asked.get("/", timeout_s=LOOK_TIMEOUT_S, alone=True)
        except CockpitError as error:
            return Seen(problem=error.message)
        return Seen(answer.status, await asyncio.to_thread(read_page, answer.body))

    def report(self, seen: Seen, *, as_expected: bool, sentence: str) -> Witness:
        """Return what was seen as a witness tells it."""
        return Witness(
            at=self._clock.now(),
            as_expected=as_expected,
            status=seen.status,
            title=seen.page.title,
            text=seen.page.text,
            sentence=sentence,
        )


def is_leak(seen: Seen, audience: Audience, behind: Seen) -> bool:
    """Tell whether a stranger was shown what is only for some.

    `behind` is what the service itself shows.
    """
    if audience is Audience.PUBLIC or not seen.lets_in:
        return False
    return seen.is_like(behind) or not seen.page.asks_to_sign_in


def judge_open(seen: Seen, audience: Audience, behind: Seen) -> tuple[bool, str]:
    """Return whether a stranger was shown what that audience means, and a sentence."""
    if seen.problem:
        return False, f"It could not be looked at from outside: {seen.problem}"
    asks = seen.leads_to or seen.status in _TURNED_AWAY or seen.page.asks_to_sign_in
    if audience is Audience.PUBLIC:
        if seen.lets_in:
            return True, f"Everybody who has the link sees {seen.name}."
        if asks:
            return (
                False,
                f"A stranger does not get in ({_manner(seen)}), though it is for everybody.",
            )
        return False, _broken(seen)
    if is_leak(seen, audience, behind):
        return False, f"A stranger gets in without signing in, and sees {seen.name}."
    if asks:
        return True, f"A stranger has to sign in first ({_manner(seen)})."
    return False, _broken(seen)


def judge_closed(seen: Seen, elsewhere: Seen) -> tuple[bool | None, str]:
    """Return whether a stranger is kept out, None when one could not look, and a sentence.

    `elsewhere` is what a name that was never shared shows: what is the same there proves nothing.
    """
    if seen.nobody_there:
        return True, "Nobody gets in: the link leads nowhere."
    if seen.problem:
        return None, f"It could not be looked at from outside: {seen.problem}"
    if seen.status is not None and seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None, f"Something still answers there, though with an error (status {seen.status})."
    if not seen.lets_in:
        return True, f"Nobody gets in: a stranger is turned away ({_manner(seen)})."
    if seen.is_like(elsewhere):
        return True, "Nobody gets in: the link shows no more than any name that is not shared."
    return False, f"A stranger still gets in, and sees {seen.name}."


def _manner(seen: Seen) -> str:
    if seen.leads_to:
        return f"sent to {seen.leads_to}"
    return "a sign-in page" if seen.lets_in else f"status {seen.status}"


def _broken(seen: Seen) -> str:
    if seen.status is not None and seen.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return f"The link works, but the service behind it does not answer (status {seen.status})."
    return f"The link leads to no page (status {seen.status})."


def _split(address: str) -> tuple[str, str]:
    parts = urlsplit(address)
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme}://{parts.netloc}", (parts.path or "/") + query


def _onward(address: str, location: str) -> str:
    """Return where a redirect leads; to nowhere when it is no address."""
    try:
        onward = urljoin(address, location)
        urlsplit(onward).port  # noqa: B018 # reading it is the check
    except ValueError:
        return "invalid://nowhere/"
    return onward
