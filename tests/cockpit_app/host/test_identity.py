"""Which caller the headers of a believed front name."""

import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cockpit_app.host.identity import identity_of
from services.claims import Identity, Right, RightsTable

RIGHTS = RightsTable(owners=frozenset({"olga"}))
Pairs = list[tuple[str, str]]


def identify(headers: Pairs) -> Identity:
    raw = [(name.encode(), value.encode("latin-1")) for name, value in headers]
    return identity_of(raw, via="web", rights=RIGHTS)


def test_a_named_user_has_what_the_claims_give() -> None:
    identity = identify(
        [
            ("x-hero-user", "alice"),
            ("x-hero-context", "7"),
            ("x-hero-claims", "groups.admin, apps.read,,"),
        ]
    )
    assert identity == Identity(
        user="alice",
        context=7,
        claims=frozenset({"groups.admin", "apps.read"}),
        via="web",
        right=Right.ADMIN,
    )


def test_the_owner_of_the_machine_may_write_without_claims() -> None:
    assert identify([("X-Hero-User", "olga")]).right is Right.WRITE


def test_an_impersonator_is_named_beside_the_user() -> None:
    identity = identify([("X-Hero-User", "alice"), ("X-Hero-Impersonator", "root")])
    assert (identity.user, identity.impersonator) == ("alice", "root")


def test_a_missing_context_is_not_context_zero() -> None:
    assert identify([("X-Hero-User", "alice")]).context is None
    assert identify([("X-Hero-User", "alice"), ("X-Hero-Context", "0")]).context == 0


USER = ("X-Hero-User", "alice")
ADMIN = ("X-Hero-Claims", "groups.admin")


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [ADMIN],
        [("X-Hero-User", ""), ADMIN],
        [("X-Hero-User", "   "), ADMIN],
        [("X_Hero_User", "alice"), ADMIN],
        [("X-Hero-User-", "alice"), ADMIN],
        [USER, USER, ADMIN],
        [USER, ("x-hero-user", "bob"), ADMIN],
        [USER, ADMIN, ADMIN],
        [USER, ADMIN, ("X-Hero-Context", "1"), ("X-Hero-Context", "1")],
        [USER, ADMIN, ("X-Hero-Impersonator", "a"), ("X-Hero-Impersonator", "b")],
        [("X-Hero-User", "alice bob"), ADMIN],
        [("X-Hero-User", "alice,bob"), ADMIN],
        [("X-Hero-User", "<script>"), ADMIN],
        [("X-Hero-User", "alic\xe9"), ADMIN],
        [("X-Hero-User", "a\tb"), ADMIN],
        [("X-Hero-User", "a" * 129), ADMIN],
        [USER, ("X-Hero-Claims", "groups.admin;x")],
        [USER, ("X-Hero-Claims", "groups admin")],
        [USER, ("X-Hero-Claims", ",".join(f"c{n}" for n in range(257)))],
        [USER, ADMIN, ("X-Hero-Context", "-1")],
        [USER, ADMIN, ("X-Hero-Context", "1.0")],
        [USER, ADMIN, ("X-Hero-Context", "seven")],
        [USER, ADMIN, ("X-Hero-Impersonator", "two words")],
    ],
)
def test_anything_unclear_makes_a_guest(headers: Pairs) -> None:
    assert identify(headers) == Identity(via="web")


def test_the_log_names_the_odd_header_and_never_its_value(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        identify([("X-Hero-User", "hidden value")])
    assert "X-Hero-User" in caplog.text
    assert "hidden" not in caplog.text


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["X-Hero-User", "X-Hero-Claims", "X-Hero-Context", "Other"]),
            st.text(st.characters(max_codepoint=255), max_size=20),
        ),
        max_size=6,
    )
)
def test_whatever_the_headers_a_right_needs_a_user(headers: Pairs) -> None:
    identity = identify(headers)
    assert identity.right is Right.READ or identity.user
