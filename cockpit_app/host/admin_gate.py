"""The door of `admin.sock`: lets in who holds the admin right, tells others why not."""

from starlette.types import ASGIApp, Receive, Scope, Send

from cockpit_app.host.plain_page import plain_page
from services.claims import Right, current_identity

_OPEN_TO_ALL = frozenset({"/health", "/.well-known/heroservice.json"})


class AdminGate:
    """ASGI middleware; must lie inside the edge, which says who the caller is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or _may_enter(scope):
            await self._app(scope, receive, send)
        else:
            await _refusal()(scope, receive, send)


def _may_enter(scope: Scope) -> bool:
    inner = str(scope["path"]).removeprefix(scope["root_path"])
    is_open = scope["type"] == "http" and inner in _OPEN_TO_ALL
    return is_open or current_identity().may(Right.ADMIN)


def _refusal() -> ASGIApp:
    identity = current_identity()
    who = (
        "You are not signed in." if identity.is_guest else f"You are signed in as {identity.name}."
    )
    return plain_page(
        title="For operators",
        sentence=f"{who} These pages need the admin right on this machine. Ask its owner.",
        status=403,
    )
