"""Version words: what a program, a receipt and a release call the same build. Pure."""

import re

_VERSION = re.compile(r"(?<![\w.])v?(\d+(?:\.\d+)+(?:-[0-9A-Za-z.-]+)?)")


def version_in(text: str) -> str:
    """Return the version that a text names, without a `v` before it; empty when none.

    What follows a `+` is the build, which is not told everywhere, and does not count.
    """
    found = _VERSION.search(text)
    return found.group(1) if found else ""


def is_same(one: str, other: str) -> bool:
    """Tell whether two words name the same version."""
    return (version_in(one) or one) == (version_in(other) or other)


def is_newer(one: str, other: str) -> bool:
    """Tell whether `one` comes after `other`; a pre-release comes before its release."""
    return bool(one) and bool(other) and _rank(one) > _rank(other)


def _rank(text: str) -> tuple[tuple[int, ...], bool, tuple[tuple[bool, int, str], ...]]:
    numbers, _, before = version_in(text).partition("-")
    digits = [int(number) for number in numbers.split(".") if number]
    while digits and digits[-1] == 0:
        digits.pop()
    ends = tuple(
        (not part.isdecimal(), int(part) if part.isdecimal() else 0, part)
        for part in before.split(".")
        if part
    )
    return tuple(digits), not before, ends
