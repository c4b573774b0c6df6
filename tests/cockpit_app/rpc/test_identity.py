import pytest

from cockpit_app.rpc.identity import FORWARDED, OWNER, identify
from services.claims import Identity, Right, RightsTable

Headers = list[tuple[bytes, bytes]]
HERO: Headers = [
    (b"x-hero-user", b"ann"),
    (b"x-hero-context", b"3"),
    (b"x-hero-claims", b"users.ann, groups.admin"),
]


def who(headers: Headers, front: str = "none") -> Identity:
    return identify([(b"host", b"x"), *headers], front=front, rights=RightsTable())


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [(b"user-agent", b"curl/8")],
        [(b"content-type", b"application/json"), (b"accept", b"*/*")],
        [(b"x-request-id", b"5"), (b"accept-encoding", b"gzip")],
    ],
)
@pytest.mark.parametrize("front", ["none", "proxy", "proxy+router"])
def test_a_plain_local_request_is_the_owners(headers: Headers, front: str) -> None:
    assert who(headers, front) is OWNER
    assert OWNER.right is Right.ADMIN


FORWARDING = [
    b"x-forwarded-for",
    b"x-forwarded-prefix",
    b"x-forwarded-proto",
    b"X-Forwarded-Host",
    b"x_forwarded_for",
    b"forwarded",
    b"via",
    b"x-real-ip",
    b"x-hero-user",
    b"x-hero-context",
    b"x-hero-claims",
    b"x-hero-impersonator",
    b"x-hero-anything",
    b"x_hero_user",
    b"X-Hero_User",
    b"x-proxy-auth-method",
    b"x-proxy-user-email",
    b"origin",
    b"referer",
    b"cookie",
    b"authorization",
    b"sec-fetch-site",
    b"sec-fetch-mode",
    b"sec-ch-ua",
    b"accept-language",
    b"x-forwarded",
    b"remote-user",
    b"x-remote-user",
    b"x-auth-request-user",
    b"x-scheme",
    b"x-envoy-external-address",
    b"x-cluster-client-ip",
    b"anything-else",
    b"sec-websocket-key",
]


@pytest.mark.parametrize("name", FORWARDING)
@pytest.mark.parametrize("value", [b"", b"owner"])
def test_a_request_with_any_forwarding_header_is_never_the_owners(
    name: bytes, value: bytes
) -> None:
    assert who([(name, value)]) is FORWARDED
    assert who([*HERO, (name, value)]) is FORWARDED
    assert FORWARDED.is_guest
    assert FORWARDED.right is Right.READ


def test_a_believed_front_names_the_caller_and_the_claims_give_the_right() -> None:
    identity = identify(HERO, front="proxy", rights=RightsTable())
    assert (identity.user, identity.context, identity.right) == ("ann", 3, Right.ADMIN)
    assert (identity.via, identity.claims) == ("rpc", frozenset({"users.ann", "groups.admin"}))


BELIEVED = [
    ([(b"x-hero-user", b"ann")], Right.READ, None),
    ([(b"x-hero-user", b"ann"), (b"x-hero-claims", b"cockpit.write")], Right.WRITE, None),
    ([(b"x-hero-user", b"ann"), (b"x-hero-claims", b"xgroups.admin")], Right.READ, None),
    ([(b"x-hero-user", b"ann"), (b"x-hero-claims", b"groups.admin.x")], Right.READ, None),
    ([(b"x-hero-user", b"ann"), (b"x-hero-context", b"0")], Right.READ, 0),
    ([(b"x-hero-user", b"ann"), (b"x-hero-context", b"-1")], None, None),
    ([(b"x-hero-user", b"ann"), (b"x-hero-context", b"\xb2")], None, None),
]


@pytest.mark.parametrize(("headers", "right", "context"), BELIEVED)
def test_rights_follow_the_claims_exactly(
    headers: Headers, right: Right | None, context: int | None
) -> None:
    identity = identify(headers, front="proxy", rights=RightsTable())
    if right is None:
        assert identity.is_guest
    else:
        assert (identity.right, identity.context) == (right, context)


ODD: list[Headers] = [
    [(b"x-hero-claims", b"groups.admin")],
    [(b"x-hero-user", b""), (b"x-hero-claims", b"groups.admin")],
    [*HERO, (b"x-hero-user", b"eve")],
    [*HERO, (b"X-HERO-CLAIMS", b"groups.admin")],
    [(b"x-hero-user", b"a b"), *HERO[1:]],
    [(b"x-hero-user", b"a\x01"), *HERO[1:]],
    [(b"x-hero-user", b"\xc3\xa9"), *HERO[1:]],
    [(b"x-hero-user", b"a" * 129), *HERO[1:]],
    [HERO[0], (b"x-hero-claims", b"my team groups.admin")],
    [(b"x_hero_user", b"ann"), (b"x_hero_claims", b"groups.admin")],
    [(b"x-hero-user", b"ann"), (b"x-hero-claims", b",".join([b"c%d" % n for n in range(2000)]))],
    [*HERO, (b"origin", b"https://evil.example")],
    [*HERO, (b"sec-fetch-site", b"same-origin")],
]


@pytest.mark.parametrize("headers", ODD)
def test_odd_identity_headers_make_a_guest_even_from_a_believed_front(headers: Headers) -> None:
    identity = who(headers, "proxy")
    assert identity.is_guest
    assert identity.right is Right.READ
