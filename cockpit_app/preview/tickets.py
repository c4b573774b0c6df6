"""One-use tickets: whoever holds one may sign in at the gateway, once.

A ticket is an empty file named by its hash; taking the file away is using the ticket, which only
one can do. The ticket itself is nowhere but in the link.
"""

import contextlib
import hashlib
import secrets
import time
from pathlib import Path

from cockpit_app.preview.home import Home, PreviewError, open_home
from cockpit_app.preview.lock import running

LIFETIME_S = 12 * 3600


def new_link(root: Path) -> str:
    """Return a fresh link into the preview that runs in `root`; raises PreviewError if none."""
    home = open_home(root)
    preview = running(home)
    if preview is None:
        raise PreviewError(
            f"No preview runs on {home.root}. "
            f"Start it with: hero_cockpit preview --home {home.root}"
        )
    return new_ticket_link(home, preview[1])


def new_ticket_link(home: Home, port: int) -> str:
    """Make a ticket and return the link that uses it."""
    ticket = secrets.token_urlsafe(32)
    _remove_old(home)
    _file_of(home, ticket).touch(mode=0o600)
    return f"http://127.0.0.1:{port}/enter?ticket={ticket}"


def is_valid(home: Home, ticket: str) -> bool:
    """Tell whether a ticket could be used now."""
    try:
        age_s = time.time() - _file_of(home, ticket).stat().st_mtime
    except OSError:
        return False
    return age_s < LIFETIME_S


def use(home: Home, ticket: str) -> bool:
    """Use a ticket up; tell whether it was good."""
    if not is_valid(home, ticket):
        return False
    try:
        _file_of(home, ticket).unlink()
    except FileNotFoundError:  # another was quicker
        return False
    return True


def _file_of(home: Home, ticket: str) -> Path:
    return home.tickets / hashlib.sha256(ticket.encode()).hexdigest()


def _remove_old(home: Home) -> None:
    for file in home.tickets.iterdir():
        with contextlib.suppress(FileNotFoundError):
            if time.time() - file.stat().st_mtime >= LIFETIME_S:
                file.unlink()
