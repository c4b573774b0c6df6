"""The shape of a key's value: what was pasted around it is taken off, what cannot be is refused.

No message ever shows any of it.
"""

from collections.abc import Sequence

from services.errors import Invalid
from services.keys.providers import Provider

MAX_KEY_BYTES = 4096
SHOWN = 4
SHORTEST_SHOWN = 12
"""A value must be this long before its last characters are told."""


def cleaned(value: str, provider: Provider, table: Sequence[Provider]) -> str:
    """Return the value as it can be stored; raises Invalid, in words without the value."""
    clean = value.strip().strip("\ufeff\u200b").strip()
    if not clean:
        raise Invalid(f"The key for {provider.title} is empty. Paste it again.")
    if len(clean.encode("utf-8", "surrogatepass")) > MAX_KEY_BYTES:
        raise Invalid(f"A key holds at most {MAX_KEY_BYTES} bytes. Paste the key alone.")
    if not clean.isascii() or not clean.isprintable() or " " in clean:
        raise Invalid(
            f"The key for {provider.title} holds a space, a line break or a character that no key "
            "has. Copy it again, whole and alone."
        )
    if (other := _owner(clean, table)) is not None and other is not provider:
        raise Invalid(
            f"This looks like a key of {other.title}, not of {provider.title}. "
            f"Store it as {other.key}, or paste the right one."
        )
    return clean


def last_four(value: str | None) -> str:
    """Return the last characters of a value that is long enough to tell any."""
    if value is None or len(value) < SHORTEST_SHOWN or is_masked(value):
        return ""
    return value[-SHOWN:]


def is_masked(value: str) -> bool:
    """Tell whether this is no value but the stars that a hero_proc shows in its place."""
    return bool(value) and set(value[:-SHOWN] or value) <= {"*", "•"}


def _owner(value: str, table: Sequence[Provider]) -> Provider | None:
    for provider in table:
        if value.startswith(provider.prefixes):
            return provider
    return None
