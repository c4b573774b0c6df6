"""Reads who is asking from the headers of a believed front.

Source: hero_platform reference 2 (X-Hero-* headers), design 5. Headers are matched by exact name:
`X_Hero_User` is another header. Anything ambiguous makes a guest, never an error.
"""

import logging
import re
from collections.abc import Iterable

from services.claims import Identity, RightsTable

log = logging.getLogger(__name__)

RawHeaders = Iterable[tuple[bytes, bytes]]

_USER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,127}")
_CONTEXT = re.compile(r"[0-9]{1,18}")
_CLAIM = re.compile(r"[A-Za-z0-9_.:*/-]{1,128}")
_MOST_CLAIMS = 256


class Ambiguous(Exception):
    """A header came twice or holds what it never should; the message names it, not its value."""


def single(headers: RawHeaders, name: str) -> str | None:
    """Return the value of the header `name`, or None; raises Ambiguous when it came twice."""
    wanted = name.lower().encode("ascii")
    values = [value for key, value in headers if key.lower() == wanted]
    if len(values) > 1:
        raise Ambiguous(f"{name} came {len(values)} times")
    if not values:
        return None
    return values[0].decode("latin-1").strip()


def identity_of(headers: RawHeaders, *, via: str, rights: RightsTable) -> Identity:
    """Return the caller that a believed front names; a guest when it names none or unclearly."""
    headers = list(headers)
    try:
        return _identity(headers, via, rights)
    except Ambiguous as odd:
        log.warning("Taken for a guest on the %s socket: %s.", via, odd)
        return Identity(via=via)


def _identity(headers: RawHeaders, via: str, rights: RightsTable) -> Identity:
    user = _matching(headers, "X-Hero-User", _USER)
    context = _matching(headers, "X-Hero-Context", _CONTEXT)
    impersonator = _matching(headers, "X-Hero-Impersonator", _USER)
    claims = _claims(headers)
    if not user:
        return Identity(via=via)
    return Identity(
        user=user,
        context=int(context) if context else None,
        claims=claims,
        impersonator=impersonator,
        via=via,
        right=rights.right_of(user, claims),
    )


def _matching(headers: RawHeaders, name: str, shape: re.Pattern[str]) -> str:
    value = single(headers, name) or ""
    if value and not shape.fullmatch(value):
        raise Ambiguous(f"{name} does not have the shape of one")
    return value


def _claims(headers: RawHeaders) -> frozenset[str]:
    value = single(headers, "X-Hero-Claims") or ""
    claims = [claim.strip() for claim in value.split(",") if claim.strip()]
    if len(claims) > _MOST_CLAIMS or not all(_CLAIM.fullmatch(claim) for claim in claims):
        raise Ambiguous("X-Hero-Claims does not have the shape of a list of claims")
    return frozenset(claims)
