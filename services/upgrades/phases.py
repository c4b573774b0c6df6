"""The phases of an exchange of builds, what orders one, and what a phase hands to the next."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from services.apps.catalog import App
from services.contract.job import ItemState

BUILD_SHARE: Final = 70
"""Percent of an item that its build counts for; the rest is for restarting and looking."""


class Phase(StrEnum):
    """How far the exchange of one app's build is."""

    SAVE = "save"
    BUILD = "build"
    TRY = "try"
    HAND_OVER = "hand over"
    """The cockpit itself: a guardian restarts it and judges."""
    PUT_BACK = "put back"
    END = "end"


DOING: Final[Mapping[Phase, str]] = {
    Phase.SAVE: "keeping the former build",
    Phase.BUILD: "building",
    Phase.TRY: "restarting and checking",
    Phase.HAND_OVER: "restarting the cockpit",
    Phase.PUT_BACK: "putting the former build back",
}
PERCENT: Final[Mapping[Phase, int]] = {
    Phase.SAVE: 1,
    Phase.BUILD: 5,
    Phase.TRY: BUILD_SHARE,
    Phase.HAND_OVER: BUILD_SHARE,
    Phase.PUT_BACK: 90,
}


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be done with one app."""

    app: App
    channel: str = ""
    available: str = ""
    """The version on offer, as it was shown; empty when that was unknown."""
    own: bool = False
    """Whether it is the cockpit itself."""


@dataclass(frozen=True, slots=True)
class Turn:
    """What a phase came to."""

    next: Phase
    notes: Mapping[str, Any] = field(default_factory=dict)
    """What the phases after it need to know."""
    state: ItemState | None = None
    sentence: str | None = None
    before: str | None = None
    after: str | None = None


def done(version: str, sentence: str) -> Turn:
    """Return the end of an exchange that succeeded."""
    return Turn(Phase.END, state=ItemState.DONE, sentence=sentence, after=version)
