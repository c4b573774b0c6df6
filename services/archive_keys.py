"""Where the values of secrets are while they are exported and restored: hero_proc, or memory.

Only names that an environment variable could have are touched; former values kept for undo never.
"""

import re
from collections.abc import Collection, Sequence
from typing import Protocol

from services.defaults import DEFAULTS, Defaults
from services.errors import KINDS, CockpitError
from services.key_values import is_masked
from services.key_vault import UNDO_PREFIX
from services.proc import ProcClient

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}/[A-Z][A-Z0-9_]{1,63}")


class KeyStore(Protocol):
    """A store of secrets; each has a place: `context/NAME`."""

    async def places(self) -> Sequence[str]:
        """Return the places that hold a value, in order; raises Unreachable and Refused."""

    async def read(self, place: str) -> str | None:
        """Return the value; None when there is none or it is not given out."""

    async def write(self, place: str, value: str) -> None:
        """Store a value."""


class ProcKeys:
    """The secrets of hero_proc in the contexts that a cockpit knows."""

    def __init__(
        self, proc: ProcClient, *, known: Collection[str], defaults: Defaults = DEFAULTS
    ) -> None:
        """Use `proc`; `known` are the places asked for where it does not list its secrets."""
        self._proc = proc
        self._known = tuple(known)
        self._contexts = tuple(dict.fromkeys((defaults.key_context, defaults.own_context)))

    async def places(self) -> Sequence[str]:
        """Return the places that hold a value, in order; raises Unreachable and Refused."""
        found: set[str] = set()
        for context in self._contexts:
            names = await self._proc.secret_names(context)
            if names is None:
                found |= {p for p in self._of(context) if await self.read(p) is not None}
            else:
                found |= {f"{context}/{name}" for name in names}
        return sorted(place for place in found if is_place(place))

    async def read(self, place: str) -> str | None:
        context, _, name = place.partition("/")
        value = await self._proc.secret(context, name)
        return None if not value or is_masked(value) else value

    async def write(self, place: str, value: str) -> None:
        context, _, name = place.partition("/")
        try:
            await self._proc.set_secret(context, name, value)
        except CockpitError as error:  # its words may repeat the value
            kind = next(kind for kind in KINDS if isinstance(error, kind))
        else:
            return
        raise kind(f"{name} could not be put back: hero_proc did not take it. Set it by hand.")

    def _of(self, context: str) -> Sequence[str]:
        return [place for place in self._known if place.startswith(f"{context}/")]


class ScratchKeys:
    """The secrets of a scratch home: in memory, so that no value touches a disk."""

    def __init__(self) -> None:
        self._values: dict[str, str] = {}

    async def places(self) -> Sequence[str]:
        return sorted(self._values)

    async def read(self, place: str) -> str | None:
        return self._values.get(place)

    async def write(self, place: str, value: str) -> None:
        self._values[place] = value


def is_place(place: str) -> bool:
    """Tell whether this names a secret that may be exported and restored."""
    name = place.partition("/")[2]
    return _NAME.fullmatch(place) is not None and not name.startswith(UNDO_PREFIX)
