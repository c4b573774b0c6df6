"""The `domain.*` methods of the preview's hero_proxy; also under the prefix `domain_route.`.

Callers on the socket are local and may do everything. Source: hero_platform reference, 1.6.
"""

import re
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cockpit_app.preview.domains import Domain, Domains
from cockpit_app.preview.face import Handler, Method
from cockpit_app.preview.home import Home
from cockpit_app.rpc.jsonrpc import INVALID_PARAMS, Fault

NOT_FOUND, EXISTS = -32000, -32007
AUTH_MODES = ("none", "optional", "oauth")
OWN_NAMES = ("cockpit.localhost",)
_DOMAIN = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+localhost")


class DomainMethods:
    """Changes the table of shared names; `closed` is told of each name that ends."""

    def __init__(self, home: Home, domains: Domains, closed: Callable[[str], None]) -> None:
        self._home = home
        self._domains = domains
        self._closed = closed

    def methods(self) -> list[Method]:
        """Return the group of methods, under both of its prefixes."""
        handlers: dict[str, Handler] = {
            "add": self._add,
            "list": self._list,
            "delete": self._delete,
        }
        return [
            Method(f"{prefix}.{verb}", handler)
            for prefix in ("domain", "domain_route")
            for verb, handler in handlers.items()
        ]

    async def _list(self) -> list[dict[str, Any]]:
        """Return all shared names."""
        return [_row(domain) for domain in self._domains.all()]

    async def _add(  # the parameters are hero_proxy's
        self,
        domain: str,
        target: str,
        target_type: str = "socket",
        auth_mode: str = "oauth",
        oauth_provider: str = "",
        allowed_pubkeys: list[str] | None = None,
        allowed_emails: list[str] | None = None,
        strip_prefix: bool = False,
        https_redirect: bool = False,
    ) -> dict[str, Any]:
        """Share a service's socket under a name of its own."""
        entry = Domain(
            id=self._domains.next_id(),
            domain=domain.lower(),
            target=target,
            target_type=target_type,
            auth_mode=auth_mode,
            oauth_provider=oauth_provider,
            allowed_pubkeys=tuple(allowed_pubkeys or ()),
            allowed_emails=tuple(allowed_emails or ()),
            strip_prefix=strip_prefix,
            https_redirect=https_redirect,
        )
        self._check(entry)
        self._domains.add(entry)
        return _row(entry)

    async def _delete(self, domain: str = "", id: int = 0) -> dict[str, Any]:
        """End the sharing of a name, given as it is spelled or by id, and cut its connections."""
        for entry in self._domains.all():
            if domain.lower() == entry.domain or id == entry.id:
                self._domains.remove(entry.domain)
                self._closed(entry.domain)
                return {"ok": True, "id": entry.id}
        raise Fault(NOT_FOUND, f"There is no shared name {domain or id}.")

    def _check(self, entry: Domain) -> None:
        if not _DOMAIN.fullmatch(entry.domain) or entry.domain in OWN_NAMES:
            raise Fault(INVALID_PARAMS, "A shared name looks like books.localhost in the preview.")
        if entry.auth_mode not in AUTH_MODES:
            raise Fault(INVALID_PARAMS, f"auth_mode is one of: {', '.join(AUTH_MODES)}.")
        target = Path(entry.target)
        inside = target.is_relative_to(self._home.sockets) and ".." not in target.parts
        if entry.target_type != "socket" or not inside:
            raise Fault(INVALID_PARAMS, f"The target must be a socket in {self._home.sockets}.")
        if self._domains.find(entry.domain):
            raise Fault(EXISTS, f"The name {entry.domain} is shared already.")


def _row(domain: Domain) -> dict[str, Any]:
    return {
        key: list(value) if isinstance(value, tuple) else value
        for key, value in asdict(domain).items()
    }
