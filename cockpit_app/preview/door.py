"""The gateway's own paths, `/enter`, `/login` and `/logout`, and who may pass to a service."""

from dataclasses import dataclass
from urllib.parse import parse_qs

from cockpit_app.preview import tickets
from cockpit_app.preview.home import Home
from cockpit_app.preview.identities import IDENTITIES, Identity
from cockpit_app.preview.pages import Answer, redirect, refusal, sign_in
from cockpit_app.preview.routes import COCKPIT_PREFIX, GATEWAY_NAMES, Route, is_local_path
from cockpit_app.preview.sessions import Sessions

MAX_FORM_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who stands at the door, and what for."""

    method: str
    host: str
    """The Host header."""
    origin: str | None
    token: str
    """The session's token; empty without one."""
    path: str
    query: str

    @property
    def name(self) -> str:
        """The host without its port."""
        return self.host.partition(":")[0].lower()

    @property
    def wants_json(self) -> bool:
        """True for what only programs send."""
        return self.method not in {"GET", "HEAD"}


class Door:
    """Lets people in and out of one home's gateway."""

    def __init__(self, home: Home, sessions: Sessions) -> None:
        self._home = home
        self._sessions = sessions

    def identity(self, visitor: Visitor) -> Identity | None:
        """Return who signed in, or None."""
        return self._sessions.identity(visitor.token)

    def owns(self, visitor: Visitor) -> bool:
        """Tell whether a path is the gateway's own; `/health` is so only at its own names."""
        if visitor.path == "/health":
            return visitor.name in GATEWAY_NAMES
        return visitor.path in {"/enter", "/login", "/logout"}

    def answer(self, visitor: Visitor, form: bytes) -> Answer:
        """Answer a request to one of the gateway's own paths."""
        if visitor.path == "/health":
            return Answer(200, b'{"status":"ok"}', [(b"Content-Type", b"application/json")])
        if visitor.path == "/logout":
            return self._sign_out(visitor)
        if visitor.method == "POST":
            return self._sign_in(visitor, _fields(form.decode("latin-1")))
        if visitor.method not in {"GET", "HEAD"}:
            return refusal(405, "Not so", ["This page is read or posted to."], as_json=True)
        return self._ask(visitor, _fields(visitor.query))

    def refuse(self, visitor: Visitor, route: Route | None) -> Answer | None:
        """Return why a visitor may not pass to `route`, or None when they may."""
        identity = self.identity(visitor)
        domain = route.domain if route else None
        if domain is None:
            return None if identity else self.strangers(visitor)
        if domain.auth_mode != "oauth":
            return None
        if identity is None or not identity.user:
            return self.strangers(visitor)
        allowed = {*domain.allowed_pubkeys, *domain.allowed_emails}
        is_owner = "groups.admin" in identity.claims
        if not allowed or is_owner or {identity.user, identity.email} & allowed:
            return None
        words = [f"{domain.domain} is not shared with {identity.user}."]
        return refusal(403, "Not shared with you", words, as_json=visitor.wants_json)

    def strangers(self, visitor: Visitor) -> Answer:
        """Return what somebody sees who has not signed in."""
        words = ["You are not signed in to this preview here.", self.get_link(visitor)]
        return refusal(401, "Please sign in", words, as_json=visitor.wants_json)

    def _ask(self, visitor: Visitor, fields: dict[str, str]) -> Answer:
        now = self.identity(visitor)
        next_path = fields.get("next", "")
        if visitor.path == "/login":
            if now is None:
                return self.strangers(visitor)
            return sign_in(action="/login", ticket="", next_path=next_path, now=now)
        ticket = fields.get("ticket", "")
        if not tickets.is_valid(self._home, ticket):
            return self._used_up(visitor)
        return sign_in(action="/enter", ticket=ticket, next_path=next_path, now=now)

    def _sign_in(self, visitor: Visitor, fields: dict[str, str]) -> Answer:
        if visitor.origin not in (None, f"http://{visitor.host}"):
            words = ["This form was sent from another site, so nothing was done."]
            return refusal(403, "Not from here", words, as_json=False)
        identity = IDENTITIES.get(fields.get("identity", ""))
        if identity is None:
            words = ["Choose one of: owner, viewer, guest."]
            return refusal(400, "Nobody chosen", words, as_json=False)
        if visitor.path == "/login" and self.identity(visitor) is None:
            return self.strangers(visitor)
        if visitor.path == "/enter" and not tickets.use(self._home, fields.get("ticket", "")):
            return self._used_up(visitor)
        self._sessions.sign_out(visitor.token)
        next_path = fields.get("next", "")
        place = next_path if is_local_path(next_path) else _front_page(visitor)
        return redirect(place, cookie=self._sessions.sign_in(identity))

    def _sign_out(self, visitor: Visitor) -> Answer:
        words = ["You are signed out.", self.get_link(visitor)]
        answer = refusal(200, "Good-bye", words, as_json=False)
        cookie = self._sessions.sign_out(visitor.token)
        return Answer(200, answer.body, [*answer.headers, (b"Set-Cookie", cookie.encode())])

    def _used_up(self, visitor: Visitor) -> Answer:
        words = ["This link was used already, or is too old.", self.get_link(visitor)]
        return refusal(403, "This link is used up", words, as_json=False)

    def get_link(self, visitor: Visitor) -> str:
        """Return the sentence that says how a visitor gets in."""
        elsewhere = f", to be opened with {visitor.name} in place of 127.0.0.1,"
        there = "" if visitor.name == "127.0.0.1" else elsewhere
        command = f"hero_cockpit preview --home {self._home.root} --link"
        return f"For a new link{there} run: {command}"


def _front_page(visitor: Visitor) -> str:
    return f"{COCKPIT_PREFIX}/" if visitor.name in GATEWAY_NAMES else "/"


def _fields(text: str) -> dict[str, str]:
    return {name: values[-1] for name, values in parse_qs(text).items()}
