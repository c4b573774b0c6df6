"""Header hygiene of the gateway: nothing a client says about itself passes, what is true is added.

Services believe the identity headers that reach them, so no spelling of one may come from outside.
Source: hero_platform reference, 1.3; RFC 9110 section 7.6.1 (hop-by-hop fields).
"""

from collections.abc import Iterable
from dataclasses import dataclass

from cockpit_app.preview.identities import Identity

Headers = list[tuple[bytes, bytes]]

_HOP_BY_HOP = frozenset(
    {
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    }
)
_KEPT = frozenset({b"host", b"content-length"})
"""What a client may not have removed by naming it in Connection: a request is nothing without."""
_CLAIMING = (b"x-hero-", b"x-proxy-", b"x-forwarded-", b"forwarded", b"x-real-ip")


@dataclass(frozen=True, slots=True)
class Forwarding:
    """What the gateway tells a service about one request."""

    identity: Identity | None
    """Who asks; None when nobody signed in."""
    peer: str
    """The client's address."""
    host: str
    """The Host that the client asked for."""
    prefix: str
    """The path under which the client sees the service; empty at a name of its own."""


def request_headers(sent: Iterable[tuple[bytes, bytes]], forwarding: Forwarding) -> Headers:
    """Return the headers that a service gets for a client's `sent` ones, without framing."""
    sent = list(sent)
    kept = [(n, v) for n, v in _without_hop_by_hop(sent) if not _claims_something(n)]
    added = {
        "X-Forwarded-For": forwarding.peer,
        "X-Forwarded-Proto": "http",
        "X-Forwarded-Host": forwarding.host,
    }
    if forwarding.prefix:
        added["X-Forwarded-Prefix"] = forwarding.prefix
    if forwarding.identity is not None:
        added |= forwarding.identity.headers()
    return kept + [(name.encode(), value.encode()) for name, value in added.items()]


def response_headers(sent: Iterable[tuple[bytes, bytes]]) -> Headers:
    """Return the headers of a service's answer that the client gets, without framing."""
    return _without_hop_by_hop(list(sent))


def without_cookie(headers: Headers, cookie: str) -> Headers:
    """Return `headers` less one cookie: a session of the gateway is nothing for services."""
    kept: Headers = []
    for name, value in headers:
        if name.lower() == b"cookie":
            pairs = [p.strip() for p in value.split(b";")]
            value = b"; ".join(p for p in pairs if p.partition(b"=")[0] != cookie.encode())
            if not value:
                continue
        kept.append((name, value))
    return kept


def _without_hop_by_hop(headers: Headers) -> Headers:
    named = {
        token.strip().lower()
        for name, value in headers
        if name.lower() == b"connection"
        for token in value.split(b",")
    }
    return [(n, v) for n, v in headers if n.lower() not in _HOP_BY_HOP | (named - _KEPT)]


def _claims_something(name: bytes) -> bool:
    """Tell whether a header would speak of identity or origin; some readers take `_` for `-`."""
    return name.lower().replace(b"_", b"-").startswith(_CLAIMING)
