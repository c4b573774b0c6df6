"""The chain of the audit: how a line is made safe, hashed over the one before, and checked. Pure.

A chain proves that nothing inside it was changed; that its end was not cut off, or that all of it
was not written anew, only a head kept elsewhere can prove (`services.audit.heads`).
"""

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

MAX_TARGET_CHARS = 200
MAX_REASON_CHARS = 500
COLUMNS: Final = (
    "number",
    "at",
    "user",
    "impersonator",
    "via",
    "operation",
    "target",
    "outcome",
    "reason",
)
"""What the hash of a line covers, in this order, besides the hash of the line before."""

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
"""Unicode categories that could end a line, turn its direction, or not be seen."""


def visible(text: str, most_chars: int) -> str:
    """Return `text` on one line with every hidden character spelled out, cut with an ellipsis."""
    spelled = "".join(_spelled(char) for char in text[: most_chars + 1])
    return spelled if len(spelled) <= most_chars else f"{spelled[: most_chars - 1]}…"


def _spelled(char: str) -> str:
    if unicodedata.category(char) not in _HIDDEN:
        return char
    return f"\\u{ord(char):04x}"


def hash_of(line: Mapping[str, Any], former: str) -> str:
    """Return the SHA-256 of a line's columns and of the hash before, as hexadecimal digits."""
    covered = [*(line[column] for column in COLUMNS), former]
    canonical = json.dumps(covered, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def misfit(line: Mapping[str, Any], *, number: int, former: str) -> bool:
    """Tell whether a line is not the one with `number`, or does not follow from hash `former`."""
    return bool(line["number"] != number or line["hash"] != hash_of(line, former))
