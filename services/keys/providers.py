"""The table of providers whose keys a person may bring: what to ask them, and how keys look.

Sources: the providers' published API references, read in 2026: openrouter.ai/docs/limits,
console.groq.com/docs/api-reference, platform.openai.com/docs/guides/error-codes,
docs.anthropic.com/en/api/errors and /models-list, docs.sambanova.ai API reference,
platform.moonshot.ai/docs, alibabacloud.com/help/en/model-studio/error-code, forgejo.org/docs
(token scopes). A list of models costs nothing; where it may be public, a second question for a
model that does not exist tells whether the key was taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final

from services.defaults import Defaults
from services.wire.outside_address import host_of

NO_MODEL = "hero-cockpit-key-check"
"""A model that no provider has, so that asking for it costs nothing."""
FORGE = "forge"


class Scheme(StrEnum):
    """How a key travels."""

    BEARER = "bearer"
    X_API_KEY = "x-api-key"
    TOKEN = "token"  # noqa: S105 # the name of a scheme, not a password


@dataclass(frozen=True, slots=True)
class Question:
    """One request whose answer tells about a key."""

    verb: str
    path: str
    json: Mapping[str, Any] | None = None
    taken: frozenset[int] = frozenset({200})
    """Statuses, with JSON, by which the provider shows that it took the key."""
    says: str = ""
    """A word that its answer must hold besides."""


_MODELS: Final = Question("GET", "/models")
_UNKNOWN_MODEL: Final = Question(
    "POST",
    "/chat/completions",
    json={"model": NO_MODEL, "messages": [{"role": "user", "content": "."}], "max_tokens": 1},
    taken=frozenset({400, 404, 422}),
    says="model",
)


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider and its key."""

    slug: str
    """Its name in `[providers]` of cockpit.toml."""
    key: str
    """Name of the secret."""
    context: str
    """Context of the secret in hero_proc."""
    title: str
    purpose: str
    page: str
    """Where a person makes a key."""
    address: str
    ask: Question = _MODELS
    then: Question | None = None
    """Asked as well where the first answer alone proves nothing, or too little."""
    scheme: Scheme = Scheme.BEARER
    prefixes: tuple[str, ...] = ()
    """How its keys begin, as far as that tells them from others."""
    extra: Mapping[str, str] = field(default_factory=dict)
    """Headers that it wants besides."""

    def headers(self, value: str) -> dict[str, str]:
        """Return the headers that carry the key."""
        match self.scheme:
            case Scheme.X_API_KEY:
                return {"x-api-key": value, **self.extra}
            case Scheme.TOKEN:
                return {"Authorization": f"token {value}", **self.extra}
            case _:
                return {"Authorization": f"Bearer {value}", **self.extra}

    @property
    def asked(self) -> str:
        """Who answers for it: a host name, or in words that it is a stand-in."""
        return host_of(self.address)


def providers(
    defaults: Defaults,
    addresses: Mapping[str, str] | None = None,
    *,
    forge: str,
    feedback: str,
) -> tuple[Provider, ...]:
    """Return the table in the order in which people meet it.

    `addresses` replace the real ones by slug; `forge` is the Forge's address and `feedback` the
    `owner/repository` that takes reports. Raises Invalid for an address that is none.
    """
    table = (*_ai_providers(defaults, addresses or {}), _forge(defaults, forge, feedback))
    for provider in table:
        host_of(provider.address)
    return table


def _ai_providers(names: Defaults, addresses: Mapping[str, str]) -> tuple[Provider, ...]:
    context = names.key_context

    def one(slug: str, key: str, title: str, address: str, **more: Any) -> Provider:
        at = addresses.get(slug, address)
        return Provider(slug=slug, key=key, context=context, title=title, address=at, **more)

    return (
        one(
            "openrouter",
            names.openrouter_key,
            "OpenRouter",
            "https://openrouter.ai/api/v1",
            purpose="Models of many makers behind one key; pictures for slides",
            page="https://openrouter.ai/keys",
            ask=Question("GET", "/key"),  # its list of models is public
            prefixes=("sk-or-",),
        ),
        one(
            "groq",
            names.groq_key,
            "Groq",
            "https://api.groq.com/openai/v1",
            purpose="Fast open models; speech to text",
            page="https://console.groq.com/keys",
            prefixes=("gsk_",),
        ),
        one(
            "openai",
            names.openai_key,
            "OpenAI",
            "https://api.openai.com/v1",
            purpose="OpenAI's models",
            page="https://platform.openai.com/api-keys",
            prefixes=("sk-proj-", "sk-svcacct-", "sk-admin-"),
        ),
        one(
            "anthropic",
            names.anthropic_key,
            "Anthropic",
            "https://api.anthropic.com/v1",
            purpose="Claude models",
            page="https://console.anthropic.com/settings/keys",
            scheme=Scheme.X_API_KEY,
            extra={"anthropic-version": "2023-06-01"},
            prefixes=("sk-ant-",),
        ),
        one(
            "sambanova",
            names.sambanova_key,
            "SambaNova",
            "https://api.sambanova.ai/v1",
            purpose="Fast open models",
            page="https://cloud.sambanova.ai/apis",
            then=_UNKNOWN_MODEL,
        ),
        one(
            "moonshot",
            names.moonshot_key,
            "Kimi (Moonshot)",
            "https://api.moonshot.ai/v1",
            purpose="Kimi models",
            page="https://platform.moonshot.ai/console/api-keys",
        ),
        one(
            "alibaba",
            names.alibaba_key,
            "Alibaba Model Studio",
            "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
            purpose="Qwen models",
            page="https://modelstudio.console.alibabacloud.com/?tab=model#/api-key",
            then=_UNKNOWN_MODEL,
        ),
    )


def _forge(names: Defaults, address: str, feedback: str) -> Provider:
    """Return the Forge: a token with the scope `write:issue` may lack `read:user`, and suffices."""
    real = address.startswith("https:")
    return Provider(
        slug=FORGE,
        key=names.forge_key,
        context=names.own_context,
        title="the Forge",
        purpose="Files your feedback in your name; needs the scope write:issue",
        page=f"{address.rstrip('/')}/user/settings/applications" if real else "",
        address=address,
        ask=Question("GET", "/api/v1/user"),
        then=Question("GET", f"/api/v1/repos/{feedback}/issues?limit=1&type=issues"),
        scheme=Scheme.TOKEN,
    )
