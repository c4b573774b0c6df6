"""Where a request goes: host and path on one side, a service's socket on the other.

Pure: knows no connection and reads no file. Source: hero_platform reference, 1.2.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from cockpit_app.preview.domains import Domain, Domains
from cockpit_app.preview.home import Home

COCKPIT_PREFIX = "/hero_cockpit/web"
GATEWAY_NAMES = frozenset({"127.0.0.1", "localhost"})
COCKPIT_NAME = "cockpit.localhost"

_PATH = re.compile(r"/([a-z0-9_]+)/([a-z0-9_]+)(/.*)?")
_NAME = re.compile(r"([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*localhost")


@dataclass(frozen=True, slots=True)
class Route:
    """A socket, what it is asked for, and under which prefix the client sees it."""

    service: str
    """For people: `hero_books`."""
    socket: Path
    target: str
    """Path and query on that socket."""
    prefix: str = ""
    domain: Domain | None = None
    """The shared name that leads here, if it is one: its rules say who may enter."""


@dataclass(frozen=True, slots=True)
class Moved:
    """The client is to ask for another path."""

    location: str
    keep_method: bool = False


def host_name(host: str, port: int) -> str | None:
    """Return the name in a Host header if this gateway answers to it, else None.

    Any other name is a foreign site's that was pointed at this machine (DNS rebinding).
    """
    name, _, given = host.lower().partition(":")
    if given != str(port) and not (port == 80 and not given):
        return None
    return name if name == "127.0.0.1" or _NAME.fullmatch(name) else None


def find_route(home: Home, domains: Domains, name: str, target: str) -> Route | Moved | None:
    """Return where `target` (path and query) at the host `name` leads, or None for nowhere."""
    if name == COCKPIT_NAME:
        return Route("hero_cockpit", home.socket("hero_cockpit/web.sock"), target)
    if name in GATEWAY_NAMES:
        return _by_path(home, target)
    domain = domains.find(name)
    if domain is None:
        return None
    socket = Path(domain.target)
    return Route(socket.parent.name, socket, target, domain=domain)


def _by_path(home: Home, target: str) -> Route | Moved | None:
    path, mark, query = target.partition("?")
    if path == "/":
        return Moved(f"{COCKPIT_PREFIX}/")
    match = _PATH.fullmatch(path)
    if match is None:
        return None
    service, kind, rest = match.groups()
    prefix = f"/{service}/{kind}"
    if rest is None:  # links on a page are relative to its folder
        return Moved(f"{prefix}/{mark}{query}", keep_method=True)
    return Route(service, home.socket(f"{service}/{kind}.sock"), rest + mark + query, prefix)


def is_local_path(path: str) -> bool:
    """Tell whether `path` leads to this very host, so that one may be sent there after sign-in."""
    return bool(re.fullmatch(r"/(?![/\\])[\x21-\x7e]*", path)) and "\\" not in path
