"""Where the pages of other apps are, as seen from the browser.

Behind hero_router and hero_proxy every socket has the path `/<app>/<socket>/`; the cockpit's own
prefix tells where that begins. Source: hero_platform reference 1.2.
"""

from urllib.parse import quote

from services.models import Service

_OWN = "/hero_cockpit/"


def base_of(prefix: str) -> str | None:
    """Return the path below which all apps are, or None when the cockpit stands alone."""
    start, found, _ = prefix.partition(_OWN)
    return start if found else None


def sign_in_link(prefix: str) -> str | None:
    """Return where the front lets one sign in as somebody else and come back here, if it can.

    Source: hero_platform reference 1.5 (`/login?next=`, a pull request; likely).
    """
    base = base_of(prefix + "/")
    return None if base is None else f"{base}/login?next={quote(prefix)}/"


def app_link(service: Service, prefix: str, kind: str = "web") -> str | None:
    """Return the path of the page behind the `kind` socket of `service`, if there is one."""
    base = base_of(prefix + "/")
    if base is None or all(e.kind != kind for e in service.endpoints):
        return None
    return f"{base}/{service.app}/{kind}/"
