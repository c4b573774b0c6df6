import asyncio

import pytest

from services.claims import (
    GUEST,
    Identity,
    Right,
    RightsTable,
    acting_as,
    current_identity,
    require,
)
from services.errors import NotAllowed

TABLE = RightsTable(owners=frozenset({"ann"}))
RIGHTS = [
    ("", {"groups.admin"}, Right.READ),
    ("bob", set(), Right.READ),
    ("bob", {"service.read"}, Right.READ),
    ("bob", {"admin"}, Right.READ),
    ("bob", {"GROUPS.ADMIN"}, Right.READ),
    ("bob", {"cockpit.write"}, Right.WRITE),
    ("ann", set(), Right.WRITE),
    ("bob", {"cockpit.admin"}, Right.ADMIN),
    ("bob", {"groups.admin"}, Right.ADMIN),
]


@pytest.mark.parametrize(("user", "claims", "right"), RIGHTS)
def test_the_strongest_right_of_the_claims_counts(
    user: str, claims: set[str], right: Right
) -> None:
    assert TABLE.right_of(user, frozenset(claims)) is right


@pytest.mark.parametrize("held", list(Right))
@pytest.mark.parametrize("asked", list(Right))
def test_each_right_includes_those_before_it(held: Right, asked: Right) -> None:
    order = list(Right)
    identity = Identity(user="x", right=held)
    assert identity.may(asked) is (order.index(held) >= order.index(asked))


def test_outside_any_connection_everybody_is_a_guest() -> None:
    assert current_identity() is GUEST
    with pytest.raises(NotAllowed, match="sign in as the owner"):
        require(Right.WRITE, "This")


def test_who_lacks_a_right_is_told_by_name_which_one() -> None:
    viewer = Identity(user="ann", right=Right.READ)
    with acting_as(viewer), pytest.raises(NotAllowed) as caught:
        require(Right.WRITE, "To restart a service")
    assert caught.value.message == (
        "To restart a service needs the right to write, which ann does not have here. "
        "Ask the owner of this machine."
    )


async def test_an_identity_belongs_to_its_task_and_those_it_starts() -> None:
    async def name_after_a_while() -> str:
        await asyncio.sleep(0)
        return current_identity().name

    async def serve(user: str) -> tuple[str, str]:
        with acting_as(Identity(user=user)):
            started = asyncio.create_task(name_after_a_while())
            return await name_after_a_while(), await started

    names = await asyncio.gather(*(serve(f"u{n}") for n in range(20)))
    assert list(names) == [(f"u{n}", f"u{n}") for n in range(20)]
    assert current_identity() is GUEST
