"""Addresses of the outside, as settings write them: `https://host/prefix` or `unix:socket:/prefix`.

A `unix:` address names a socket below the socket directory: where a stand-in of the world listens.
"""

from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from services.errors import Invalid

_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Target:
    """Where one request goes."""

    scheme: str
    host: str
    port: int
    path: str
    socket: str = ""
    """Path below the socket directory; empty for a host of the network."""

    @property
    def shown(self) -> str:
        """Who is asked, for people; never the path or its query, which may hold secrets."""
        return f"the stand-in at {self.socket}" if self.socket else self.host

    @property
    def is_here(self) -> bool:
        """Whether this machine itself is asked: a socket, loopback, or a name below localhost."""
        if self.socket or self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False

    @property
    def usual_port(self) -> bool:
        """Whether the port is the one that the scheme implies."""
        return self.port == _PORTS[self.scheme]


def host_of(base: str) -> str:
    """Return who answers at an address, for people; raises Invalid when it is no address."""
    return read_address(base, "/").shown


def read_address(base: str, path: str, *, clear: bool = False) -> Target:
    """Return where `base` + `path` is; raises Invalid, without showing what may be a secret.

    `http:` leads to this machine alone, so that no key goes to another in the clear; with `clear`,
    for what holds no secret, anywhere.
    """
    scheme, _, rest = base.partition(":")
    if scheme == "unix":
        name, _, prefix = rest.partition(":")
        parts = PurePosixPath(name).parts
        if not parts or name.startswith("/") or ".." in parts or not name.isprintable():
            raise Invalid("An address with unix: names a socket below the socket directory.")
        return Target("http", "localhost", 80, _joined(prefix, path), name)
    try:
        split = urlsplit(base)
        port, host = split.port, split.hostname
    except ValueError as error:
        raise Invalid("An address of the outside is not a valid one. Correct it.") from error
    plain = not (split.username or split.password or split.query or split.fragment)
    if scheme not in _PORTS or not host or not host.isascii() or not plain:
        raise Invalid("An address of the outside is https://host/path. Correct it.")
    target = Target(scheme, host, port or _PORTS[scheme], _joined(split.path, path))
    if scheme == "http" and not (clear or target.is_here):
        raise Invalid(
            "An address with http: leads to another machine, and keys do not travel in the clear. "
            "Use https."
        )
    return target


def _joined(prefix: str, path: str) -> str:
    whole = f"{prefix.rstrip('/')}/{path.lstrip('/')}"
    if not whole.isascii() or any(c <= " " or c == "\x7f" for c in whole):
        raise Invalid("A path to the outside holds characters that a path cannot have.")
    return whole
