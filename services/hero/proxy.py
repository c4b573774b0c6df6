"""The client of hero_proxy, the front door: adds, lists and deletes public names.

It decides nothing: whoever calls over the socket may do everything, so the gate is `shares`.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from services.contract.share import Audience
from services.defaults import DEFAULTS, Defaults
from services.errors import Refused
from services.hero.proxy_routes import NewRoute, Route, looks_like_routes, read_added, read_routes
from services.hero.socket_names import candidates
from services.wire.discovery import Argument, NoSuchMethod, Vocabulary
from services.wire.node import Node
from services.wire.reply import INVALID_PARAMS, Answered
from services.wire.rpc import RpcClient

TIMEOUT_S = 5.0


class ProxyClient:
    """hero_proxy, whichever of its dialects it speaks."""

    def __init__(self, client: RpcClient, defaults: Defaults = DEFAULTS) -> None:
        self._names = defaults
        self._client = client
        self._vocabulary = Vocabulary(
            client, parameters=defaults.domain_parameters, openrpc_paths=defaults.openrpc_paths
        )

    @classmethod
    def at(cls, node: Node, sockets: Path, defaults: Defaults = DEFAULTS) -> "ProxyClient":
        """Return a client of the hero_proxy below the folder `sockets` of `node`."""
        places = candidates(sockets, defaults.proxy_sockets)
        client = RpcClient(node, places, daemon="hero_proxy", targets=defaults.rpc_paths)
        return cls(client, defaults)

    async def list(self) -> Sequence[Route] | None:
        """Return all public names; None when this hero_proxy has no method that tells."""
        try:
            result = await self._vocabulary.say(self._names.domain_list, timeout_s=TIMEOUT_S)
        except NoSuchMethod:
            return None
        if not looks_like_routes(result):
            raise Refused("hero_proxy's list of names has an unknown shape. Look at its log.")
        return list(read_routes(result))

    async def find(self, domain: str) -> Route | None:
        """Return the route of a name, if hero_proxy lists it."""
        return next((r for r in await self.list() or () if r.domain == domain), None)

    async def can_limit_to(self, *, emails: bool) -> bool | None:
        """Tell whether a name can be limited to people, by user name or by e-mail address.

        None when hero_proxy does not describe its methods.
        """
        parameters = self._names.domain_emails if emails else self._names.domain_people
        return await self._vocabulary.accepts(self._names.domain_add, parameters)

    async def add(self, new: NewRoute, *, oauth_provider: str = "") -> Route:
        """Add a name and return its route as hero_proxy lists it, else as it answered."""
        manners = (
            Argument(("strip_prefix",), False, optional=True),
            Argument(("https_redirect",), True, optional=True),
        )
        kind = Argument(("target_type",), "socket", optional=True)
        result = await self._add(self._arguments(new, oauth_provider), [(kind, *manners), (kind,)])
        answered = read_added(result, domain=new.domain)
        listed = await self.find(new.domain)
        if listed is None:
            return answered
        return listed if listed.id is not None else replace(listed, id=answered.id)

    async def delete(self, route: Route) -> None:
        """Delete a name, by its id or by itself, and see that it is off the list."""
        refused: Answered | None = None
        said_done = False
        for argument in self._addresses(route):
            try:
                await self._vocabulary.say_with(
                    self._names.domain_delete, [argument], changes=True, timeout_s=TIMEOUT_S
                )
            except Answered as error:
                refused = refused or error
            else:
                said_done = True
                if await self.find(route.domain) is None:
                    return
        listed = await self.list()
        if listed is not None and all(other.domain != route.domain for other in listed):
            return
        if refused is not None and not said_done:
            raise refused
        raise Refused(
            f"hero_proxy says that it deleted {route.domain}, but goes on listing it. "
            "Look at its log."
        )

    async def close(self) -> None:
        """End the connections."""
        await self._client.close()

    async def _add(self, needed: Sequence[Argument], more: Sequence[Sequence[Argument]]) -> object:
        """Add a name with the first of `more` that hero_proxy takes, in the end with none."""
        for optional in more:
            try:
                return await self._say_add([*needed, *optional])
            except Answered as error:
                if error.rpc_code != INVALID_PARAMS:
                    raise
        return await self._say_add(needed)

    async def _say_add(self, arguments: Sequence[Argument]) -> object:
        return await self._vocabulary.say_with(
            self._names.domain_add, arguments, changes=True, timeout_s=TIMEOUT_S
        )

    def _arguments(self, new: NewRoute, oauth_provider: str) -> Sequence[Argument]:
        """Return what a name is not safe without."""
        public = new.audience is Audience.PUBLIC
        arguments = [
            Argument(("domain",), new.domain),
            Argument(("target",), new.target),
            Argument(("auth_mode",), "none" if public else "oauth"),
        ]
        if oauth_provider and not public:
            arguments.append(Argument(("oauth_provider",), oauth_provider))
        if new.users:
            arguments.append(Argument(self._names.domain_people, [*new.users]))
        if new.emails:
            arguments.append(Argument(self._names.domain_emails, [*new.emails]))
        return arguments

    def _addresses(self, route: Route) -> Sequence[Argument]:
        """Return the ways to name a route to be deleted: its id in either type, then itself."""
        ids = tuple(n for n in self._names.domain_parameters if n.endswith("id")) or ("id",)
        names = tuple(n for n in self._names.domain_parameters if n not in ids) or ("domain",)
        values = [route.id] if route.id is not None else []
        if isinstance(route.id, str) and route.id.isdecimal():
            values.append(int(route.id))
        return [*(Argument(ids, value) for value in values), Argument(names, route.domain)]
