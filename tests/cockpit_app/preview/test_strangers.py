"""What somebody without a cookie gets at a shared name, by its mode, and after it was ended."""

import time

import pytest

from tests.preview_node import PreviewNode

NAME = "witness.localhost"


def ask(node: PreviewNode) -> tuple[int, bytes]:
    answer, body = node.http("GET", "/", host=NAME)
    return answer.status, body


@pytest.mark.parametrize(
    ("mode", "allowed", "status", "words"),
    [
        ("none", [], 200, b"Libraries, books and a librarian"),
        ("optional", [], 200, b"You are</dt><dd>a guest"),
        ("oauth", [], 401, b"Please sign in"),
        ("oauth", ["mik"], 401, b"Please sign in"),
    ],
)
def test_a_stranger_gets_the_service_or_is_asked_to_sign_in(
    node: PreviewNode, mode: str, allowed: list[str], status: int, words: bytes
) -> None:
    target = str(node.socket("hero_books/web.sock"))
    params = {"domain": NAME, "target": target, "auth_mode": mode, "allowed_pubkeys": allowed}
    row = node.result("hero_proxy", "domain.add", params)
    try:
        got, body = ask(node)
        assert (got, words in body) == (status, True)
    finally:
        node.result("hero_proxy", "domain.delete", {"id": row["id"]})
    ended = time.monotonic()
    got, body = ask(node)
    assert (got, b"Nothing here" in body) == (404, True)
    assert time.monotonic() - ended < 2


def test_a_name_that_was_never_shared_is_told_from_one_that_wants_a_sign_in(
    node: PreviewNode,
) -> None:
    assert node.http("GET", "/", host="nobody.localhost")[0].status == 404
    assert node.http("GET", "/hero_books/web/")[0].status == 401
