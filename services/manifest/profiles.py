"""Which apps each profile of the manifest keeps; one table.

Source: hero_platform reference 2.5 (the profiles are certain, the always-on set is a guess).
"""

from collections.abc import Mapping, Sequence
from typing import Final

from services.contract.manifest import Profile

_SETS: Final[Mapping[Profile, tuple[str, ...]]] = {
    Profile.LIGHTWEIGHT: ("hero_books",),
    Profile.BOOKS: ("hero_books",),
    Profile.CUSTOM: (),
}


def apps_of(profile: Profile, *, demo: Sequence[str]) -> tuple[str, ...]:
    """Return the apps that `profile` keeps besides those always on; `demo` are those of a demo."""
    return _SETS.get(profile, tuple(demo))
