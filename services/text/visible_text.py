"""What a person would see of a web page: title, words, and whether it asks to sign in.

What a page says is foreign, so it is read in one pass, each character once: the standard library's
parser needs half a minute for 64 KiB of unfinished tags. Nothing is run, nothing is fetched.
"""

import html
import re
from dataclasses import dataclass
from email.message import Message

from services.wire.reply import one_line

MAX_PAGE_BYTES = 64 * 1024
MAX_TITLE_CHARS = 120
MAX_TEXT_CHARS = 300

_UNSEEN = frozenset({"script", "style", "template", "noscript", "svg", "object", "iframe"})
_TAG = re.compile(r"/?([a-z][a-z0-9]*)")
_PASSWORD = re.compile(r"\btype\s*=\s*[\"']?password\b")
_SIGN_IN = re.compile(r"\b(sign|log)[ -]?(in|on)\b|\blogin\b|\bauthenticat", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class VisibleText:
    """What is seen of one page; texts are fit for one line and not endless."""

    title: str = ""
    text: str = ""
    asks_to_sign_in: bool = False
    """Whether it has a field for a password, or says so in words."""


def read_page(body: bytes, content_type: str = "") -> VisibleText:
    """Return what is seen of the first 64 KiB of a page; plain text and JSON are all words."""
    header = Message()
    header["Content-Type"] = content_type or "text/html"
    text = _decoded(body[:MAX_PAGE_BYTES], header.get_content_charset("utf-8"))
    if header.get_content_type() in {"text/html", "application/xhtml+xml"}:
        return _Reading(text).result()
    words = one_line(text, MAX_TEXT_CHARS)
    return VisibleText(text=words, asks_to_sign_in=bool(_SIGN_IN.search(words)))


class _Reading:
    """One pass over markup."""

    def __init__(self, markup: str) -> None:
        self._markup = markup
        self._at = 0
        self._title = ""
        self._words: list[str] = []
        self._asks_password = False

    def result(self) -> VisibleText:
        while self._at < len(self._markup):
            self._read_words()
            self._read_tag()
        title = one_line(html.unescape(self._title), MAX_TITLE_CHARS)
        text = one_line(html.unescape(" ".join(self._words)), MAX_TEXT_CHARS)
        asks = self._asks_password or bool(_SIGN_IN.search(f"{title} {text}"))
        return VisibleText(title, text, asks)

    def _read_words(self) -> None:
        words = self._until("<").strip()
        if words:
            self._words.append(words)

    def _read_tag(self) -> None:
        if self._markup.startswith("!--", self._at):
            self._until("-->")
            return
        tag = self._until(">").lower()
        match = _TAG.match(tag)
        name = match[1] if match else ""
        if name == "input" and _PASSWORD.search(tag):
            self._asks_password = True
        if tag.startswith("/") or tag.endswith("/"):
            return
        if name == "title":
            title = self._until("</title")
            self._title = self._title or title
        elif name in _UNSEEN:
            self._until(f"</{name}")
        else:
            return
        self._until(">")

    def _until(self, end: str) -> str:
        """Return what comes before `end`, in any case, and go on behind it; the rest without."""
        found = re.compile(re.escape(end), re.IGNORECASE).search(self._markup, self._at)
        stop = found.start() if found else len(self._markup)
        read = self._markup[self._at : stop]
        self._at = found.end() if found else stop
        return read


def _decoded(body: bytes, charset: str) -> str:
    try:
        return body.decode(charset, "replace")
    except (LookupError, ValueError):
        return body.decode("utf-8", "replace")
