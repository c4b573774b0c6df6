"""The pages of the preview's Forge: what was filed, and what would be with a prefilled address."""

import html
from collections.abc import Iterator

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cockpit_app.preview.outside_forge import FEEDBACK, Forge
from cockpit_app.preview.outside_issues import Issue, Issues
from cockpit_app.preview.pages import page

_STAND_IN = "<p>This is the preview's stand-in of the Forge. Nothing leaves this machine.</p>"


class ForgePages:
    """Shows the issues of one home."""

    def __init__(self, forge: Forge, issues: Issues) -> None:
        self._forge = forge
        self._issues = issues

    def routes(self) -> Iterator[Route]:
        """Yield the routes of the pages."""
        yield Route("/forge/", self._front)
        yield Route("/forge/{owner}/{name}/issues", self._list)
        yield Route("/forge/{owner}/{name}/issues/new", self._new)
        yield Route("/forge/{owner}/{name}/issues/{number:int}", self._one)

    async def _front(self, request: Request) -> Response:
        return _shown(200, "Forge", f'<p><a href="{FEEDBACK}/issues">{FEEDBACK}</a></p>')

    async def _list(self, request: Request) -> Response:
        repository = _repository(request)
        if not self._forge.takes_issues(repository):
            return _nothing()
        rows = "".join(_row(issue) for issue in self._issues.of(repository))
        return _shown(200, f"Issues of {repository}", rows or "<p>Nothing was filed yet.</p>")

    async def _one(self, request: Request) -> Response:
        issue = self._issues.find(_repository(request), request.path_params["number"])
        if issue is None:
            return _nothing()
        about = f"<p>#{issue.number}, filed by {html.escape(issue.author)}, {issue.created_at}</p>"
        return _shown(200, issue.title, about + _text(issue.body))

    async def _new(self, request: Request) -> Response:
        given = request.query_params
        words = "<p>The real Forge has this filled in and waits for you to file it.</p>"
        return _shown(200, given.get("title") or "New issue", words + _text(given.get("body", "")))


def _shown(status: int, title: str, body: str) -> Response:
    answer = page(status, title, _STAND_IN + body)
    headers = {name.decode(): value.decode() for name, value in answer.headers}
    return Response(answer.body, status_code=answer.status, headers=headers)


def _nothing() -> Response:
    return _shown(404, "Nothing here", "<p>There is no such page.</p>")


def _row(issue: Issue) -> str:
    title = html.escape(issue.title)
    return f'<p><a href="issues/{issue.number}">#{issue.number} {title}</a></p>'


def _text(text: str) -> str:
    return f'<pre style="white-space: pre-wrap">{html.escape(text)}</pre>'


def _repository(request: Request) -> str:
    return f"{request.path_params['owner']}/{request.path_params['name']}"
