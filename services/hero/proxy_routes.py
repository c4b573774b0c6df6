"""Reads what hero_proxy says of its names: any likely shape in, one `Route` per public name out.

Pure and tolerant: what cannot be understood is left out. Field names as the seed gives them;
result shapes are unknown. Source: hero_platform reference 1.6 and 8 (items 4 and 5).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from services.contract.share import Audience
from services.wire.reply import unwrapped

MOST_ROUTES = 10_000
_LISTS = ("domains", "domain_routes", "routes", "items", "result", "data")
_SINGLE = ("domain_route", "route", "domain", "item", "result", "data")
_IDS = ("id", "domain_id", "route_id", "uuid")
_DOMAINS = ("domain", "hostname", "host", "name", "fqdn")
_TARGETS = ("target", "target_path", "socket", "socket_path", "upstream")
_MODES = ("auth_mode", "auth", "mode")
_PEOPLE = ("allowed_pubkeys", "allowed_users")
_EMAILS = ("allowed_emails",)
_OPEN_MODES = frozenset({"none", "optional", "public", "off"})


@dataclass(frozen=True, slots=True)
class NewRoute:
    """A name to be added: where it leads, and who may pass."""

    domain: str
    target: str
    """Absolute path of the socket."""
    audience: Audience
    users: tuple[str, ...] = ()
    """Ids at the Forge; sent as `allowed_pubkeys`."""
    emails: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One public name, as hero_proxy has it."""

    domain: str
    id: int | str | None = None
    """In hero_proxy's own type; None when it does not say."""
    target: str = ""
    auth_mode: str = ""
    """Empty when it does not say."""
    allowed: frozenset[str] | None = None
    """Who may pass, small letters; None when it does not say."""

    @property
    def key(self) -> str:
        """What people call it by: its id, else its name."""
        return self.domain if self.id is None else str(self.id)

    @property
    def audience(self) -> Audience | None:
        """Who may open it; None when hero_proxy does not say."""
        if not self.auth_mode:
            return None
        if self.auth_mode in _OPEN_MODES:
            return Audience.PUBLIC
        return Audience.PEOPLE if self.allowed else Audience.SIGNED_IN


def looks_like_routes(result: object) -> bool:
    """Tell whether a result of `domain.list` has one of the known shapes."""
    return result is None or isinstance(unwrapped(result, _LISTS), list | dict)


def read_routes(result: object) -> Iterator[Route]:
    """Yield a route per name, from an array or a map of objects or names, wrapped or not."""
    seen: set[str] = set()
    for route in _read_any(unwrapped(result, _LISTS)):
        if route.domain and route.domain not in seen and len(seen) < MOST_ROUTES:
            seen.add(route.domain)
            yield route


def read_added(result: object, *, domain: str) -> Route:
    """Return the route in a `domain.add` result: an id, an object, a wrapped one, or nothing."""
    for key in _SINGLE:
        if isinstance(result, dict) and isinstance(result.get(key), dict):
            result = result[key]
    if isinstance(result, dict):
        return _of_object({**result, "domain": domain}, domain)
    return Route(domain, id=_id(result) if result != domain else None)


def _read_any(inner: object) -> Iterator[Route]:
    if isinstance(inner, list):
        for item in inner:
            yield from _of_item(item, "")
    elif isinstance(inner, dict):
        if _text(inner, _DOMAINS):
            yield from _of_item(inner, "")
            return
        for name, item in inner.items():
            yield from _of_item(item, name)


def _of_item(item: object, name: str) -> Iterator[Route]:
    if isinstance(item, dict):
        domain = _text(item, _DOMAINS) or name
        if domain:
            yield _of_object(item, domain)
    elif isinstance(item, str) and item:
        yield Route(_folded(name), target=item) if name else Route(_folded(item))


def _of_object(item: Mapping[str, Any], domain: str) -> Route:
    return Route(
        _folded(domain),
        id=next((found for key in _IDS if (found := _id(item.get(key))) is not None), None),
        target=_text(item, _TARGETS).removeprefix("unix:"),
        auth_mode=_text(item, _MODES).strip().lower(),
        allowed=_allowed(item),
    )


def _allowed(item: Mapping[str, Any]) -> frozenset[str] | None:
    lists = [item[key] for key in (*_PEOPLE, *_EMAILS) if isinstance(item.get(key), list)]
    if not lists:
        return None
    return frozenset(str(person).lower() for people in lists for person in people)


def _id(value: object) -> int | str | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return value[:253] if isinstance(value, str) and value and value.isprintable() else None


def _text(item: Mapping[str, Any], keys: tuple[str, ...]) -> str:
    return next((item[k] for k in keys if isinstance(item.get(k), str) and item[k]), "")


def _folded(domain: str) -> str:
    return domain.strip().rstrip(".").lower()
