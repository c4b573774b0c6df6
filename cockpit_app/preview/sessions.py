"""Who is signed in at the gateway: random cookies, of which only hashes are kept.

They are written into the home, so that a restart of the gateway signs nobody out.
"""

import hashlib
import json
import secrets
import time
from collections.abc import Iterable
from http.cookies import CookieError, SimpleCookie

from cockpit_app.preview.home import Home
from cockpit_app.preview.identities import IDENTITIES, Identity
from cockpit_app.preview.records import read_json, write_private

LIFETIME_S = 30 * 24 * 3600
MAX_SESSIONS = 1000


class Sessions:
    """The sessions of one home."""

    def __init__(self, home: Home) -> None:
        self._path = home.state / "sessions.json"
        self._sessions: dict[str, dict[str, float | str]] = read_json(self._path, {})
        mark = hashlib.sha256(bytes(home.root)).hexdigest()[:8]
        self.cookie = f"hero_preview_{mark}"
        """Name of the cookie; one for each home, for cookies do not know ports."""

    def sign_in(self, identity: Identity) -> str:
        """Begin a session and return the Set-Cookie value that carries it."""
        token = secrets.token_urlsafe(32)
        while len(self._sessions) >= MAX_SESSIONS:
            del self._sessions[next(iter(self._sessions))]
        self._sessions[_hash(token)] = {"identity": identity.key, "since": time.time()}
        self._save()
        return f"{self.cookie}={token}; Path=/; HttpOnly; SameSite=Lax; Max-Age={LIFETIME_S}"

    def sign_out(self, token: str) -> str:
        """End a session and return the Set-Cookie value that removes it."""
        if self._sessions.pop(_hash(token), None) is not None:
            self._save()
        return f"{self.cookie}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0"

    def identity(self, token: str) -> Identity | None:
        """Return who a token stands for, or None."""
        session = self._sessions.get(_hash(token))
        if session is None or time.time() - float(session["since"]) > LIFETIME_S:
            return None
        return IDENTITIES.get(str(session["identity"]))

    def token(self, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """Return the token that a request's cookies carry, or nothing."""
        for name, value in headers:
            if name.lower() == b"cookie":
                try:
                    cookies = SimpleCookie(value.decode("latin-1"))
                except CookieError:
                    continue
                if self.cookie in cookies:
                    return cookies[self.cookie].value
        return ""

    def _save(self) -> None:
        write_private(self._path, json.dumps(self._sessions).encode())


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
