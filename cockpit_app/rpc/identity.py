"""Who calls on `rpc.sock`: the owner by file permission, unless something was forwarded to it.

hero_router forwards `/hero_cockpit/rpc/*` to this socket, so a request that bears any forwarding,
identity or browser header is never taken for the owner. Source: design 5.
"""

import re
from collections.abc import Mapping, Sequence

from services.claims import GUEST, Identity, Right, RightsTable

OWNER = Identity(user="owner", via="rpc", right=Right.ADMIN)
"""Whoever can open the socket file: the user that the cockpit runs as."""

BELIEVED = ("proxy", "proxy+router")
"""Fronts whose identity headers count; any other value believes nobody."""

_FORWARDED = re.compile(
    rb"(x[-_](forwarded|hero|proxy|real|original)[-_].*|forwarded|via|origin|referer|cookie"
    rb"|authorization|sec-.*|cf-.*|true-client-ip|x-client-ip)"
)
_USER = re.compile(r"[\w.@+-]{1,128}")
_MAX_CLAIMS = 1000

Headers = Sequence[tuple[bytes, bytes]]


def identify(headers: Headers, *, front: str, rights: RightsTable) -> Identity:
    """Return who sent a request with these `headers`, whose names are lower-case."""
    if not any(_FORWARDED.fullmatch(name.lower()) for name, _ in headers):
        return OWNER
    if front not in BELIEVED or _is_browser(headers):
        return GUEST
    return _vouched(headers, rights)


def _is_browser(headers: Headers) -> bool:
    return any(name.lower() == b"origin" or name.lower().startswith(b"sec-") for name, _ in headers)


def _vouched(headers: Headers, rights: RightsTable) -> Identity:
    """Return the identity that a believed front's headers give; a guest if they are odd."""
    hero = _hero_headers(headers)
    if hero is None or not _USER.fullmatch(user := hero.get("x-hero-user", "")):
        return GUEST
    claims = frozenset(c for c in re.split(r"[,\s]+", hero.get("x-hero-claims", "")) if c)
    if len(claims) > _MAX_CLAIMS:
        return GUEST
    context = hero.get("x-hero-context", "")
    return Identity(
        user=user,
        context=int(context) if re.fullmatch(r"[0-9]{1,9}", context) else None,
        claims=claims,
        impersonator=hero.get("x-hero-impersonator", ""),
        via="rpc",
        right=rights.right_of(user, claims),
    )


def _hero_headers(headers: Headers) -> Mapping[str, str] | None:
    """Return the identity headers by exact name; None when one came twice or is not plain text."""
    found: dict[str, str] = {}
    for raw_name, raw_value in headers:
        name = raw_name.decode("latin-1").lower()
        if name.startswith("x-hero-"):
            value = raw_value.decode("latin-1").strip()
            if name in found or not value.isascii() or not value.isprintable():
                return None
            found[name] = value
    return found
