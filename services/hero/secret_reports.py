"""Reads what hero_proc says of its secrets: any known shape in, a value or names out.

Pure, tolerant, and silent: what it reads is never part of an error.
Source: hero_proc reference 1.4, 3.7 and 7.
"""

import re
from typing import Any

from services.wire.reply import unwrapped

_ABSENT = re.compile(
    r"not found|no such|unknown (secret|key)|does not exist|there is no|missing|not set", re.I
)
_LISTS = ("secrets", "keys", "names", "items", "result", "data")
MAX_NAMES = 5_000


def says_absent(words: str) -> bool:
    """Tell whether a refusal means that there is no such secret."""
    return bool(_ABSENT.search(words))


def says_exists(words: str) -> bool:
    """Tell whether a refusal means that there is such a secret already."""
    return bool(re.search(r"exists|already|duplicate|conflict|unique", words, re.I))


def read_value(result: object) -> str | None:
    """Return the value in a `secret.get` result; None when there is none."""
    for _ in range(3):
        if isinstance(result, str):
            return result
        if not isinstance(result, dict):
            return None
        result = next(
            (result[k] for k in ("value", "secret", "data", "result") if k in result), None
        )
    return result if isinstance(result, str) else None


def read_names(result: object, *, context: str) -> list[str]:
    """Return the names in a `secret.list` result, those of `context` where it lists several."""
    names = [name for row in _rows(result) if (name := _name(row, context))]
    return sorted(set(names))[:MAX_NAMES]


def _rows(result: object) -> list[Any]:
    inner = unwrapped(result, _LISTS)
    return list(inner) if isinstance(inner, list | dict) else []


def _name(row: object, context: str) -> str:
    if isinstance(row, dict):
        theirs = row.get("context", row.get("context_name", row.get("namespace", context)))
        if theirs != context:
            return ""
        row = next((row[k] for k in ("key", "name", "id") if isinstance(row.get(k), str)), None)
    if not isinstance(row, str):
        return ""
    head, slash, tail = row.partition("/")
    if not slash:
        return row
    return tail if head == context else ""
