"""Foreign text made plain: what a terminal would obey is taken out. Pure."""

import re
from typing import Final

MAX_LINE_CHARS: Final = 4_000

_CONTROL = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, positions
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # titles, links: the whole text of the sequence
    r"|\x1b[ -/]*[0-~]|[\x00-\x08\x0b-\x1f\x7f-\x9f]"
    r"|[\u2028\u2029\u202a-\u202e\u2066-\u2069]"  # would turn the reading direction
)


def plain_line(text: str) -> str:
    """Return foreign `text` without escape sequences and control characters, not endless."""
    plain = _CONTROL.sub("", text[: MAX_LINE_CHARS * 2]).rstrip()
    return plain if len(plain) <= MAX_LINE_CHARS else plain[: MAX_LINE_CHARS - 1] + "…"
