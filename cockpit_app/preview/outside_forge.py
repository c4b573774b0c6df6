"""What stands for the Forge: its API for releases, the user and issues, as Forgejo publishes it.

A token decides as a provider's key does; one that holds `issueonly` may file issues but not tell
whose it is. Sources: forgejo.org/docs (API, token scopes), hero_platform reference 2.4 (tags).
"""

import json
from collections.abc import Iterator
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from cockpit_app.preview.home import Home
from cockpit_app.preview.outside_issues import Issue, Issues
from cockpit_app.preview.outside_providers import Trouble, trouble_with
from cockpit_app.preview.releases import STABLE, Release, Releases

VERSION = "11.0.1+gitea-1.22.0"
CODE, FEEDBACK = "lhumina_code", "lhumina_public/feedback"
"""Owner of the apps' repositories, and where feedback goes."""
USER = {"id": 7, "login": "mik", "full_name": "Mik", "email": "mik@preview.localhost"}
MAX_BODY_BYTES = 1 << 20
API = "/forge/api/v1"

_REFUSALS = {
    Trouble.WRONG: (401, "invalid username, password or token"),
    Trouble.NO_CREDIT: (402, "payment required"),
    Trouble.LIMITED: (429, "too many requests"),
    Trouble.DOWN: (503, "service unavailable"),
}


class Forge:
    """The API of one home's Forge; `address` is where a browser finds its pages."""

    def __init__(self, home: Home, issues: Issues, address: str) -> None:
        self._home = home
        self._issues = issues
        self._address = address

    def routes(self) -> Iterator[Route]:
        """Yield the routes of the API."""
        repository = f"{API}/repos/{{owner}}/{{name}}"
        yield Route(f"{API}/version", self._version)
        yield Route(f"{API}/user", self._user)
        yield Route(f"{repository}/releases", self._list)
        yield Route(f"{repository}/releases/latest", self._latest)
        yield Route(f"{repository}/releases/tags/{{tag}}", self._tag)
        yield Route(f"{repository}/issues", self._list_issues)
        yield Route(f"{repository}/issues", self._file, methods=["POST"])

    async def _version(self, request: Request) -> Response:
        return JSONResponse({"version": VERSION})

    async def _user(self, request: Request) -> Response:
        return self._refuse(request, "read:user") or JSONResponse(
            {**USER, "html_url": f"{self._address}/{USER['login']}", "is_admin": False}
        )

    async def _list(self, request: Request) -> Response:
        found = self._releases(request)
        return JSONResponse(found) if found else self._missing()

    async def _latest(self, request: Request) -> Response:
        finished = [row for row in self._releases(request) if not row["prerelease"]]
        return JSONResponse(finished[-1]) if finished else self._missing()

    async def _tag(self, request: Request) -> Response:
        for row in self._releases(request):
            if row["tag_name"] == request.path_params["tag"]:
                return JSONResponse(row)
        return self._missing()

    async def _list_issues(self, request: Request) -> Response:
        if request.headers.get("authorization") and (no := self._refuse(request, "read:issue")):
            return no
        repository = _repository(request)
        if not self.takes_issues(repository):
            return self._missing()
        limit = request.query_params.get("limit", "50")
        count = int(limit) if limit.isdecimal() and len(limit) < 4 else 50
        return JSONResponse([self._issue(i) for i in self._issues.of(repository)[:count]])

    async def _file(self, request: Request) -> Response:
        if no := self._refuse(request, "write:issue"):
            return no
        if not self.takes_issues(_repository(request)):
            return self._missing()
        asked = _read(await request.body())
        if asked is None:
            return self._error(422, "[Title]: Required")
        title, body = asked
        author = str(USER["login"])
        issue = self._issues.add(_repository(request), title=title, body=body, author=author)
        return JSONResponse(self._issue(issue), status_code=201)

    def takes_issues(self, repository: str) -> bool:
        """Tell whether there is such a repository."""
        owner, _, name = repository.partition("/")
        return repository == FEEDBACK or (owner == CODE and bool(Releases(self._home).of(name)))

    def _releases(self, request: Request) -> list[dict[str, Any]]:
        """Return an app's releases: `latest-dev`, `latest`, and that under its own number."""
        if request.path_params["owner"] != CODE:
            return []
        rows = []
        for release in reversed(Releases(self._home).of(request.path_params["name"])):
            rows.append(self._release(release, release.channel))
            if release.channel == STABLE:
                rows.append(self._release(release, f"v{release.version}"))
        return rows

    def _release(self, release: Release, tag: str) -> dict[str, Any]:
        repository = f"{self._address}/{CODE}/{release.app}"
        facts = [f"Version: {release.version}", f"Build: {release.build}"]
        return {
            "id": release.build * 10 + len(tag) % 10,
            "tag_name": tag,
            "target_commitish": "main" if release.channel == STABLE else "development",
            "name": f"{release.app} {release.version}",
            "body": "\n".join([*release.notes, "", *facts]),
            "html_url": f"{repository}/releases/tag/{tag}",
            "draft": False,
            "prerelease": release.channel != STABLE,
            "created_at": release.built_at,
            "published_at": release.built_at,
            "author": {"id": 1, "login": "ci"},
            "assets": [{"id": 1, "name": f"{release.app}-{release.version}-linux-amd64.tar.gz"}],
        }

    def _issue(self, issue: Issue) -> dict[str, Any]:
        return {
            "id": issue.number,
            "number": issue.number,
            "title": issue.title,
            "body": issue.body,
            "state": "open",
            "user": USER,
            "labels": [],
            "comments": 0,
            "html_url": f"{self._address}/{issue.repository}/issues/{issue.number}",
            "created_at": issue.created_at,
            "updated_at": issue.created_at,
        }

    def _refuse(self, request: Request, scope: str) -> Response | None:
        token = _token(request)
        trouble = trouble_with(token)
        if not token:
            return self._error(401, "token is required")
        if trouble is Trouble.SCOPE or ("issueonly" in token and scope == "read:user"):
            words = f"token does not have at least one of required scope(s): [{scope}]"
            return self._error(403, words)
        return self._error(*_REFUSALS[trouble]) if trouble else None

    def _missing(self) -> Response:
        return self._error(404, "The target couldn't be found.")

    def _error(self, status: int, message: str) -> Response:
        body = {"message": message, "url": f"{self._address}/api/swagger"}
        return JSONResponse(body, status_code=status)


def _repository(request: Request) -> str:
    return f"{request.path_params['owner']}/{request.path_params['name']}"


def _token(request: Request) -> str:
    word, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if word.lower() in {"token", "bearer"} else ""


def _read(body: bytes) -> tuple[str, str] | None:
    """Return title and body of an issue to file, or None when it has no title."""
    try:
        asked = json.loads(body) if len(body) <= MAX_BODY_BYTES else None
    except ValueError:
        return None
    if not isinstance(asked, dict):
        return None
    title, text = asked.get("title"), asked.get("body", "")
    if not isinstance(title, str) or not title.strip() or not isinstance(text, str):
        return None
    return title, text
