"""Finds the control that a browser means by its number, within an allowance of searches.

Flet's index may hold a control's former object, or none once that was collected: what is drawn
anew keeps its number, but is not put into the index (flet 1.0.5). Flet then searches the whole
page, for events only. A search costs tens of milliseconds, and a browser may name any number, so
searches that lead nowhere are counted.
"""

import time
from collections.abc import Callable

from flet.controls.base_control import BaseControl
from flet.messaging.session import Session

MOST_MISSES = 30
"""Searches that may lead nowhere, before further ones wait."""
MISS_S = 0.5
"""After this long one more is allowed."""


class Searches:
    """An allowance of searches that lead nowhere; those that find something are free."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._left = float(MOST_MISSES)
        self._counted_at = clock()

    def may_search(self) -> bool:
        """Tell whether another search is allowed now."""
        now = self._clock()
        self._left = min(float(MOST_MISSES), self._left + (now - self._counted_at) / MISS_S)
        self._counted_at = now
        return self._left >= 1

    def missed(self) -> None:
        """Count a search that led nowhere."""
        self._left -= 1


def live_control(session: Session, number: int, searches: Searches) -> BaseControl | None:
    """Return the control of that number that is on the page, and put it into Flet's index."""
    known: BaseControl | None = session.index.get(number)
    if known is not None and _is_on_page(known, session):
        return known
    if not searches.may_search():
        return None
    found: BaseControl | None = session._Session__resolve_event_control(number)  # type: ignore[attr-defined]  # private, held by a test
    if found is None or not _is_on_page(found, session):
        searches.missed()
        return None
    return found


def _is_on_page(control: BaseControl, session: Session) -> bool:
    try:
        return control.page is session.page
    except RuntimeError:  # what Flet says of a control without a page
        return False
