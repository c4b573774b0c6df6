"""What stands for the AI providers: their lists of models, and their errors in their own shapes.

The key decides what happens: one that holds `wrong`, `nocredit`, `limited`, `scope` or `down` gets
that trouble, any other that looks like one of the provider's is taken. Nothing is computed here: no
model answers. Sources: the providers' published references, read in 2026: openrouter.ai/docs/limits
and /errors, console.groq.com/docs/errors, platform.openai.com/docs/guides/error-codes,
docs.claude.com/en/api/errors and /models-list, docs.sambanova.ai (API error codes),
platform.kimi.ai/docs/api/errors, alibabacloud.com/help/en/model-studio/error-code.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Reply = tuple[int, dict[str, Any]]
"""A status and a JSON body."""


class Trouble(StrEnum):
    """What a key may meet; its value is the word in a key that brings it."""

    WRONG = "wrong"
    NO_CREDIT = "nocredit"
    LIMITED = "limited"
    SCOPE = "scope"
    DOWN = "down"


def trouble_with(key: str, prefixes: tuple[str, ...] = ("",)) -> Trouble | None:
    """Return what a key meets, or None when it is taken."""
    if not key or not key.startswith(prefixes):
        return Trouble.WRONG
    return next((trouble for trouble in Trouble if trouble in key.lower()), None)


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider."""

    name: str
    base: str
    """Where its API begins, below the stand-in's socket."""
    troubles: Mapping[Trouble, Reply]
    models: tuple[str, ...]
    prefixes: tuple[str, ...] = ("",)
    """How its keys begin."""

    def refusal(self, key: str) -> Reply | None:
        """Return the error that a key gets, or None."""
        trouble = trouble_with(key, self.prefixes)
        if trouble is None:
            return None
        status, body = self.troubles[trouble]
        return status, _told(body, _masked(key))


def _told(body: dict[str, Any], key: str) -> dict[str, Any]:
    """Return an error with the key, as far as the provider repeats it, where its words want it."""
    return {
        name: _told(value, key)
        if isinstance(value, dict)
        else value.replace("KEY", key)
        if isinstance(value, str)
        else value
        for name, value in body.items()
    }


def _masked(key: str) -> str:
    return f"{key[:4]}***{key[-4:]}" if len(key) > 12 else "***"


def _error(message: str, kind: str | None = None, code: Any = None) -> dict[str, Any]:
    """Return an error in the shape that OpenAI has and most have taken over."""
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


def _openrouter(code: int, message: str) -> Reply:
    return code, {"error": {"code": code, "message": message}}


def _anthropic(status: int, kind: str, message: str) -> Reply:
    return status, {
        "type": "error",
        "error": {"type": kind, "message": message},
        "request_id": "req_0123456789abcdefghijklmn",
    }


_QUOTA = "You exceeded your current quota, please check your plan and billing details."
_REQUEST, _SERVER = "invalid_request_error", "server_error"

