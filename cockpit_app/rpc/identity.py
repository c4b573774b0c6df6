"""Who calls on `rpc.sock`: the owner by file permission, unless something was forwarded to it.

hero_router forwards `/hero_cockpit/rpc/*` to this socket, so a request that bears anything beyond
what a local program sends is never taken for the owner. Source: design 5.
"""

from collections.abc import Sequence

from cockpit_app.host.identity import identity_of
from services.claims import Identity, Right, RightsTable

OWNER = Identity(user="owner", via="rpc", right=Right.ADMIN)
"""Whoever can open the socket file: the user that the cockpit runs as."""
FORWARDED = Identity(via="forwarded")
"""Whoever came through somebody whose word does not count here."""

BELIEVED = ("proxy", "proxy+router")
"""Fronts whose identity headers count; any other value believes nobody."""

_LOCAL = frozenset(
    {
        b"host",
        b"user-agent",
        b"accept",
        b"accept-encoding",
        b"content-type",
        b"content-length",
        b"transfer-encoding",
        b"connection",
        b"keep-alive",
        b"expect",
        b"te",
        b"cache-control",
        b"pragma",
        b"x-request-id",
        b"traceparent",
        b"tracestate",
    }
)
"""What programs on this machine send; whatever else comes was added on the way, or by a browser."""

Headers = Sequence[tuple[bytes, bytes]]


def identify(headers: Headers, *, front: str, rights: RightsTable) -> Identity:
    """Return who sent a request with these `headers`."""
    if all(name.lower() in _LOCAL for name, _ in headers):
        return OWNER
    if front not in BELIEVED or _is_browser(headers):
        return FORWARDED
    return identity_of(headers, via="rpc", rights=rights)


def _is_browser(headers: Headers) -> bool:
    return any(name.lower() == b"origin" or name.lower().startswith(b"sec-") for name, _ in headers)
