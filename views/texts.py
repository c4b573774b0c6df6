"""Every text that people read goes through here, so that it can be translated.

The catalogue is chosen per session; without one the English source is shown.
"""

import gettext
from contextvars import ContextVar

_SOURCE = gettext.NullTranslations()
_catalogue: ContextVar[gettext.NullTranslations] = ContextVar(
    "hero_cockpit_catalogue",
    default=_SOURCE,
)


def t(text: str, **values: object) -> str:
    """Return `text` in the session's language, with `{names}` filled in."""
    translated = _catalogue.get().gettext(text)
    return translated.format(**values) if values else translated


def tn(one: str, many: str, count: int, **values: object) -> str:
    """Return the form that fits `count`, with `{count}` and other names filled in."""
    return _catalogue.get().ngettext(one, many, count).format(count=count, **values)


def ago(seconds: float | None) -> str:
    """Return an age in a few words: `just now`, `8 s ago`, `3 min ago`."""
    if seconds is None:
        return t("never")
    if seconds < 2:
        return t("just now")
    return t("{time} ago", time=span(seconds))


def span(seconds: float) -> str:
    """Return a length of time in its largest fitting unit: `8 s`, `3 min`, `5 h`, `2 d`."""
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= length:
            return f"{int(seconds // length)} {unit}"
    return f"{int(seconds)} s"


def size(count: int | None) -> str:
    """Return a number of bytes in its largest fitting unit; empty when unknown."""
    if count is None:
        return ""
    amount = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if amount < 1000 or unit == "GB":
            return f"{amount:.0f} {unit}" if amount >= 10 or unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return ""
