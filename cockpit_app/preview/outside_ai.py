"""Answers for the AI providers over HTTP: who asks with which key, and what comes back."""

from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cockpit_app.preview.outside_providers import (
    ANTHROPIC,
    OPENROUTER,
    PROVIDERS,
    Provider,
)

TRY_AGAIN_AFTER_S = 20
KEY_LIMIT, KEY_USED = 10.0, 2.5
"""Credits of every OpenRouter key."""
_SINCE = 1_735_689_600  # 2025-01-01, seconds since the epoch


def ai_routes() -> Iterator[Route]:
    """Yield the routes of all providers."""
    for provider in PROVIDERS:
        api = ProviderApi(provider)
        yield Route(f"{provider.base}/models", api.models)
        yield Route(f"{provider.base}/chat/completions", api.chat, methods=["POST"])
    yield Route(f"{OPENROUTER.base}/key", ProviderApi(OPENROUTER).key)


class ProviderApi:
    """The few endpoints of one provider that tell about a key."""

    def __init__(self, provider: Provider) -> None:
        self._provider = provider

    async def models(self, request: Request) -> Response:
        """List the models; anybody may see OpenRouter's."""
        if self._provider is OPENROUTER:
            return JSONResponse({"data": [{"id": m, "name": m} for m in OPENROUTER.models]})
        return self._refuse(request) or JSONResponse(_list_of(self._provider))

    async def key(self, request: Request) -> Response:
        """Tell what OpenRouter knows of a key."""
        key = _key(request)
        return self._refuse(request) or JSONResponse(
            {
                "data": {
                    "label": f"{key[:12]}...{key[-3:]}",
                    "limit": KEY_LIMIT,
                    "limit_reset": None,
                    "limit_remaining": KEY_LIMIT - KEY_USED,
                    "usage": KEY_USED,
                    "is_free_tier": False,
                    "is_provisioning_key": False,
                }
            }
        )

    async def chat(self, request: Request) -> Response:
        """Refuse to talk: there is no model behind a stand-in."""
        words = "The model does not exist: this is the preview's stand-in, which has none."
        code = {"type": "invalid_request_error", "param": "model", "code": "model_not_found"}
        missing = JSONResponse({"error": {"message": words, **code}}, status_code=404)
        return self._refuse(request) or missing

    def _refuse(self, request: Request) -> Response | None:
        if self._provider is ANTHROPIC and "anthropic-version" not in request.headers:
            words = "anthropic-version: header is required"
            error = {"type": "invalid_request_error", "message": words}
            return JSONResponse({"type": "error", "error": error}, status_code=400)
        scheme = "x-api-key" if self._provider is ANTHROPIC else "bearer"
        refusal = self._provider.refusal(_key(request, scheme))
        if refusal is None:
            return None
        status, body = refusal
        headers = {"Retry-After": str(TRY_AGAIN_AFTER_S)} if status == 429 else None
        return JSONResponse(body, status_code=status, headers=headers)


def _key(request: Request, scheme: str = "bearer") -> str:
    if scheme == "x-api-key":
        return request.headers.get("x-api-key", "")
    word, _, key = request.headers.get("authorization", "").partition(" ")
    return key.strip() if word.lower() == scheme else ""


def _list_of(provider: Provider) -> dict[str, Any]:
    if provider is not ANTHROPIC:
        rows = [
            {"id": model, "object": "model", "created": _SINCE, "owned_by": provider.name}
            for model in provider.models
        ]
        return {"object": "list", "data": rows}
    rows = [
        {"type": "model", "id": m, "display_name": m, "created_at": "2025-01-01T00:00:00Z"}
        for m in provider.models
    ]
    first, last = provider.models[0], provider.models[-1]
    return {"data": rows, "has_more": False, "first_id": first, "last_id": last}
