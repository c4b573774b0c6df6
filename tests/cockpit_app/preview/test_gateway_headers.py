"""Nothing that a client says about itself reaches a service."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit_app.preview.gateway_headers import (
    Forwarding,
    Headers,
    request_headers,
    response_headers,
    without_cookie,
)
from cockpit_app.preview.identities import IDENTITIES, Identity


def forwarding(identity: Identity | None = None, prefix: str = "/hero_books/web") -> Forwarding:
    return Forwarding(identity, peer="127.0.0.1", host="127.0.0.1:8080", prefix=prefix)


OWN = {
    b"X-Forwarded-For": b"127.0.0.1",
    b"X-Forwarded-Proto": b"http",
    b"X-Forwarded-Host": b"127.0.0.1:8080",
    b"X-Forwarded-Prefix": b"/hero_books/web",
}


@pytest.mark.parametrize(
    "name",
    [
        b"X-Hero-User",
        b"x-hero-user",
        b"X-HERO-USER",
        b"X_Hero_User",
        b"X-Hero_User",
        b"X-Hero-Context",
        b"X-Hero-Claims",
        b"X-Hero-Impersonator",
        b"X-Hero-Anything",
        b"X-Proxy-Auth-Method",
        b"X-Proxy-User-Email",
        b"X_Proxy_User_Pubkey",
        b"X-Forwarded-For",
        b"X-Forwarded-Proto",
        b"X-Forwarded-Host",
        b"X-Forwarded-Prefix",
        b"x_forwarded_prefix",
        b"X-Forwarded-User",
        b"Forwarded",
        b"X-Real-IP",
    ],
)
def test_a_header_that_claims_something_is_dropped(name: bytes) -> None:
    got = request_headers([(b"Accept", b"*/*"), (name, b"owner"), (name, b"1")], forwarding())
    assert dict(got) == {b"Accept": b"*/*"} | OWN
    assert len(got) == len(OWN) + 1


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b"Connection", b"keep-alive"),
        (b"Keep-Alive", b"5"),
        (b"Proxy-Authorization", b"Basic x"),
        (b"TE", b"trailers"),
        (b"Trailer", b"X"),
        (b"Transfer-Encoding", b"chunked"),
        (b"Upgrade", b"h2c"),
    ],
)
def test_hop_by_hop_headers_stay_on_their_hop(name: bytes, value: bytes) -> None:
    assert dict(request_headers([(name, value)], forwarding())) == OWN
    assert response_headers([(name, value)]) == []


def test_headers_that_connection_names_stay_on_their_hop_too() -> None:
    sent = [(b"Connection", b"close, X-Secret"), (b"x-secret", b"1"), (b"X-Other", b"2")]
    assert response_headers(sent) == [(b"X-Other", b"2")]


def test_connection_cannot_take_away_what_the_gateway_says() -> None:
    sent = [(b"Connection", b"X-Hero-User, X-Hero-Claims, X-Forwarded-Prefix")]
    got = dict(request_headers(sent, forwarding(IDENTITIES["viewer"])))
    assert got[b"X-Hero-User"] == b"viewer"
    assert got[b"X-Forwarded-Prefix"] == b"/hero_books/web"


def test_the_owner_is_described_in_full() -> None:
    got = dict(request_headers([], forwarding(IDENTITIES["owner"])))
    assert got[b"X-Hero-User"] == b"owner"
    assert got[b"X-Hero-Context"] == b"1"
    claims = b"users.owner,groups.admin,cockpit.admin,cockpit.write,service.read"
    assert got[b"X-Hero-Claims"] == claims
    assert got[b"X-Proxy-Auth-Method"] == b"oauth"


@pytest.mark.parametrize("identity", [None, IDENTITIES["guest"]])
def test_a_guest_is_nobody(identity: Identity | None) -> None:
    assert dict(request_headers([], forwarding(identity))) == OWN


def test_a_name_of_its_own_has_no_prefix() -> None:
    assert b"X-Forwarded-Prefix" not in dict(request_headers([], forwarding(prefix="")))


@pytest.mark.parametrize(
    ("cookies", "left"),
    [
        (b"hp=1", []),
        (b"a=1; hp=2; b=3", [(b"Cookie", b"a=1; b=3")]),
        (b"a=1;hp=2", [(b"Cookie", b"a=1")]),
        (b"hp_other=1", [(b"Cookie", b"hp_other=1")]),
        (b"hp=1; hp=2", []),
    ],
)
def test_the_gateways_cookie_is_nothing_for_services(cookies: bytes, left: Headers) -> None:
    headers = [(b"Cookie", cookies), (b"Accept", b"*/*")]
    assert without_cookie(headers, "hp") == [*left, (b"Accept", b"*/*")]


NAMES = st.from_regex(r"\A[A-Za-z_-]{1,12}\Z").map(str.encode)
CLAIMS = st.sampled_from([b"x-hero-", b"X_HERO-", b"x-proxy_", b"X-FORWARDED-", b"Forwarded"])


@given(st.lists(st.tuples(NAMES | st.builds(bytes.__add__, CLAIMS, NAMES), st.just(b"evil"))))
def test_no_spelling_of_a_claim_passes(sent: Headers) -> None:
    for name, value in request_headers(sent, forwarding(IDENTITIES["viewer"])):
        if name.lower().replace(b"_", b"-").startswith((b"x-hero-", b"x-proxy-", b"x-forwarded-")):
            assert value != b"evil"
