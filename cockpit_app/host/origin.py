"""Tells whether a request comes from our own page (RFC 6454), against cross-site requests.

A browser sends cookies of the front along with a WebSocket or a form of any site; the Origin header
is what tells them apart.
"""

import re
from typing import NamedTuple

_AUTHORITY = re.compile(
    r"(?P<host>\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)(?::(?P<port>\d{1,5}))?"
)
_DEFAULT_PORTS = {"http": 80, "https": 443}


class _Place(NamedTuple):
    host: str
    port: int


def is_same_origin(origin: str | None, host: str | None) -> bool:
    """Tell whether `origin` (`scheme://host[:port]`) names the place that `host` names.

    A port that is left out is the default one of the origin's scheme, on both sides: behind a front
    that ends TLS the scheme seen here is not the browser's.
    """
    if not origin or not host:
        return False
    scheme, separator, authority = origin.partition("://")
    default_port = _DEFAULT_PORTS.get(scheme.lower())
    if not separator or default_port is None:
        return False
    theirs, ours = _place(authority, default_port), _place(host, default_port)
    return theirs is not None and theirs == ours


def _place(authority: str, default_port: int) -> _Place | None:
    match = _AUTHORITY.fullmatch(authority)
    if match is None:
        return None
    port = int(match["port"]) if match["port"] else default_port
    return _Place(match["host"].lower(), port)
