"""The Forge, as far as a report needs it: filing an issue, and the page on which a person does it.

Source: Forgejo's API, `POST /api/v1/repos/{owner}/{repo}/issues`; hero_platform reference 2.6
(`lhumina_public/feedback`, its template, the scope `write:issue`).
"""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from services.errors import NotAllowed, Refused
from services.wire.outside import Outside, OutsideAnswer

ADDRESS = "https://forge.ourworld.tf"
FEEDBACK = "lhumina_public/feedback"
MAX_ADDRESS_CHARS = 6000
"""Longer addresses are refused by some browsers and servers on the way."""
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_CUT = "\n\n(shortened)"


@dataclass(frozen=True, slots=True)
class Issue:
    """An issue that was filed."""

    number: int | None
    """None when the Forge did not say."""
    address: str


class Unsure(Refused):
    """The Forge failed in the middle: the issue may be there, or not."""


class Forge:
    """One repository of the Forge that takes reports."""

    def __init__(
        self, outside: Outside, *, address: str = ADDRESS, repo: str = FEEDBACK, page: str = ""
    ) -> None:
        """Call the API below `address`; people go to `page`, which is the same unless it is said.

        An address with `unix:` is no page; then it is the real Forge's.
        """
        self._outside = outside
        self._address = address
        self._repo = repo
        self._page = (page or (ADDRESS if address.startswith("unix:") else address)).rstrip("/")

    @property
    def issues_page(self) -> str:
        """Where people read what was filed."""
        return f"{self._page}/{self._repo}/issues"

    async def file(self, token: str, *, title: str, body: str) -> Issue:
        """File an issue in the name of whose token it is.

        Raises OutsideError when no answer came, Unsure when it tells nothing, NotAllowed when the
        token may not, else Refused.
        """
        try:
            answer = await self._outside.request(
                "POST",
                self._address,
                f"/api/v1/repos/{self._repo}/issues",
                headers={"Authorization": f"token {token}"},
                json={"title": title, "body": body},
            )
        except Refused as error:
            raise Unsure(error.message, error.detail) from error
        if answer.status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
            raise NotAllowed("The Forge did not accept the token; it needs the scope write:issue.")
        if answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            raise Unsure(f"The Forge is out of order (HTTP status {answer.status}).")
        if answer.status != HTTPStatus.CREATED:
            raise Refused(f"The Forge did not take the report (HTTP status {answer.status}).")
        return self._issue(answer)

    def prefilled(self, *, title: str, body: str) -> tuple[str, bool]:
        """Return the page on which a person files it, and whether the body had to be shortened."""
        whole = self._new_issue(title, body)
        if len(whole) <= MAX_ADDRESS_CHARS:
            return whole, False
        fits, too_long = 0, len(body)
        while too_long - fits > 1:
            middle = (fits + too_long) // 2
            if len(self._new_issue(title, body[:middle] + _CUT)) <= MAX_ADDRESS_CHARS:
                fits = middle
            else:
                too_long = middle
        return self._new_issue(title, body[:fits] + _CUT), True

    def _new_issue(self, title: str, body: str) -> str:
        fields = {"template": "feedback", "title": title, "body": body}
        query = urlencode(fields, quote_via=quote, errors="replace")
        return f"{self.issues_page}/new?{query}"

    def _issue(self, answer: OutsideAnswer) -> Issue:
        said: Any = answer.json()
        number = said.get("number") if isinstance(said, dict) else None
        if not isinstance(number, int) or isinstance(number, bool) or number < 1:
            return Issue(None, self.issues_page)
        told = said.get("html_url")
        return Issue(number, told if self._is_ours(told) else f"{self.issues_page}/{number}")

    def _is_ours(self, address: object) -> bool:
        """Tell whether an address in an answer is a page of the Forge; a stand-in's is here."""
        if not isinstance(address, str) or not address.isprintable() or len(address) > 500:
            return False
        told = urlsplit(address)
        if self._address.startswith("unix:") and told.scheme == "http":
            return told.hostname in _LOOPBACK
        return told[:2] == urlsplit(self._page)[:2]
