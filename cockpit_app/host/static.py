"""Answers for everything that is a file: the index page, lasting assets, fallback fonts."""

import asyncio
import secrets
from pathlib import PurePosixPath

from starlette.requests import Request
from starlette.responses import FileResponse, PlainTextResponse, RedirectResponse, Response

from cockpit_app.host.index_page import index_page
from cockpit_app.host.packing import PackedFiles
from cockpit_app.host.policy import content_policy
from cockpit_app.host.settings import WebSettings
from cockpit_app.host.web_files import WebFile, WebFiles

_SCRIPTS = ("bridge.js", "console_keys.js")
_FALLBACK_FONTS = "assets/fonts/noto"
_OUR_FONT = "fonts/DejaVuSans.ttf"
_NOT_A_PAGE = frozenset({"ws", "rpc", "openrpc.json"})
_FOREVER = "public, max-age=31536000, immutable"
_ASK_AGAIN = "no-cache"


class StaticEndpoint:
    """Serves the catalogue of web files and, for any route of the page, the index."""

    def __init__(self, files: WebFiles, packed: PackedFiles, settings: WebSettings) -> None:
        self._files = files
        self._packed = packed
        self._embedders = settings.embedders
        self._life_every_s = settings.life_every_s
        self._scripts = [name for name in _SCRIPTS if name in files]

    async def serve(self, request: Request) -> Response:
        """Answer GET or HEAD for any path that has no route of its own."""
        name = str(request.path_params["path"])
        cache_control = _ASK_AGAIN
        lasting = name.startswith("_v/")
        if lasting:
            build, _, name = name.removeprefix("_v/").partition("/")
            cache_control = _FOREVER if build == self._files.build else _ASK_AGAIN
        file = self._files.find(name)
        if file is not None:
            return await self._send(request, file, cache_control)
        if name.startswith(_FALLBACK_FONTS):
            return self._our_font(request)
        if not lasting and _is_page(request, name):
            return self._index(request)
        return PlainTextResponse("There is no such file.\n", 404)

    async def _send(self, request: Request, file: WebFile, cache_control: str) -> Response:
        packed = None
        if file.is_packable and _takes_gzip(request):
            packed = await asyncio.to_thread(self._packed.copy_of, file)
        etag = f'"{file.digest[:16]}{"-gz" if packed else ""}"'
        headers = {"cache-control": cache_control, "etag": etag}
        if file.is_packable:
            headers["vary"] = "accept-encoding"
        if etag in _known_etags(request):
            return Response(status_code=304, headers=headers)
        if packed is not None:
            headers["content-encoding"] = "gzip"
            return FileResponse(packed, headers=headers, media_type=file.media_type)
        if isinstance(file.content, bytes):
            return Response(file.content, headers=headers, media_type=file.media_type)
        return FileResponse(file.content, headers=headers, media_type=file.media_type)

    def _our_font(self, request: Request) -> Response:
        """Send Flutter, which asks for a Noto font by glyph, to the one font that we carry.

        A redirection, so that the browser fetches it once for all the names asked for.
        """
        prefix = request.scope["root_path"]
        return RedirectResponse(f"{prefix}/_v/{self._files.build}/{_OUR_FONT}", 307)

    def _index(self, request: Request) -> Response:
        nonce = secrets.token_urlsafe(18)
        html = index_page(
            prefix=request.scope["root_path"],
            build=self._files.build,
            nonce=nonce,
            scripts=self._scripts,
            life_every_s=self._life_every_s,
        )
        policy = content_policy(nonce=nonce, embedders=self._embedders)
        return Response(
            html,
            headers={"content-security-policy": policy, "cache-control": "no-store"},
            media_type="text/html; charset=utf-8",
        )


def _is_page(request: Request, name: str) -> bool:
    if name in _NOT_A_PAGE:
        return False
    asked_by_address = request.headers.get("sec-fetch-mode") == "navigate"
    return asked_by_address or not PurePosixPath(name).suffix


def _takes_gzip(request: Request) -> bool:
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        coding, _, quality = offer.partition(";")
        if coding.strip() in {"gzip", "*"}:
            return quality.replace(" ", "") not in {"q=0", "q=0.0", "q=0.00", "q=0.000"}
    return False


def _known_etags(request: Request) -> set[str]:
    known = request.headers.get("if-none-match", "")
    return {etag.strip().removeprefix("W/") for etag in known.split(",")}
