"""The names at hero_proxy, told apart: the machine's own, and those that are shares.

The machine's own way in is never a share, so nothing in here can close it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from services.contract.share import Audience, Share, ShareState
from services.errors import Invalid, Refused
from services.hero.proxy import ProxyClient
from services.hero.proxy_routes import NewRoute, Route
from services.models import Snapshot
from services.shares.names import PublicDomain, is_host_name
from services.shares.records import Record
from services.shares.targets import Judged, Targets


@dataclass(frozen=True, slots=True)
class Shared:
    """A name that leads to something else than the cockpit."""

    route: Route
    target: Judged


@dataclass(frozen=True, slots=True)
class Names:
    """All public names at one moment."""

    own: tuple[str, ...] = ()
    """Names of this machine: they lead to the cockpit's page."""
    shared: Mapping[str, Shared] = field(default_factory=dict)
    told: bool = True
    """Whether this hero_proxy tells its names at all."""


class Gate:
    """What the share rules need of hero_proxy."""

    def __init__(
        self, proxy: ProxyClient, targets: Targets, *, domain: str = "", oauth_provider: str = ""
    ) -> None:
        """Open names below `domain`, such as `herolab.example.org` or `localhost:8080`.

        Without one, names are made below the machine's own, as hero_proxy has it.
        """
        self.proxy = proxy
        self.targets = targets
        self._domain = domain
        self._oauth_provider = oauth_provider

    async def names(self) -> Names:
        """Ask hero_proxy for its names."""
        routes = await self.proxy.list()
        if routes is None:
            return Names(told=False)
        judged = [Shared(route, await self.targets.judge(Path(route.target))) for route in routes]
        return Names(
            tuple(shared.route.domain for shared in judged if shared.target.is_own_page),
            {one.route.domain: one for one in judged if not one.target.is_own_page},
        )

    def public_domain(self, names: Names) -> PublicDomain:
        """Return what follows the name of a share; raises Invalid when that is not known."""
        if self._domain:
            return PublicDomain.parse(self._domain)
        if names.own:
            return PublicDomain.parse(min(names.own, key=len).removeprefix("*."))
        raise Invalid(
            "It is not known what follows the names of this machine's shares. Set it in "
            'cockpit.toml: [share] domain = "herolab.example.org".'
        )

    async def refuse_unlimited(self, new: NewRoute) -> None:
        """Raise Refused when this hero_proxy cannot limit a name to the people meant."""
        for people, emails, kind, other in (
            (new.users, False, "user name", "e-mail address"),
            (new.emails, True, "e-mail address", "user name"),
        ):
            if people and await self.proxy.can_limit_to(emails=emails) is False:
                raise Refused(
                    f"This hero_proxy cannot limit a share to people by {kind}, and the share is "
                    f"not opened wider than you asked. Name each by {other}, or share with "
                    "everybody who signs in."
                )

    async def add(self, new: NewRoute) -> Route:
        """Open a name."""
        return await self.proxy.add(new, oauth_provider=self._oauth_provider)

    async def refuse_wider(self, route: Route, new: NewRoute) -> None:
        """Raise Wider when a name is open to more people than it was asked to be."""
        if new.audience is not Audience.PUBLIC and not await self._is_limited(route, new):
            raise Wider(
                "hero_proxy opened the share to more people than you asked for, so it was closed "
                "again. Share with everybody who signs in, or look at the version of hero_proxy."
            )

    async def _is_limited(self, route: Route, new: NewRoute) -> bool:
        if route.audience is Audience.PUBLIC:
            return False
        wanted = {person.lower() for person in (*new.users, *new.emails)}
        if not wanted:
            return True
        if route.allowed is not None:
            return wanted == route.allowed
        by_user = not new.users or await self.proxy.can_limit_to(emails=False) is True
        by_email = not new.emails or await self.proxy.can_limit_to(emails=True) is True
        return by_user and by_email


class Wider(Refused):
    """A name is open to more people than it was asked to be."""


def foreign_share(shared: Shared, domain: PublicDomain | None, snapshot: Snapshot) -> Share:
    """Return a share that was made at hero_proxy directly."""
    route, target = shared.route, shared.target
    paths = {e.path: s.name for s in snapshot.services for e in s.endpoints}
    at = domain if domain and domain.label(route.domain) != route.domain else None
    address = (at or PublicDomain("")).address(route.domain)
    return Share(
        domain_id=route.key,
        service=paths.get(route.target) or paths.get(str(target.path)) or target.app,
        subdomain=at.label(route.domain) if at else route.domain,
        address=address if is_host_name(route.domain) else "",
        audience=route.audience or Audience.PUBLIC,
        people=tuple(sorted(route.allowed or ())),
        state=ShareState.UNCLEAR,
        sentence=_sentence(route, target),
    )


def listed(record: Record, names: Names) -> Share:
    """Return a share as it is listed: one that hero_proxy has no more is not open."""
    shared = names.shared.get(record.domain)
    if shared is not None:
        return record.share.model_copy(update={"domain_id": shared.route.key})
    if not names.told:
        return record.share
    sentence = "hero_proxy no longer has it: somebody ended it there. Check it to be sure."
    return record.share.model_copy(update={"state": ShareState.CLOSED, "sentence": sentence})


def _sentence(route: Route, target: Judged) -> str:
    if target.problem:
        return f"Close it: {target.problem}. It was made at hero_proxy directly."
    who = "" if route.audience else " hero_proxy does not say who may open it."
    return (
        f"It was made at hero_proxy directly, and nobody knows by whom.{who} "
        "Check it to see what a stranger sees."
    )
