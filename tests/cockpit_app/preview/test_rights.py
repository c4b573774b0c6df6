"""Who may change the preview's daemons through the gateway: its owner, from a page of their own."""

import json

import pytest

from tests.preview_node import PreviewNode

STOP = {"jsonrpc": "2.0", "id": 1, "method": "service.stop", "params": {"name": "hero_books"}}
JSON = "application/json"


def _call(node: PreviewNode, who: str, daemon: str = "hero_proc", **headers: str) -> int:
    sent = {"Cookie": node.sign_in(who), "Content-Type": JSON}
    sent |= {name.replace("_", "-"): value for name, value in headers.items()}
    answer, _ = node.http(
        "POST", f"/{daemon}/rpc/rpc", headers=sent, body=json.dumps(STOP).encode()
    )
    return answer.status


@pytest.mark.parametrize("who", ["viewer", "guest"])
@pytest.mark.parametrize("daemon", ["hero_proc", "hero_proxy", "hero_compute"])
def test_who_may_only_look_changes_no_daemon(node: PreviewNode, who: str, daemon: str) -> None:
    assert _call(node, who, daemon) == 403
    assert node.service("hero_books")["state"] in {"starting", "running"}


@pytest.mark.parametrize("origin", ["http://127.0.0.1:9", "https://evil.example", "null"])
def test_a_page_of_another_site_changes_nothing_with_the_owners_cookie(
    node: PreviewNode, origin: str
) -> None:
    assert _call(node, "owner", Origin=origin) == 403
    assert node.service("hero_books")["state"] in {"starting", "running"}


@pytest.mark.parametrize("kind", ["text/plain", "text/plain; x=json", ""])
def test_what_a_form_could_send_is_no_call(node: PreviewNode, kind: str) -> None:
    assert _call(node, "owner", Content_Type=kind) == 415
    assert node.service("hero_books")["state"] in {"starting", "running"}


def test_the_owner_may_call_from_the_own_page(node: PreviewNode) -> None:
    assert _call(node, "owner", "hero_compute", Origin=node.url) == 200


@pytest.mark.parametrize("named", ["host", "content-length", "host, content-length"])
def test_naming_needed_fields_in_connection_does_not_take_them_away(
    node: PreviewNode, named: str
) -> None:
    assert _call(node, "owner", "hero_compute", Connection=named) == 200
