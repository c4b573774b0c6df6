"""The gateway's own pages: sign-in and refusals, in words, light or dark, without a script."""

import html
import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from cockpit_app.preview.gateway_headers import Headers
from cockpit_app.preview.identities import IDENTITIES, Identity

_STYLE = """
:root { color-scheme: light dark; --ink: #161b22; --soft: #4c5663; --back: #f6f7f9;
  --card: #fff; --edge: #d3d8de; --hero: #0b5c66 }
@media (prefers-color-scheme: dark) { :root { --ink: #e5e9ee; --soft: #aab4c0;
  --back: #0e1319; --card: #141a22; --edge: #2f3945; --hero: #7fd6df } }
* { box-sizing: border-box }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--back);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif }
main { width: min(30rem, 100% - 2rem); margin: 1rem 0 }
h1 { margin: 0 0 .4rem; font-size: 1.7rem } p { margin: .4rem 0 1.2rem; color: var(--soft) }
a { color: var(--hero) }
button { display: block; width: 100%; margin: .7rem 0; padding: 1rem 1.2rem; text-align: left;
  font: inherit; color: inherit; background: var(--card); border: 1px solid var(--edge);
  border-radius: 14px; cursor: pointer }
button:hover, button:focus-visible { border-color: var(--hero); outline: 2px solid var(--hero) }
button b { display: block; font-size: 1.15rem } button span { color: var(--soft) }
code { overflow-wrap: anywhere }
"""

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>{title}</title>
<meta name="viewport" content="width=device-width, initial-scale=1">
<style>{style}</style></head><body><main><h1>{title}</h1>{body}</main></body></html>
"""

_SECURITY: Headers = [
    (b"Cache-Control", b"no-store"),
    (b"X-Content-Type-Options", b"nosniff"),
    (b"Referrer-Policy", b"same-origin"),  # no-referrer would make the form's Origin null
    (
        b"Content-Security-Policy",
        b"default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; "
        b"frame-ancestors 'none'",
    ),
]


@dataclass(frozen=True, slots=True)
class Answer:
    """What the gateway itself answers."""

    status: int
    body: bytes = b""
    headers: Headers = field(default_factory=list)


def redirect(location: str, *, cookie: str = "", status: int = 303) -> Answer:
    """Return an answer that sends the browser on, with a Set-Cookie if there is one."""
    headers: Headers = [(b"Location", location.encode()), (b"Cache-Control", b"no-store")]
    if cookie:
        headers.append((b"Set-Cookie", cookie.encode()))
    return Answer(status, headers=headers)


def sign_in(*, action: str, ticket: str, next_path: str, now: Identity | None) -> Answer:
    """Return the page with one button for each identity; choosing posts to `action`."""
    hidden = {"ticket": ticket, "next": next_path}
    fields = "".join(
        f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
        for name, value in hidden.items()
        if value
    )
    buttons = "".join(_button(identity) for identity in IDENTITIES.values())
    state = f"You are signed in as {html.escape(now.title)}. " if now else ""
    body = (
        f"<p>{state}Who do you want to be in this preview?</p>"
        f'<form method="post" action="{action}">{fields}{buttons}</form>'
    )
    return page(200, "Hero preview", body)


def _button(identity: Identity) -> str:
    return (
        f'<button name="identity" value="{identity.key}"><b>{identity.title}</b>'
        f"<span>{identity.may}</span></button>"
    )


def refusal(
    status: int,
    title: str,
    words: Iterable[str],
    *,
    as_json: bool,
    link: tuple[str, str] | None = None,
) -> Answer:
    """Return a refusal: a page for people, JSON for programs; `words` are its sentences.

    `link` is an address and its words, for people only.
    """
    sentences = list(words)
    if as_json:
        body = json.dumps({"error": " ".join(sentences)}).encode()
        return Answer(status, body, [*_SECURITY, (b"Content-Type", b"application/json")])
    said = "".join(f"<p>{html.escape(s)}</p>" for s in sentences)
    if link is not None:
        said += f'<p><a href="{html.escape(link[0])}">{html.escape(link[1])}</a></p>'
    return page(status, title, said)


def page(status: int, title: str, body: str) -> Answer:
    """Return a page; `body` is HTML."""
    text = _PAGE.format(title=html.escape(title), style=_STYLE, body=body)
    return Answer(
        status, text.encode(), [*_SECURITY, (b"Content-Type", b"text/html; charset=utf-8")]
    )