OPENROUTER = Provider(
    name="openrouter",
    base="/openrouter/api/v1",
    prefixes=("sk-or-",),
    models=("openai/gpt-4o-mini", "meta-llama/llama-3.3-70b-instruct"),
    troubles={
        Trouble.WRONG: _openrouter(401, "User not found."),
        Trouble.NO_CREDIT: _openrouter(402, "Insufficient credits. Add more to continue."),
        Trouble.LIMITED: _openrouter(429, "Rate limit exceeded"),
        Trouble.SCOPE: _openrouter(403, "This key may not be used for this."),
        Trouble.DOWN: _openrouter(503, "No instances available"),
    },
)
GROQ = Provider(
    name="groq",
    base="/groq/openai/v1",
    prefixes=("gsk_",),
    models=("llama-3.3-70b-versatile", "whisper-large-v3"),
    troubles={
        Trouble.WRONG: (401, _error("Invalid API Key", _REQUEST, "invalid_api_key")),
        Trouble.NO_CREDIT: (429, _error(_QUOTA, "insufficient_quota", "insufficient_quota")),
        Trouble.LIMITED: (429, _error("Rate limit reached", "requests", "rate_limit_exceeded")),
        Trouble.SCOPE: (403, _error("The key may not do this.", "permissions_error")),
        Trouble.DOWN: (503, _error("Service Unavailable", "internal_server_error")),
    },
)
OPENAI = Provider(
    name="openai",
    base="/openai/v1",
    prefixes=("sk-",),
    models=("gpt-4o-mini", "text-embedding-3-small"),
    troubles={
        Trouble.WRONG: (
            401,
            _error("Incorrect API key provided: KEY.", _REQUEST, "invalid_api_key"),
        ),
        Trouble.NO_CREDIT: (429, _error(_QUOTA, "insufficient_quota", "insufficient_quota")),
        Trouble.LIMITED: (429, _error("Rate limit reached", "requests", "rate_limit_exceeded")),
        Trouble.SCOPE: (
            403,
            _error(
                "You have insufficient permissions for this operation. "
                "Missing scopes: api.model.read.",
                _REQUEST,
            ),
        ),
        Trouble.DOWN: (503, _error("The engine is currently overloaded", _SERVER)),
    },
)
ANTHROPIC = Provider(
    name="anthropic",
    base="/anthropic/v1",
    prefixes=("sk-ant-",),
    models=("claude-sonnet-4-5", "claude-haiku-4-5"),
    troubles={
        Trouble.WRONG: _anthropic(401, "authentication_error", "invalid x-api-key"),
        Trouble.NO_CREDIT: _anthropic(402, "billing_error", "Your credit balance is too low."),
        Trouble.LIMITED: _anthropic(429, "rate_limit_error", "This would exceed your rate limit."),
        Trouble.SCOPE: _anthropic(403, "permission_error", "The key may not use this resource."),
        Trouble.DOWN: _anthropic(529, "overloaded_error", "Overloaded"),
    },
)
SAMBANOVA = Provider(
    name="sambanova",
    base="/sambanova/v1",
    models=("Meta-Llama-3.3-70B-Instruct",),
    troubles={
        Trouble.WRONG: (
            401,
            _error("Invalid API key", "invalid_authentication", "invalid_authentication"),
        ),
        Trouble.NO_CREDIT: (402, _error("Add a payment method.", "insufficient_quota")),
        Trouble.LIMITED: (429, _error("Rate limit exceeded", "rate_limit", "rate_limit_exceeded")),
        Trouble.SCOPE: (403, _error("The key may not do this.", "permission_denied")),
        Trouble.DOWN: (503, _error("Under maintenance", _SERVER)),
    },
)
MOONSHOT = Provider(
    name="moonshot",
    base="/moonshot/v1",
    models=("kimi-k2.6",),
    troubles={
        Trouble.WRONG: (401, _error("Invalid Authentication", "invalid_authentication_error")),
        Trouble.NO_CREDIT: (
            429,
            _error(
                "Your account is suspended due to insufficient balance, please recharge it.",
                "exceeded_current_quota_error",
            ),
        ),
        Trouble.LIMITED: (429, _error("Too many requests", "rate_limit_reached_error")),
        Trouble.SCOPE: (
            403,
            _error("The API you are accessing is not open", "permission_denied_error"),
        ),
        Trouble.DOWN: (503, _error("The engine is currently overloaded", "engine_overloaded")),
    },
)
ALIBABA = Provider(
    name="alibaba",
    base="/alibaba/compatible-mode/v1",
    models=("qwen-plus", "qwen-turbo"),
    troubles={
        Trouble.WRONG: (401, _error("Incorrect API key provided.", _REQUEST, "invalid_api_key")),
        Trouble.NO_CREDIT: (
            400,
            _error(
                "Access denied, please make sure your account is in good standing.",
                "Arrearage",
                "Arrearage",
            ),
        ),
        Trouble.LIMITED: (429, _error("Requests are throttled", "limit_requests")),
        Trouble.SCOPE: (403, _error("Access denied.", "access_denied", "access_denied")),
        Trouble.DOWN: (503, _error("Service unavailable", "ServiceUnavailable")),
    },
)

PROVIDERS = (OPENROUTER, GROQ, OPENAI, ANTHROPIC, SAMBANOVA, MOONSHOT, ALIBABA)
