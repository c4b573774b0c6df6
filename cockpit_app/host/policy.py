"""The security headers of every answer, the content security policy first.

Source: flet reference 3. Flutter needs inline styles and WebAssembly; it needs no `eval`, no inline
script but the one that carries the nonce, and no other host.
"""

from collections.abc import Sequence

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'wasm-unsafe-eval'",
    "worker-src": "'self' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
}
_PERMISSIONS = ("camera", "geolocation", "microphone", "payment", "usb", "serial")


def content_policy(*, nonce: str = "", embedders: Sequence[str] = ()) -> str:
    """Return the value of Content-Security-Policy; `nonce` permits the one inline script."""
    policy = dict(_POLICY)
    if nonce:
        policy["script-src"] += f" 'nonce-{nonce}'"
    policy["frame-ancestors"] = " ".join(("'self'", *embedders))
    return "; ".join(f"{name} {value}" for name, value in policy.items())


def security_headers(*, embedders: Sequence[str] = ()) -> dict[str, str]:
    """Return the headers that an answer gets unless it brings its own."""
    return {
        "content-security-policy": content_policy(embedders=embedders),
        "x-content-type-options": "nosniff",
        "referrer-policy": "no-referrer",
        "permissions-policy": ", ".join(f"{name}=()" for name in _PERMISSIONS),
    }
