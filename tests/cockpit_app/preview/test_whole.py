"""The whole preview, as the command starts it, with the cockpit in it."""

import contextlib
import json
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest

from tests.preview_node import PreviewNode, UnixHttp, running_preview, short_folder


@pytest.fixture(scope="module")
def whole() -> Iterator[PreviewNode]:
    with running_preview() as preview:
        yield preview


def test_everything_wanted_answers_when_it_says_ready(whole: PreviewNode) -> None:
    rows = whole.result("hero_proc", "service.list_full")
    assert len(rows) >= 19
    down = {row["name"] for row in rows if row["state"] not in {"running", "starting"}}
    assert down == {"hero_foundry", "hero_voice"}
    for row in rows:
        if row["name"] not in down:
            assert all(Path(path).is_socket() for path in row["sockets"])


def test_the_cockpit_runs_from_its_file_and_is_told_under_which_name_to_share(
    whole: PreviewNode,
) -> None:
    (cockpit,) = whole.processes("cockpit_app serve")
    assert cockpit.environ()["HERO_SHARE_DOMAIN"] == f"localhost:{whole.port}"
    receipt = json.loads((whole.home / "var/lab/receipts/hero_cockpit.json").read_text())
    connection = UnixHttp(whole.socket("hero_cockpit/rpc.sock"))
    with contextlib.closing(connection):
        connection.request("GET", "/health")
        health = json.loads(connection.getresponse().read())
    assert health["version"] == receipt["version"] == cockpit.environ()["HERO_COCKPIT_BUILD"]


def test_the_outside_world_is_shown_to_the_owner_alone(whole: PreviewNode) -> None:
    for identity, status in (("owner", 200), ("viewer", 403), ("guest", 403)):
        headers = {"Cookie": whole.sign_in(identity)}
        answer, _ = whole.http("GET", "/outside/rpc/forge/", headers=headers)
        assert answer.status == status


def test_the_link_leads_to_the_cockpit(whole: PreviewNode) -> None:
    fields = urlencode({"ticket": whole.ticket, "identity": "owner"}).encode()
    answer, _ = whole.http("POST", "/enter", body=fields)
    cookie = (answer.getheader("Set-Cookie") or "").partition(";")[0]
    place = answer.getheader("Location") or ""
    answer, body = whole.http("GET", place, headers={"Cookie": cookie})
    assert answer.status == 200
    assert b"/hero_cockpit/web" in body
    answer, _ = whole.http("GET", "/", headers={"Cookie": cookie}, host="cockpit.localhost")
    assert answer.status == 200


def test_the_second_start_is_quick_and_prints_one_line_and_has_a_cockpit_whatever_was() -> None:
    with short_folder() as folder:
        for _ in range(2):
            begun = time.monotonic()
            node = PreviewNode(folder / "h", "--port", "0").wait_ready()
            took_s = time.monotonic() - begun
            assert node.service("hero_cockpit")["state"] in {"starting", "running"}
            for name in ("hero_cockpit", "hero_proxy"):
                node.result("hero_proc", "service.stop", {"name": name})
            assert node.process.stdout is not None
            node.process.terminate()
            assert node.process.stdout.read() == b""
            assert node.stop() == 0
        assert took_s < 15  # 3 s on an idle machine of 2 cores
