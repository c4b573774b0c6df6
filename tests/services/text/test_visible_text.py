import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.text.visible_text import read_page


def test_only_what_people_see_is_read() -> None:
    seen = read_page(
        b"<html><head><title>Books &amp; more</title><style>p{}</style></head>"
        b"<body>One <!-- <p>no</p> --><script>var a = '<b>no</b>'</script>"
        b"<SVG><title>no</title></svg><b>two</b> &lt;three&gt;<img alt=no></body>"
    )
    assert seen.title == "Books & more"
    assert seen.text == "One two <three>"
    assert not seen.asks_to_sign_in


@pytest.mark.parametrize(
    "body",
    [
        b"<form><input name=p type=password></form>",
        b'<input TYPE = "Password">',
        b"<title>Sign in to Hero</title>",
        b"<p>Please log in",
        b"<a href=/oauth>Login</a>",
    ],
)
def test_a_page_that_asks_to_sign_in_is_known(body: bytes) -> None:
    assert read_page(body).asks_to_sign_in


@pytest.mark.parametrize("body", [b"<p>Design inside", b"<p>a blog in brief", b"<input type=text>"])
def test_a_page_that_does_not_is_known_too(body: bytes) -> None:
    assert not read_page(body).asks_to_sign_in


def test_plain_text_and_json_are_words() -> None:
    assert read_page(b'{"a": "<b>"}', "application/json").text == '{"a": "<b>"}'
    assert read_page("é".encode("latin-1"), "text/plain; charset=latin-1").text == "é"
    assert read_page(b"x", "text/html; charset=nonsense").text == "x"


@pytest.mark.parametrize(
    "piece", [b"<a ", b"<!--", b"<script>", b"<svg>", b"</", b"<title>", b"&", b"<a b='", b"<a>"]
)
def test_no_page_takes_long_to_read(piece: bytes) -> None:
    began = time.process_time()
    read_page(piece * (1_000_000 // len(piece)))
    assert time.process_time() - began < 1.0


@given(st.binary(max_size=2000), st.text(max_size=40))
def test_every_page_is_read_as_short_printable_text(body: bytes, content_type: str) -> None:
    seen = read_page(body, content_type.replace("\n", "").replace("\r", ""))
    assert seen.title.isprintable()
    assert seen.text.isprintable()
    assert len(seen.title) <= 120
    assert len(seen.text) <= 300
