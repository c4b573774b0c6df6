"""The stand-ins of the world outside answer as the real ones publish, as the key tells them to."""

import contextlib
import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from cockpit_app.preview.home import Home
from tests.cockpit_app.preview.homes import furnished, lab
from tests.preview_node import UnixHttp, short_folder, until

PORT = 8123
PAGES = f"http://127.0.0.1:{PORT}/outside/rpc/forge"
ISSUES = "/forge/api/v1/repos/lhumina_public/feedback/issues"
RELEASES = "/forge/api/v1/repos/lhumina_code/hero_books/releases"
TOKEN = {"Authorization": "token 0123456789abcdef"}

ASKED = {
    "openrouter": ("/openrouter/api/v1/key", "sk-or-v1-{}0123456789"),
    "groq": ("/groq/openai/v1/models", "gsk_{}0123456789"),
    "openai": ("/openai/v1/models", "sk-proj-{}0123456789"),
    "anthropic": ("/anthropic/v1/models", "sk-ant-{}0123456789"),
    "sambanova": ("/sambanova/v1/models", "{}0123456789-0123"),
    "moonshot": ("/moonshot/v1/models", "sk-{}0123456789"),
    "alibaba": ("/alibaba/compatible-mode/v1/models", "sk-{}0123456789"),
}

NO_CREDIT = {
    "openrouter": (402, "Insufficient credits"),
    "groq": (429, "insufficient_quota"),
    "openai": (429, "insufficient_quota"),
    "anthropic": (402, "billing_error"),
    "sambanova": (402, "insufficient_quota"),
    "moonshot": (429, "exceeded_current_quota_error"),
    "alibaba": (400, "Arrearage"),
}


