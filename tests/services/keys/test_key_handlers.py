"""Keys and feedback as operations: rights, the audit line, and no value in either."""

import secrets as random
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from services.claims import GUEST, Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract import feedback, key
from services.contract.key import KeyReason, KeyToTest, OneKey, RotateKey, SetKey
from services.errors import CockpitError, NotAllowed
from services.handlers.feedback import FeedbackHandler
from services.handlers.key import KeyHandler
from services.operations import OPERATIONS
from services.params import NoParams, read_params
from tests.services.keyed import GROQ, Keyed, keyed

OWNER = Identity(user="mik", via="rpc", right=Right.ADMIN)
VIEWER = Identity(user="bob", via="web", right=Right.READ)
SUBJECTS = ("keys", "feedback")
OURS = [o for o in OPERATIONS.values() if o.command[0] in SUBJECTS]


class Lines:
    """A journal that is only kept in memory."""

    def __init__(self) -> None:
        self.lines: list[tuple[str, str, str, str]] = []

    async def begin(self, identity: Identity, *, operation: str, target: str) -> int:
        return 1

    async def note(
        self,
        identity: Identity,
        *,
        operation: str,
        target: str,
        outcome: str,
        reason: str,
        begun: int | None = None,
    ) -> None:
        self.lines.append((operation.removeprefix("cockpit."), target, outcome, reason))


def cockpit_of(parts: Keyed) -> tuple[Cockpit, Lines]:
    journal = Lines()
    handlers = [KeyHandler(parts.keys), FeedbackHandler(parts.feedback())]
    return Cockpit(handlers, journal), journal


async def test_every_operation_of_keys_and_feedback_is_carried_out_and_audited_once(
    sockets: Path,
) -> None:
    value, other = (SecretStr("gsk_" + random.token_hex(16)) for _ in range(2))
    calls: list[tuple[Any, Any]] = [
        (key.SET_BYOK_KEY, SetKey(name=GROQ, value=value)),
        (key.GET_BYOK_KEYS, NoParams()),
        (key.TEST_BYOK_KEY, KeyToTest(name=GROQ, value=None)),
        (key.TEST_BYOK_KEY, KeyToTest(name=GROQ, value=other)),
        (key.ROTATE_BYOK_KEY, RotateKey(name=GROQ, value=other, untested=False)),
        (key.UNDO_BYOK_KEY, OneKey(name=GROQ)),
        (key.DELETE_BYOK_KEY, OneKey(name=GROQ)),
        (feedback.PREPARE_FEEDBACK, NoParams()),
        (
            feedback.SUBMIT_FEEDBACK,
            read_params(feedback.SubmitFeedback, {"title": "abc", "body": "b"}),
        ),
    ]
    async with keyed(sockets) as parts:
        cockpit, journal = cockpit_of(parts)
        with acting_as(OWNER):
            results = [await cockpit.call(operation, params) for operation, params in calls]
    assert {operation.name for operation, _ in calls} == {operation.name for operation in OURS}
    assert [line[:3] for line in journal.lines] == [
        ("set_byok_key", GROQ, "done"),
        ("test_byok_key", GROQ, "done"),
        ("test_byok_key", GROQ, "done"),
        ("rotate_byok_key", GROQ, "done"),
        ("undo_byok_key", GROQ, "done"),
        ("delete_byok_key", GROQ, "done"),
        ("submit_feedback", "problem", "done"),
    ]
    assert results[2].reason is KeyReason.WORKS
    everything = repr(journal.lines) + "".join(result.model_dump_json() for result in results)
    for secret in (value, other):
        assert secret.get_secret_value()[4:-4] not in everything


@pytest.mark.parametrize("identity", [GUEST, VIEWER])
@pytest.mark.parametrize("operation", OURS, ids=lambda operation: operation.short)
async def test_nobody_without_the_right_to_write_sees_or_changes_keys(
    sockets: Path, operation: Any, identity: Identity
) -> None:
    example = {"title": "abc", "body": "b"} if operation.command[0] == "feedback" else {}
    given = {**example, **operation.example}
    params = read_params(operation.params, given if operation.params is not NoParams else {})
    async with keyed(sockets, world=False) as parts:
        cockpit, _ = cockpit_of(parts)
        with acting_as(identity), pytest.raises(NotAllowed):
            await cockpit.call(operation, params)
        assert parts.secrets.values == {}


@pytest.mark.parametrize(
    "given", [{"name": GROQ, "value": ["gsk_SECRET"]}, {"name": GROQ, "value": 7}]
)
def test_parameters_that_cannot_be_used_are_named_without_their_value(given: Any) -> None:
    with pytest.raises(CockpitError) as caught:
        read_params(SetKey, given)
    assert "value" in caught.value.message
    assert "SECRET" not in caught.value.message
