"""Secrets are found in every guise, and texts without any stay as they are."""

import base64
import secrets
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.text.redaction import PIECE, Redactor

KEY = "gsk_q7Hn2/Lw+9xZ=cT4vB0yR6"
GUISES = {
    "raw": KEY,
    "reversed": KEY[::-1],
    "url": quote(KEY, safe=""),
    "url in small letters": quote(KEY, safe="").replace("%2F", "%2f").replace("%2B", "%2b"),
    "base64": base64.b64encode(KEY.encode()).decode(),
    "base64 for addresses": base64.urlsafe_b64encode(KEY.encode()).decode(),
    "base64 of more": base64.b64encode(f"x{KEY} and more".encode()).decode(),
    "base64 of still more": base64.b64encode(f"xy{KEY}!".encode()).decode(),
}


def holds_a_piece(text: str, secret: str) -> bool:
    return any(secret[at : at + PIECE] in text for at in range(len(secret) - PIECE + 1))


@pytest.mark.parametrize("guise", GUISES)
def test_a_live_secret_is_found_in_every_guise(guise: str) -> None:
    form = GUISES[guise]
    done = Redactor([KEY]).redact(f"before: {form} :after", likely=False)
    assert done.removed >= 1
    assert done.text.startswith("before: ")
    assert done.text.endswith(" :after")
    assert not holds_a_piece(done.text, form[4:24])


@given(st.data())
def test_eight_characters_in_a_row_are_enough(data: st.DataObject) -> None:
    key = secrets.token_urlsafe(24)
    start = data.draw(st.integers(0, len(key) - PIECE))
    end = data.draw(st.integers(start + PIECE, len(key)))
    text = f"{data.draw(st.text(max_size=20))}{key[start:end]}{data.draw(st.text(max_size=20))}"
    assert not holds_a_piece(Redactor([key]).redact(text, likely=False).text, key)


@given(st.text(max_size=300), st.lists(st.text(min_size=6, max_size=40), max_size=3))
def test_no_text_keeps_a_piece_of_a_live_secret(text: str, live: list[str]) -> None:
    clean = Redactor(live).hide(text + (live[0] if live else ""))
    for secret in live:
        if len(secret) >= PIECE and "removed" not in secret and "://" not in secret:
            assert not holds_a_piece(clean, secret)


SECRETIVE = [
    "Authorization: Bearer abcdefgh12345678",
    "curl -H 'authorization: token 0123456789abcdefghij'",
    "using sk-or-v1-abcdef0123456789 now",
    "gsk_abcdefghijkl",
    "github_pat_11ABCDEFG0123456789",
    "token=hunter2hunter2",
    '"api_key": "zzzzzz"',
    "password: correct-horse",
    "mail to mik.lasser@example.org please",
    "https://mik:sesame@forge.example/x",
    "GET /console?ticket=abcd1234 HTTP/1.1",
    "GET /x?a=1&sig=abcd1234&b=2",
    "sha 0123456789abcdef0123456789abcdef01234567",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abc-DEF_123",
    "blob Zm9vYmFyYmF6cXV4MDEyMzQ1Njc4OUFCQ0RFRkc=",
    "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNz\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
    "-----BEGIN RSA PRIVATE KEY-----\ncut in the middle",
]
SECRET_PARTS = [
    "abcdefgh12345678",
    "0123456789abcdefghij",
    "abcdef0123456789",
    "abcdefghijkl",
    "11ABCDEFG0123456789",
    "hunter2",
    "zzzzzz",
    "correct-horse",
    "mik.lasser@",
    "sesame",
    "abcd1234",
    "abcd1234",
    "0123456789abcdef",
    "eyJzdWIi",
    "Zm9vYmFy",
    "b3BlbnNz",
    "cut in the middle",
]


@pytest.mark.parametrize(("text", "part"), list(zip(SECRETIVE, SECRET_PARTS, strict=True)))
def test_what_looks_like_a_secret_goes(text: str, part: str) -> None:
    done = Redactor().redact(text)
    assert part not in done.text
    assert done.removed >= 1
    assert "[removed 1]" in done.text


@pytest.mark.parametrize(
    "text",
    [
        "hero_books_server running: all 3 sockets answer, version 0.5.0",
        "/home/hero/var/sockets/hero_books/rpc.sock: nobody listens there",
        "12:00:01 hero_proc restart: it exited with status 137",
        "GET /health?full=1 200",
        "a_very_long_identifier_with_words_only_and_no_digits_at_all",
    ],
)
def test_ordinary_lines_stay_as_they_are(text: str) -> None:
    assert Redactor([KEY]).redact(text).text == text


def test_the_same_text_gets_the_same_mark_and_others_go_on_counting() -> None:
    done = Redactor().redact("a@b.cc c@d.ee a@b.cc")
    assert done.text == "[removed 1] [removed 2] [removed 1]"
    assert done.removed == 2
    again = Redactor([KEY]).redact(f"{done.text} {KEY}")
    assert again.text == "[removed 1] [removed 2] [removed 1] [removed 3]"
    assert again.removed == 1


def test_a_mark_in_the_text_shields_nothing() -> None:
    text = "-----BEGIN PRIVATE KEY-----\naaaa[removed 1]bbbb"
    assert Redactor().redact(text).text == "[removed 2][removed 1][removed 3]"


def test_short_values_go_as_words_and_everyday_words_stay() -> None:
    redactor = Redactor(["dark", "pass12"])
    assert redactor.hide("dark pass12 xpass12x") == "dark [removed 1] xpass12x"


def test_the_scheme_of_an_address_in_the_store_is_no_secret() -> None:
    redactor = Redactor(["https://forge.example/long-secret-path"])
    assert redactor.hide("https://other.site") == "https://other.site"
    assert "secret" not in redactor.hide("see forge.example/long-secret-path")


def test_a_redactor_shows_no_secret_of_itself() -> None:
    assert KEY not in repr(Redactor([KEY]))


def test_long_texts_without_secrets_take_no_time() -> None:
    text = "z" * 60_000 + "?" * 60_000
    assert Redactor([KEY]).redact(text).text == text