class World:
    """A running stand-in of the world."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.path = home.socket("outside/rpc.sock")

    def ask(
        self, path: str, headers: Mapping[str, str] | None = None, body: Any = None
    ) -> tuple[int, str]:
        with contextlib.closing(UnixHttp(self.path)) as connection:
            sent = None if body is None else json.dumps(body)
            connection.request("GET" if body is None else "POST", path, sent, dict(headers or {}))
            answer = connection.getresponse()
            return answer.status, answer.read().decode()

    def json(self, path: str, headers: Mapping[str, str] | None = None, body: Any = None) -> Any:
        return json.loads(self.ask(path, headers, body)[1])

    def log(self) -> str:
        return (self.home.root / "log").read_text()


@pytest.fixture(scope="module")
def world() -> Iterator[World]:
    with short_folder() as folder:
        world = World(furnished(folder / "h", "hero_books"))
        command = (sys.executable, "-m", "cockpit_app.preview.outside", str(PORT))
        with (
            (world.home.root / "log").open("wb") as log,
            subprocess.Popen(
                command,
                env={**os.environ, "PATH_ROOT": str(world.home.root)},
                stdout=log,
                stderr=log,
            ) as process,
        ):
            try:
                until(world.path.is_socket, within_s=30)
                yield world
            finally:
                process.terminate()


def with_key(provider: str, word: str = "") -> tuple[str, dict[str, str]]:
    """Return the path of a question about a key, and the headers that carry it."""
    path, pattern = ASKED[provider]
    key = pattern.format(word)
    if provider == "anthropic":
        return path, {"x-api-key": key, "anthropic-version": "2023-06-01"}
    return path, {"Authorization": f"Bearer {key}"}


@pytest.mark.parametrize("provider", ASKED)
def test_a_key_that_looks_right_is_taken(world: World, provider: str) -> None:
    status, body = world.ask(*with_key(provider))
    assert status == 200
    assert json.loads(body)["data"]


@pytest.mark.parametrize("provider", ASKED)
def test_no_key_is_as_wrong_as_a_wrong_one(world: World, provider: str) -> None:
    path, headers = with_key(provider, "wrong")
    assert world.ask(path, headers)[0] == 401
    version = {"anthropic-version": "2023-06-01"}
    status, body = world.ask(path, version)
    assert status == 401
    assert json.loads(body)["error"]["message"]


@pytest.mark.parametrize("provider", ["openrouter", "groq", "openai", "anthropic"])
def test_the_key_of_another_provider_is_wrong(world: World, provider: str) -> None:
    path, headers = with_key(provider)
    name = "x-api-key" if provider == "anthropic" else "Authorization"
    assert world.ask(path, {**headers, name: "Bearer elsewhere-0123456789"})[0] == 401


@pytest.mark.parametrize("provider", ASKED)
def test_each_trouble_comes_as_the_provider_publishes_it(world: World, provider: str) -> None:
    status, words = NO_CREDIT[provider]
    got, body = world.ask(*with_key(provider, "nocredit"))
    assert (got, words in body) == (status, True)
    assert world.ask(*with_key(provider, "limited"))[0] == 429
    assert world.ask(*with_key(provider, "scope"))[0] == 403
    down = 529 if provider == "anthropic" else 503
    assert world.ask(*with_key(provider, "down"))[0] == down


def test_openai_repeats_a_part_of_a_wrong_key_as_the_real_one_does(world: World) -> None:
    path, headers = with_key("openai", "wrong")
    message = world.json(path, headers)["error"]["message"]
    assert message == "Incorrect API key provided: sk-p***6789."


def test_anthropic_wants_its_version_header(world: World) -> None:
    path, headers = with_key("anthropic")
    status, body = world.ask(path, {"x-api-key": headers["x-api-key"]})
    assert (status, "anthropic-version" in body) == (400, True)


def test_openrouter_shows_its_models_to_anybody_and_a_keys_limit_to_its_bearer(
    world: World,
) -> None:
    assert world.json("/openrouter/api/v1/models")["data"]
    told = world.json(*with_key("openrouter"))["data"]
    assert told["limit_remaining"] == told["limit"] - told["usage"]


def test_there_is_no_model_to_talk_to_but_the_key_is_looked_at_first(world: World) -> None:
    question = {"model": "nobody", "messages": []}
    path = "/sambanova/v1/chat/completions"
    _, headers = with_key("sambanova")
    status, body = world.ask(path, headers, question)
    assert (status, json.loads(body)["error"]["code"]) == (404, "model_not_found")
    assert world.ask(path, with_key("sambanova", "wrong")[1], question)[0] == 401


def test_no_key_gets_into_the_log(world: World) -> None:
    world.ask(*with_key("groq", "wrong"))
    world.ask(ISSUES, TOKEN, {"title": "t"})
    assert "0123456789" not in world.log()


def test_the_forge_tells_the_releases_of_an_app_by_channel_and_number(world: World) -> None:
    rows = world.json(RELEASES)
    assert [row["tag_name"] for row in rows] == ["latest-dev", "latest", "v0.5.0"]
    assert [row["prerelease"] for row in rows] == [True, False, False]
    assert world.json(f"{RELEASES}/latest")["tag_name"] == "v0.5.0"
    stable = world.json(f"{RELEASES}/tags/latest")
    assert stable["name"] == "hero_books 0.5.0"
    assert "Version: 0.5.0" in stable["body"]
    assert "flaw" not in json.dumps(rows)


def test_the_forge_and_lab_read_the_same_table(world: World) -> None:
    assert lab(world.home, "release", "hero_books", "0.5.0").returncode == 0
    assert "offered by hand" in world.json(f"{RELEASES}/tags/latest")["body"]


@pytest.mark.parametrize(
    "path",
    [
        "/forge/api/v1/repos/lhumina_code/hero_none/releases",
        "/forge/api/v1/repos/somebody/hero_books/releases/latest",
        f"{RELEASES}/tags/v9",
        "/forge/api/v1/repos/somebody/else/issues",
    ],
)
def test_what_the_forge_does_not_have_is_missing(world: World, path: str) -> None:
    status, body = world.ask(path)
    assert (status, "couldn't be found" in body) == (404, True)


@pytest.mark.parametrize(
    ("token", "user", "issue"),
    [
        ("", 401, 401),
        ("wrong", 401, 401),
        ("scope", 403, 403),
        ("issueonly", 403, 201),
        ("limited", 429, 429),
        ("down", 503, 503),
        ("abc", 200, 201),
    ],
)
def test_a_token_opens_what_its_scopes_allow(
    world: World, token: str, user: int, issue: int
) -> None:
    headers = {"Authorization": f"token {token}"} if token else {}
    assert world.ask("/forge/api/v1/user", headers)[0] == user
    assert world.ask(ISSUES, headers, {"title": "A title"})[0] == issue


def test_an_oauth_token_is_as_good_as_a_token_of_its_own(world: World) -> None:
    assert world.json("/forge/api/v1/user", {"Authorization": "Bearer abc"})["login"] == "mik"


@pytest.mark.parametrize("body", [[], "text", {}, {"title": " "}, {"title": "t", "body": 5}])
def test_an_issue_without_a_title_is_refused(world: World, body: Any) -> None:
    status, said = world.ask(ISSUES, TOKEN, body)
    assert (status, json.loads(said)["message"]) == (422, "[Title]: Required")


def test_an_issue_is_kept_and_shown_as_text_and_nothing_else(world: World) -> None:
    filed = world.json(ISSUES, TOKEN, {"title": "<b>bold</b>", "body": "<script>x</script>"})
    number = filed["number"]
    assert filed["html_url"] == f"{PAGES}/lhumina_public/feedback/issues/{number}"
    status, page = world.ask(f"/forge/lhumina_public/feedback/issues/{number}")
    assert status == 200
    assert "&lt;script&gt;" in page
    assert "<b>bold" not in page
    _, listed = world.ask("/forge/lhumina_public/feedback/issues")
    assert f"issues/{number}" in listed
    kept = json.loads((world.home.state / "issues.json").read_text())
    assert kept[-1]["title"] == "<b>bold</b>"
    assert world.json(f"{ISSUES}?limit=1")[0]["number"] == number
    assert world.ask("/forge/lhumina_public/feedback/issues/9999")[0] == 404


def test_a_prefilled_address_shows_what_would_be_filed(world: World) -> None:
    query = urlencode({"template": "feedback", "title": "It <i>", "body": "says & no"})
    status, page = world.ask(f"/forge/lhumina_public/feedback/issues/new?{query}")
    assert status == 200
    assert "It &lt;i&gt;" in page
    assert "says &amp; no" in page


@pytest.mark.parametrize(
    ("claims", "status"), [("users.owner,groups.admin", 200), ("users.viewer", 403), ("", 403)]
)
def test_through_the_gateway_only_the_owner_sees_it(world: World, claims: str, status: int) -> None:
    headers = {"X-Forwarded-Host": "127.0.0.1:1", "X-Hero-Claims": claims}
    assert world.ask("/forge/", headers)[0] == status
    assert world.ask("/forge/api/v1/version", headers)[0] == status


def test_it_introduces_itself_like_any_service(world: World) -> None:
    assert world.json("/health")["status"] == "ok"
    assert world.json("/.well-known/heroservice.json")["name"] == "preview_outside"
    assert Path(world.path).stat().st_mode & 0o777 == 0o600
