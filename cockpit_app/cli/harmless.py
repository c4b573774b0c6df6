"""Makes an answer harmless for a terminal: what comes from elsewhere may hold escape sequences."""

import re
from enum import Enum
from typing import Any, TypeVar

from pydantic import BaseModel

from services.contract.feedback import Evidence
from services.text.plain_text import plain_line

R = TypeVar("R", bound=BaseModel)

_UNSEEN = re.compile("[\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069]")
"""What JSON need not escape, but a terminal would obey; it stands only inside of JSON's texts."""


def harmless(result: R) -> R:
    """Return `result` with every text on one line and without control characters.

    Evidence keeps its lines: it is the one answer that is a text of several.
    """
    if isinstance(result, Evidence):
        lines = [plain_line(line) for line in result.text.split("\n")]
        return result.model_copy(
            update={"text": "\n".join(lines), "sentence": _cleared(result.sentence)}
        )
    return result.model_copy(update={name: _cleared(value) for name, value in result})


def harmless_json(text: str) -> str:
    """Return JSON that means the same, with everything escaped that a terminal would obey."""
    return _UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def _cleared(value: Any) -> Any:
    if isinstance(value, Enum):
        return value
    if isinstance(value, str):
        return plain_line(" ".join(value.splitlines()))
    if isinstance(value, BaseModel):
        return harmless(value)
    if isinstance(value, tuple | list):
        return type(value)(_cleared(item) for item in value)
    if isinstance(value, dict):
        return {_cleared(name): _cleared(item) for name, item in value.items()}
    return value
