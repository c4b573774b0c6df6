"""Small private files that the preview keeps in its home."""

import json
import os
from pathlib import Path
from typing import Any


def write_private(path: Path, content: bytes) -> None:
    """Replace a file in one step; only this user may read it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
    draft.replace(path)


def read_json(path: Path, default: Any) -> Any:
    """Return what a JSON file holds; `default` when there is none or it is damaged."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return default
