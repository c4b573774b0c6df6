"""Shares: a service opened to others under a name, for a while, with a witness of what they see."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Final

from pydantic import Field

from services.api import Operation
from services.claims import Right
from services.models import Frozen
from services.params import NoParams, Params, ServiceName

MAX_EXPIRY_S = 366 * 24 * 3600
DAY_S = 24 * 3600

DomainId = Annotated[str, Field(min_length=1, max_length=253)]


class Audience(StrEnum):
    """Who may open a share."""

    PUBLIC = "public"
    SIGNED_IN = "signed_in"
    PEOPLE = "people"
    """Named people only."""


class ShareState(StrEnum):
    """Whether a share is open, as the witness saw it."""

    OPEN = "open"
    CLOSED = "closed"
    UNCLEAR = "unclear"
    """hero_proxy said one thing and the witness saw another, or could not look."""


class Witness(Frozen):
    """What a stranger, without cookies and from outside the session, was shown."""

    at: datetime
    as_expected: bool
    status: int | None = None
    """HTTP status; None when nothing answered."""
    title: str = ""
    text: str = ""
    """The first words of the page."""
    sentence: str


class Share(Frozen):
    """One service under a name of its own."""

    domain_id: str
    service: str
    subdomain: str
    address: str
    """What to send to people: a whole URL."""
    audience: Audience
    people: tuple[str, ...] = ()
    state: ShareState
    created_at: datetime | None = None
    created_by: str = ""
    expires_at: datetime | None = None
    closed_at: datetime | None = None
    witness: Witness | None = None
    sentence: str = ""


class ShareList(Frozen):
    """The shares of this machine."""

    shares: tuple[Share, ...] = ()
    domain: str = ""
    """What follows the name in an address."""
    sentence: str = ""
    """What could not be found out, if anything."""


class ExposeService(Params):
    """What to share, under which name, with whom and for how long."""

    service: ServiceName = Field(description="A service with a page of its own.")
    subdomain: str = Field(
        min_length=1, max_length=63, description="Letters, digits and hyphens, such as mik."
    )
    audience: Audience = Field(Audience.SIGNED_IN, description="public, signed_in or people.")
    people: tuple[str, ...] = Field(
        (), max_length=50, description="User names or e-mail addresses, for the audience people."
    )
    expires_in_s: int | None = Field(
        DAY_S, ge=60, le=MAX_EXPIRY_S, description="Seconds until it closes by itself; null: never."
    )


class OneShare(Params):
    """One share by the id that hero_proxy gave it, or by its name."""

    domain_id: DomainId = Field(description="Identifier from the list of shares, or its name.")


class ListShares(Params):
    """Which shares to list."""

    closed: bool = Field(False, description="Also those that are closed.")


LIST_SHARES: Final = Operation(
    name="cockpit.list_shares",
    summary="List the services that are shared, with whom, and until when",
    params=ListShares,
    result=ShareList,
    right=Right.WRITE,
    example={"closed": True},
    command=("shares", "list"),
)
EXPOSE_SERVICE: Final = Operation(
    name="cockpit.expose_service",
    summary="Share a service under a name, and look at it as a stranger would",
    params=ExposeService,
    result=Share,
    right=Right.WRITE,
    example={"service": "hero_whiteboard_web", "subdomain": "mik", "audience": "public"},
    command=("shares", "open"),
    changes=True,
    target="service",
)
UNEXPOSE_SERVICE: Final = Operation(
    name="cockpit.unexpose_service",
    summary="End a share, cut who is there, and prove that it is closed",
    params=OneShare,
    result=Share,
    right=Right.WRITE,
    example={"domain_id": "1"},
    command=("shares", "close"),
    changes=True,
    target="domain_id",
)
CHECK_SHARE: Final = Operation(
    name="cockpit.check_share",
    summary="Look at a share again as a stranger would",
    params=OneShare,
    result=Share,
    right=Right.WRITE,
    example={"domain_id": "1"},
    command=("shares", "check"),
)
CLOSE_SHARES: Final = Operation(
    name="cockpit.close_shares",
    summary="End all shares at once",
    params=NoParams,
    result=ShareList,
    right=Right.WRITE,
    command=("shares", "close-all"),
    changes=True,
)
