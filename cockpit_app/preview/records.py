"""Small private files that the preview keeps in its home."""

import json
import os
import tempfile
from pathlib import Path
from typing import Any


def write_private(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Replace a file in one step; only this user may read it, or what else `mode` says."""
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            os.fchmod(file.fileno(), mode)
        Path(draft).replace(path)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise


def read_json(path: Path, default: Any) -> Any:
    """Return what a JSON file holds; `default` when there is none or it is damaged."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError):
        return default
