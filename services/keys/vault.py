"""The values of keys, in hero_proc's store of secrets; read and written here alone, but for
what an export seals (`services.archive.secrets`).

A value leaves it to be tested, to have its last four characters told, or to be put back. An error
never shows one, even where hero_proc repeats it.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.defaults import DEFAULTS, Defaults
from services.errors import KINDS, CockpitError, Refused
from services.hero.proc import ProcClient
from services.keys.providers import Provider
from services.keys.values import is_masked, last_four
from services.text.redaction import Redactor

UNDO_PREFIX = "UNDO_"
"""Begins the name of the secret, in the cockpit's own context, that holds a former value."""
MOST_SECRETS = 500


@dataclass(frozen=True, slots=True)
class Presence:
    """Whether a key is stored, and its last characters."""

    set: bool | None
    last_four: str = ""


class KeyVault:
    """hero_proc's secrets, as far as they are keys."""

    def __init__(self, proc: ProcClient, defaults: Defaults = DEFAULTS) -> None:
        self._proc = proc
        self._own = defaults.own_context
        self._contexts = tuple(dict.fromkeys((defaults.key_context, defaults.own_context)))

    async def read(self, provider: Provider) -> str | None:
        """Return the stored value; None when there is none, Refused when only stars are shown."""
        value = await self._proc.secret(provider.context, provider.key)
        if value and is_masked(value):
            raise Refused(
                f"hero_proc does not give the value of {provider.key} out, so it cannot be used "
                "here. Give the value itself."
            )
        return value or None

    async def read_if_told(self, provider: Provider) -> str | None:
        """Return the stored value; None when there is none or hero_proc does not give it out."""
        try:
            return await self.read(provider)
        except Refused:
            return None

    async def presence(self, provider: Provider) -> Presence:
        """Tell whether a key is stored; None in it when hero_proc has no way to say."""
        try:
            value = await self._proc.secret(provider.context, provider.key)
        except Refused:
            names = await self._proc.secret_names(provider.context)
            return Presence(None if names is None else provider.key in names)
        return Presence(bool(value), last_four(value))

    async def write(self, provider: Provider, value: str) -> None:
        """Store a value."""
        async with _silent(value):
            await self._proc.set_secret(provider.context, provider.key, value)

    async def delete(self, provider: Provider) -> None:
        """Erase a value."""
        await self._proc.delete_secret(provider.context, provider.key)

    async def former(self, name: str) -> str | None:
        """Return the former value of a key, as long as it is kept."""
        return await self._proc.secret(self._own, UNDO_PREFIX + name) or None

    async def keep_former(self, name: str, value: str) -> None:
        """Keep the former value of a key."""
        async with _silent(value):
            await self._proc.set_secret(self._own, UNDO_PREFIX + name, value)

    async def erase_former(self, name: str) -> None:
        """Erase the former value of a key."""
        await self._proc.delete_secret(self._own, UNDO_PREFIX + name)

    async def former_names(self) -> list[str]:
        """Return the keys of which a former value is kept; none when hero_proc lists no secrets."""
        names = await self._proc.secret_names(self._own) or ()
        return [name.removeprefix(UNDO_PREFIX) for name in names if name.startswith(UNDO_PREFIX)]

    async def live_values(self, table: Sequence[Provider]) -> list[str]:
        """Return every secret that this machine's tools may have written somewhere.

        For the redaction of texts alone. Raises when hero_proc cannot be asked.
        """
        places = {(provider.context, provider.key) for provider in table}
        places |= {(self._own, UNDO_PREFIX + provider.key) for provider in table}
        for context in self._contexts:
            names = await self._proc.secret_names(context) or ()
            places |= {(context, name) for name in names[:MOST_SECRETS]}
        values = [await self._proc.secret(*place) for place in sorted(places)]
        return [value for value in values if value and not is_masked(value)]


@asynccontextmanager
async def _silent(value: str) -> AsyncIterator[None]:
    """Take `value` out of an error that passes; what it was raised from goes with it."""
    try:
        yield
    except CockpitError as error:
        kind = next(kind for kind in KINDS if isinstance(error, kind))
        redactor = Redactor([value])
        told = kind(redactor.hide(error.message), redactor.hide(error.detail))
    else:
        return
    raise told from None  # what it came from may hold the value
