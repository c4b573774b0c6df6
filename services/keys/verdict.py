"""Reads a provider's answer to a question about a key: what it says about the key, and why.

The provider's own words are never passed on: some repeat a part of the key.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from services.contract.key import KeyReason
from services.keys.providers import Provider, Question
from services.wire.outside import OutsideAnswer

_NO_CREDIT: Final = (
    "insufficient_quota",
    "exceeded_current_quota",
    "insufficient balance",
    "insufficient_balance",
    "insufficient credit",
    "insufficient_credits",
    "credit balance is too low",
    "billing_error",
    "billing_not_active",
    "billing_hard_limit",
    "arrearage",
    "good standing",
    "exceeded your current quota",
)
"""Words in a code or message by which providers say that the account cannot pay."""
_WRONG_KEY: Final = (
    "invalid_api_key",
    "invalidapikey",
    "invalid api-key",
    "invalid api key",
    "incorrect api key",
    "invalid_authentication",
    "authentication_error",
    "api key not valid",
)
_WRONG_PLACE: Final = ("unsupported_country",)

SENTENCES: Final[Mapping[KeyReason, str]] = {
    KeyReason.WORKS: "{title} takes this key.",
    KeyReason.NOT_SET: "There is no key for {title} yet. Paste one first.",
    KeyReason.WRONG_KEY: "{title} does not know this key: it is wrong, or was revoked. "
    "Copy it again, or make a new one.",
    KeyReason.WRONG_SCOPE: "{title} knows this key, but it may not do what Hero needs. "
    "Make one with more rights.",
    KeyReason.NO_CREDIT: "{title} knows this key, but the account has no credit left. "
    "Add some there.",
    KeyReason.RATE_LIMITED: "{title} was asked too often with this key just now, so nothing was "
    "found out. Try again in a minute.",
    KeyReason.NO_NETWORK: "{title} cannot be reached from this machine. Check its network.",
    KeyReason.PROVIDER_DOWN: "{title} is out of order at the moment. Try again later.",
    KeyReason.UNCLEAR: "{title} gave an answer that does not tell whether the key works.",
}


@dataclass(frozen=True, slots=True)
class KeyVerdict:
    """What one answer says about a key."""

    reason: KeyReason
    note: str = ""
    """A sentence to add."""

    def sentence(self, provider: Provider) -> str:
        """Return it in words."""
        said = SENTENCES[self.reason].format(title=provider.title)
        said = said[:1].upper() + said[1:]
        note = self.note[:1].upper() + self.note[1:]
        return f"{said} {note}".strip()


def judge(answer: OutsideAnswer, question: Question) -> KeyVerdict:
    """Return what `answer` to `question` says about the key."""
    body = answer.json()
    is_api = isinstance(body, dict | list)
    words = " ".join(_words(body)).lower()
    if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return KeyVerdict(KeyReason.PROVIDER_DOWN)
    refused = _says(words, *_NO_CREDIT, *_WRONG_KEY)
    if answer.status in question.taken and is_api and question.says in words and not refused:
        return _taken(body) if answer.status == HTTPStatus.OK else KeyVerdict(KeyReason.WORKS)
    if answer.status == HTTPStatus.UNAUTHORIZED:
        return KeyVerdict(KeyReason.WRONG_KEY)
    if answer.status == HTTPStatus.PAYMENT_REQUIRED or _says(words, *_NO_CREDIT):
        return KeyVerdict(KeyReason.NO_CREDIT)
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return KeyVerdict(KeyReason.RATE_LIMITED)
    if _says(words, *_WRONG_KEY):
        return KeyVerdict(KeyReason.WRONG_KEY)
    if answer.status == HTTPStatus.FORBIDDEN and is_api:
        return _forbidden(words)
    return KeyVerdict(KeyReason.UNCLEAR, _oddness(answer, is_api=is_api))


def combined(first: KeyVerdict, second: KeyVerdict) -> KeyVerdict:
    """Return what two answers say together: a clear no of the second counts, and a clear yes."""
    if first.reason is KeyReason.WORKS:
        return second if second.reason in _DECIDED - {KeyReason.WORKS} else first
    return second if second.reason is KeyReason.WORKS else first


def asks_more(first: KeyVerdict) -> bool:
    """Tell whether the second question could change what the first answer says."""
    return first.reason in {KeyReason.WORKS, KeyReason.WRONG_SCOPE, KeyReason.UNCLEAR}


_DECIDED: Final = frozenset(
    {
        KeyReason.WORKS,
        KeyReason.WRONG_KEY,
        KeyReason.WRONG_SCOPE,
        KeyReason.NO_CREDIT,
        KeyReason.RATE_LIMITED,
    }
)


def _taken(body: Any) -> KeyVerdict:
    """Judge a 200; OpenRouter's tells how much of the key's limit is left."""
    data = body.get("data") if isinstance(body, dict) else None
    left = data.get("limit_remaining") if isinstance(data, dict) else None
    if not isinstance(left, int | float) or isinstance(left, bool):
        return KeyVerdict(KeyReason.WORKS)
    if left <= 0:
        return KeyVerdict(KeyReason.NO_CREDIT, "The limit that was set for the key is used up.")
    return KeyVerdict(KeyReason.WORKS, f"{left:.2f} credits are left of its limit.")


def _forbidden(words: str) -> KeyVerdict:
    if _says(words, *_WRONG_PLACE):
        return KeyVerdict(KeyReason.UNCLEAR, "It does not serve the country of this machine.")
    return KeyVerdict(KeyReason.WRONG_SCOPE)


def _oddness(answer: OutsideAnswer, *, is_api: bool) -> str:
    if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
        return "It sends elsewhere, which is not followed. Check its address in the settings."
    if not is_api:
        return (
            "What came is a page and no API: something may stand between this machine and the "
            "internet, or the address in the settings is wrong."
        )
    return f"Its HTTP status was {answer.status}."


def _says(words: str, *sought: str) -> bool:
    return any(one in words for one in sought)


def _words(body: Any) -> Iterator[str]:
    """Yield codes, types and messages of an error, in whichever shape a provider wraps them."""
    if not isinstance(body, dict):
        return
    for name in ("code", "type", "message", "error", "detail", "status"):
        value = body.get(name)
        if isinstance(value, dict):
            yield from _words(value)
        elif isinstance(value, str):
            yield value[:1000]
