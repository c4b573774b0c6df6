"""The JSON members of an export: written the same for the same value, read with suspicion. Pure."""

import json
from typing import Any, Final

from services.archive.secrets import is_place
from services.database import Row
from services.errors import Invalid
from services.wire.reply import parse_json

MOST_PLACES: Final = 200
"""So many keys are named in an export at most; a cockpit knows a dozen."""


def written(value: object) -> bytes:
    """Return `value` as JSON that a person can read, the same for the same value."""
    return json.dumps(value, indent=1, sort_keys=True).encode() + b"\n"


def read_rows(content: bytes) -> list[Row]:
    """Read a JSON list of objects; raises Invalid."""
    rows = _read_json(content)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Invalid("A table in the export cannot be read.")
    return rows


def read_places(content: bytes) -> list[str]:
    """Read a JSON list of places of keys; raises Invalid when one could lead elsewhere."""
    places = _read_json(content)
    if not isinstance(places, list) or not all(isinstance(p, str) and is_place(p) for p in places):
        raise Invalid("The names of the keys in the export cannot be used.")
    if len(places) > MOST_PLACES:
        raise Invalid(f"The export names {len(places)} keys, and {MOST_PLACES} are the most.")
    return places


def last_number(lines: bytes) -> int:
    """Return the number of the last line of an exported audit, 0 without one; raises Invalid."""
    if not lines:
        return 0
    last = _read_json(lines.splitlines()[-1])
    number = last.get("number") if isinstance(last, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        raise Invalid("The audit in the export cannot be read.")
    return number


def _read_json(content: bytes) -> Any:
    try:
        return parse_json(content)
    except ValueError as error:
        raise Invalid("A part of the export is no JSON, so the export cannot be used.") from error
