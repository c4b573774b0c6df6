"""What a share may be called, and with whom it may be shared: pure rules, no daemon is asked.

A name that could be taken for the cockpit or for another part of the machine is refused, whatever
alphabet it is written in.
Sources: RFC 1035 2.3.1 (labels), RFC 3492 (Punycode), RFC 6761 (.localhost).
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from services.errors import Invalid
from services.wire.reply import one_line

MAX_DOMAIN_CHARS = 253
_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_DOMAIN = re.compile(rf"({_LABEL.pattern}\.)*{_LABEL.pattern}")
_TOP_LABEL = re.compile(r"[a-z][a-z0-9-]*")
_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63})*"
)

RESERVED: Final = frozenset(
    (
        *("account", "admin", "api", "auth", "autoconfig", "autodiscover", "cockpit", "compute"),
        *("console", "enter", "health", "hero", "imap", "localhost", "login", "logout", "mail"),
        *("manual", "ns", "ns1", "ns2", "oauth", "proc", "proxy", "root", "router", "rpc"),
        *("secure", "signin", "smtp", "sso", "status", "supervisor", "system", "web", "wpad"),
        "www",
    )
)
_SHORTEST_LIKENESS = 3
"""Words no longer than this are only refused as they are: n5 is not taken for ns."""
_NEVER_INSIDE = ("cockpit", "heroproxy", "heroproc", "herorouter", "herocompute")
_LOOK_ALIKES = str.maketrans(
    "авеіјкмнорѕстухԁԛԝαεικνορτυχωßøłđı01il35",  # noqa: RUF001 # what looks alike is meant
    "abeljkmhopsctyxdqwaelkvoptuxwboldlollles",
)
"""Letters and digits by the Latin letter that they look like; i, l and 1 are one."""


@dataclass(frozen=True, slots=True)
class PublicDomain:
    """What follows the name of a share, and how it is reached."""

    name: str
    scheme: str = "https"
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> "PublicDomain":
        """Read `herolab.example.org`, `localhost:8080` or one with its scheme; raises Invalid.

        Without a scheme it is https; at `.localhost`, where nobody has certificates, http.
        """
        scheme, mark, rest = text.strip().lower().rpartition("://")
        name, _, port = rest.partition(":")
        fits = _DOMAIN.fullmatch(name) and len(name) <= MAX_DOMAIN_CHARS - 2
        if not fits or (mark and scheme not in {"http", "https"}):
            raise _bad_domain(text)
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) < 65536):
            raise _bad_domain(text)
        local = name == "localhost" or name.endswith(".localhost")
        return cls(name, scheme or ("http" if local else "https"), int(port) if port else None)

    @property
    def shown(self) -> str:
        """What follows the name in an address, for people."""
        return f"{self.name}:{self.port}" if self.port else self.name

    def domain(self, label: str) -> str:
        """Return the whole name of a share."""
        return f"{label}.{self.name}"

    def label(self, domain: str) -> str:
        """Return what stands before us in `domain`; all of it when it is not one of ours."""
        return domain.removesuffix(f".{self.name}")

    def address(self, domain: str) -> str:
        """Return what to send to people for a whole name."""
        return f"{self.scheme}://{domain}{f':{self.port}' if self.port else ''}/"


def is_host_name(domain: str) -> bool:
    """Tell whether this is a whole host name in small letters, and no address in any notation."""
    parts = domain.rpartition(".")
    fits = _DOMAIN.fullmatch(domain) and len(domain) <= MAX_DOMAIN_CHARS
    return bool(fits and parts[0] and _TOP_LABEL.fullmatch(parts[2]))


def read_label(text: str) -> str:
    """Return the label for a wanted name: small letters, other alphabets as Punycode.

    Raises Invalid saying what is wrong with it.
    """
    shown = one_line(text, 80)
    label = _punycode(text.strip(), shown)
    if not _LABEL.fullmatch(label) or (label[2:4] == "--" and not label.startswith("xn--")):
        raise Invalid(
            f"{shown!r} cannot be a name: use letters, digits and hyphens, with no hyphen at "
            "either end, 63 characters at most."
        )
    if label.isdigit():
        raise Invalid(f"{shown!r} could be taken for a number. Add a letter.")
    _refuse_look_alike(_written(label), shown)
    return label


def refuse_own_name(label: str, domain: str, own: Iterable[str]) -> None:
    """Raise Invalid when a share would be called like this machine, or could be taken for it."""
    for name in own:
        first = name.partition(".")[0]
        if domain == name or skeleton(_written(label)) == skeleton(_written(first)):
            raise Invalid(f"{label!r} is the name of this machine itself. Choose another.")


def read_people(people: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the user names and the e-mail addresses among `people`, each once; raises Invalid."""
    users: dict[str, None] = {}
    emails: dict[str, None] = {}
    for person in (one.strip() for one in people):
        if _EMAIL.fullmatch(person):
            emails[person] = None
        elif _USER.fullmatch(person):
            users[person] = None
        else:
            raise Invalid(
                f"{one_line(person, 80)!r} is neither a user name nor an e-mail address. "
                "Name each person as the Forge knows them."
            )
    return tuple(users), tuple(emails)


def skeleton(text: str) -> str:
    """Return what is left of `text` when everything that looks alike is the same."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    letters = "".join(c for c in plain if not unicodedata.combining(c) and c not in "-_.")
    return letters.translate(_LOOK_ALIKES).replace("rn", "m").replace("vv", "w")


def _punycode(text: str, shown: str) -> str:
    try:
        return text.encode("idna").decode().lower()
    except UnicodeError as error:
        raise Invalid(
            f"{shown!r} cannot be a name: use up to 63 letters, digits and hyphens."
        ) from error


def _written(label: str) -> str:
    """Return a label as people see it; raises Invalid when it is no whole Punycode."""
    try:
        written = label.encode().decode("idna")
        whole = written.encode("idna").decode().lower() == label
    except UnicodeError:
        whole = False
    if not whole:
        raise Invalid(f"{label!r} cannot be a name: its Punycode is not well-formed.")
    return written


def _refuse_look_alike(written: str, shown: str) -> None:
    alphabets = {unicodedata.name(c, "").partition(" ")[0] for c in written if c.isalpha()}
    if len(alphabets) > 1 and "LATIN" in alphabets:
        raise Invalid(f"{shown!r} mixes alphabets, as names made to deceive do. Choose another.")
    seen = skeleton(written)
    alike = {skeleton(word) for word in RESERVED if len(word) > _SHORTEST_LIKENESS}
    if (
        written in RESERVED
        or seen in alike
        or any(skeleton(word) in seen for word in _NEVER_INSIDE)
    ):
        raise Invalid(
            f"{shown!r} is kept for the machine itself, or could be taken for it. Choose another."
        )


def _bad_domain(text: str) -> Invalid:
    return Invalid(
        f"{one_line(text, 80)!r} cannot be the domain of shares. Give what follows their names, "
        "such as herolab.example.org."
    )
