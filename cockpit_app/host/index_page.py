"""The page that starts everything: boot screen, settings of Flutter, our scripts.

It is our own template, not Flet's: made anew for each request, since prefix and nonce differ.
"""

import json
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from string import Template

TITLE = "Hero Cockpit"


def index_page(
    *, prefix: str, build: str, nonce: str, scripts: Sequence[str], life_every_s: float
) -> str:
    """Return the HTML for the page below `prefix`, with `scripts` (names of web files) in order.

    It is told to expect a sign of life every `life_every_s`.
    """
    lasting = f"{prefix}/_v/{build}/"
    tags = "\n".join(f'<script src="{escape(lasting + name)}"></script>' for name in scripts)
    return _template().substitute(
        base=escape(f"{prefix}/"),
        lasting=escape(lasting),
        nonce=escape(nonce),
        scripts=tags,
        settings=_settings(prefix=prefix, lasting=lasting, life_every_s=life_every_s),
        title=TITLE,
    )


def _settings(*, prefix: str, lasting: str, life_every_s: float) -> str:
    """Return what bridge.js and Flet's client are told (flet_web 1.0.5, index.html), as script."""
    flet = {
        "pyodide": False,
        "multiView": False,
        "noCdn": True,
        "webSocketEndpoint": f"{prefix}/ws",
        "entrypointBaseUrl": lasting,
        "assetBase": lasting,
        "routeUrlStrategy": "path",
        "canvasKitBaseUrl": f"{lasting}canvaskit/",
        "pyodideUrl": "",
        "webRenderer": "auto",
        "fontFallbackBaseUrl": f"{lasting}assets/fonts/",
        "appPackageUrl": "",
    }
    return "\n".join(
        (
            f"var heroCockpitLifeMs = {life_every_s * 1000:.0f};",
            f"var flet = {_javascript(flet)};",
            "flet.flutterAppLoaded = new Promise((done) => { flet.flutterAppResolve = done; });",
        )
    )


def _javascript(value: object) -> str:
    return json.dumps(value).replace("<", "\\u003c")


@cache
def _template() -> Template:
    return Template(files("cockpit_app.host").joinpath("index.html").read_text("utf-8"))
