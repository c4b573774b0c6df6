"""Which socket a share may lead to, and which never: judged by the app's name and by the real path.

Sharing the cockpit, the supervisor, the front door or a console would give the machine away.
Source: product reference S13, hero_platform reference 1.2 (socket names).
"""

import asyncio
import os
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import unquote

from services.errors import CockpitError, NotAllowed, Refused
from services.hero.socket_names import split_name
from services.models import Service, Snapshot
from services.wire.http_socket import HttpSocket
from services.wire.node import Node
from services.wire.reply import one_line, parse_json

NEVER: Final = frozenset(
    (
        *("cockpit", "proc", "proxy", "router", "console", "consoles", "hypervisor", "chvm"),
        *("compute", "compute_manager", "compute_zos", "explorer"),
    )
)
"""Apps that are never shared, without `hero_` or `my_` before them."""
_FOR_OPERATORS = ("ui", "admin")
"""Older builds say `ui` for what is `admin` now [certain]."""
_HOUSES = ("hero_", "my_")
LOOK_TIMEOUT_S = 2.0


@dataclass(frozen=True, slots=True)
class Judged:
    """A socket by its real path."""

    path: Path
    app: str
    """The folder below the socket directory; empty when it is elsewhere."""
    kind: str

    @property
    def is_own_page(self) -> bool:
        """Whether the cockpit itself is there, as people reach it."""
        return folded(self.app) == "cockpit" and self.kind == "web"

    @property
    def problem(self) -> str:
        """Why nothing may be shared from here, as the end of a sentence; empty when it may."""
        if not self.app:
            return "it is not one of the sockets of this machine's services"
        if is_never(self.app):
            return f"whoever opened {one_line(self.app, 60)} could take over the machine"
        if not (_is_for_people(self.kind) or self.kind in _FOR_OPERATORS):
            return f"{one_line(self.kind, 60)}.sock is for programs and has no page"
        return ""


class Targets:
    """Finds the page of a service, and says no where there must be none."""

    def __init__(self, node: Node, sockets: Path) -> None:
        self._node = node
        self._sockets = sockets

    async def of(self, service: Service, snapshot: Snapshot) -> Path:
        """Return the real path of the socket with the service's page.

        Raises NotAllowed for what must never be shared, Refused when there is no page.
        """
        refuse_never(service.name)
        for path in self._pages(service, snapshot):
            judged = await self.judge(path)
            if judged.problem:
                raise NotAllowed(f"{service.name} cannot be shared: {judged.problem}.")
            if _is_for_people(judged.kind) or await self._is_page(judged.path):
                return judged.path
        raise Refused(
            f"{service.name} has no page of its own that could be shared."
            f"{_elsewhere(service, snapshot)}"
        )

    async def judge(self, path: Path) -> Judged:
        """Return what is really at a path, links followed."""
        return await asyncio.to_thread(_judged, path, self._sockets)

    def _pages(self, service: Service, snapshot: Snapshot) -> list[Path]:
        """Return the sockets that may have its page, the likeliest first.

        That for operators counts only where the whole app has no other page.
        """
        kinds = {endpoint.kind: Path(endpoint.path) for endpoint in service.endpoints}
        pages = sorted((kind for kind in kinds if _is_for_people(kind)), key=len)
        if not pages and not _page_of_app(service, snapshot):
            pages = [kind for kind in _FOR_OPERATORS if kind in kinds]
        return [kinds[kind] for kind in pages]

    async def _is_page(self, path: Path) -> bool:
        """Tell whether the service says that people may look at a socket."""
        asked = HttpSocket(self._node, [path], daemon=path.parent.name)
        try:
            answer = await asked.get(
                "/.well-known/heroservice.json", timeout_s=LOOK_TIMEOUT_S, alone=True
            )
            manifest = parse_json(answer.body)
        except (CockpitError, ValueError):
            return False
        return isinstance(manifest, dict) and manifest.get("protocol") == "ui"


def _is_for_people(kind: str) -> bool:
    return kind == "web" or kind.startswith("web_")


def is_never(name: str) -> bool:
    """Tell whether an app or service is one that is never shared."""
    return folded(name) in NEVER


def refuse_never(name: str) -> None:
    """Raise NotAllowed for a name that is one of those never shared, however it is spelled."""
    if is_never(name):
        raise NotAllowed(
            f"{one_line(name, 60)} is never shared: whoever opened it could take over the machine."
        )


def folded(name: str) -> str:
    """Return the bare name of an app: no encoding, case, separators, house, or part of it."""
    plain = unicodedata.normalize("NFKC", unquote(unquote(name))).casefold()
    plain = re.sub(r"[\W_]+", "_", plain).strip("_")
    while (shorter := split_name(plain)[0]) != plain:
        plain = shorter
    for house in _HOUSES:
        plain = plain.removeprefix(house)
    return plain


def _judged(path: Path, sockets: Path) -> Judged:
    real, root = Path(os.path.realpath(path)), Path(os.path.realpath(sockets))
    inside = real.is_relative_to(root) and real.suffix == ".sock" and real.parent.parent == root
    return Judged(real, real.parent.name if inside else "", real.stem)


def _page_of_app(service: Service, snapshot: Snapshot) -> Service | None:
    """Return the service with the page of the same app, if there is one."""
    return next(
        (
            other
            for other in snapshot.services
            if other.app == service.app and any(_is_for_people(e.kind) for e in other.endpoints)
        ),
        None,
    )


def _elsewhere(service: Service, snapshot: Snapshot) -> str:
    page = _page_of_app(service, snapshot)
    return f" Share {page.name} instead." if page else ""
