"""Where the values of keys are while they are exported and restored: hero_proc, or memory.

Only the keys of the table of providers are touched: never what apps keep in hero_proc for
themselves, nor former values kept for undo.
"""

import re
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from services.errors import KINDS, CockpitError, Invalid
from services.hero.proc import ProcClient
from services.keys.providers import Provider
from services.keys.values import cleaned, is_masked
from services.keys.vault import UNDO_PREFIX

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}/[A-Z][A-Z0-9_]{1,63}")


class KeyStore(Protocol):
    """A store of keys; each has a place: `context/NAME`."""

    async def places(self) -> Sequence[str]:
        """Return the places that hold a value, in order; raises Unreachable and Refused."""

    async def read(self, place: str) -> str | None:
        """Return the value; None when there is none or it is not given out."""

    async def write(self, place: str, value: str) -> None:
        """Store a value; raises Invalid as `check` does."""

    def check(self, place: str, value: str) -> None:
        """Raise Invalid for a place that is none of a key, or a value that its key cannot have."""


class ProcKeys:
    """The keys of the table of providers, in hero_proc."""

    def __init__(
        self,
        proc: ProcClient,
        table: Sequence[Provider],
        *,
        put: Callable[[str, str], Awaitable[object]],
    ) -> None:
        """Read from `proc`; `put` stores a value by the name of its key, as a person would."""
        self._proc = proc
        self._table = tuple(table)
        self._put = put
        self._providers = {f"{p.context}/{p.key}": p for p in table}

    async def places(self) -> Sequence[str]:
        """Return the places that hold a value, in order; raises Unreachable and Refused."""
        found: set[str] = set()
        for context in dict.fromkeys(provider.context for provider in self._table):
            names = await self._proc.secret_names(context)
            if names is None:
                found |= {p for p in self._of(context) if await self.read(p) is not None}
            else:
                found |= {f"{context}/{name}" for name in names}
        return sorted(found & self._providers.keys())

    async def read(self, place: str) -> str | None:
        context, _, name = place.partition("/")
        value = await self._proc.secret(context, name)
        return None if not value or is_masked(value) else value

    async def write(self, place: str, value: str) -> None:
        self.check(place, value)
        name = self._providers[place].key
        try:
            await self._put(name, value)
        except CockpitError as error:  # its words may repeat the value
            kind = next(kind for kind in KINDS if isinstance(error, kind))
        else:
            return
        raise kind(f"{name} could not be put back: hero_proc did not take it. Set it by hand.")

    def check(self, place: str, value: str) -> None:
        provider = self._providers.get(place)
        if provider is None:
            raise Invalid(f"{place} is no key that this cockpit knows, so it was left out.")
        cleaned(value, provider, self._table)

    def _of(self, context: str) -> Sequence[str]:
        return [place for place in self._providers if place.startswith(f"{context}/")]


class ScratchKeys:
    """The keys of a scratch home: in memory, so that no value touches a disk."""

    def __init__(self, check: Callable[[str, str], None]) -> None:
        """Take what `check` of the machine's own store lets pass."""
        self._values: dict[str, str] = {}
        self.check = check

    async def places(self) -> Sequence[str]:
        return sorted(self._values)

    async def read(self, place: str) -> str | None:
        return self._values.get(place)

    async def write(self, place: str, value: str) -> None:
        self.check(place, value)
        self._values[place] = value


def is_place(place: str) -> bool:
    """Tell whether this names a secret that may be exported and restored."""
    name = place.partition("/")[2]
    return _NAME.fullmatch(place) is not None and not name.startswith(UNDO_PREFIX)
