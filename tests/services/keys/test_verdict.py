"""What answers of providers mean, in the shapes that they publish."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.contract.key import KeyReason
from services.keys.providers import Question
from services.keys.verdict import SENTENCES, KeyVerdict, combined, judge
from services.wire.outside import OutsideAnswer
from tests.services.keyed import table

MODELS = Question("GET", "/models")
NO_MODEL = next(p.then for p in table() if p.slug == "sambanova" and p.then)


def answer(status: int, body: Any) -> OutsideAnswer:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return OutsideAnswer(status, data, {})


def error(message: str = "", kind: str = "", code: Any = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


PAGE = b"<html><title>Sign in to the network</title></html>"
CASES: list[tuple[int, Any, KeyReason]] = [
    (200, {"object": "list", "data": []}, KeyReason.WORKS),
    (200, {"data": {"limit_remaining": None}}, KeyReason.WORKS),
    (200, {"data": {"limit_remaining": 3.5}}, KeyReason.WORKS),
    (200, {"data": {"limit_remaining": 0}}, KeyReason.NO_CREDIT),
    (200, {"data": {"limit_remaining": -0.1}}, KeyReason.NO_CREDIT),
    (200, PAGE, KeyReason.UNCLEAR),
    (200, b"", KeyReason.UNCLEAR),
    (302, PAGE, KeyReason.UNCLEAR),
    (400, error("Access denied", "Arrearage", "Arrearage"), KeyReason.NO_CREDIT),
    (400, error("Your credit balance is too low"), KeyReason.NO_CREDIT),
    (400, {"code": "InvalidApiKey", "message": "Invalid API-key provided."}, KeyReason.WRONG_KEY),
    (400, error("what?"), KeyReason.UNCLEAR),
    (401, error("Incorrect API key provided", code="invalid_api_key"), KeyReason.WRONG_KEY),
    (401, {"detail": "Not authenticated"}, KeyReason.WRONG_KEY),
    (401, PAGE, KeyReason.WRONG_KEY),
    (402, error("Insufficient credits", code=402), KeyReason.NO_CREDIT),
    (402, PAGE, KeyReason.NO_CREDIT),
    (403, error("Missing scopes: api.model.read"), KeyReason.WRONG_SCOPE),
    (403, error("insufficient balance", "exceeded_current_quota_error"), KeyReason.NO_CREDIT),
    (
        403,
        error("Country not supported", code="unsupported_country_region_territory"),
        KeyReason.UNCLEAR,
    ),
    (403, PAGE, KeyReason.UNCLEAR),
    (
        403,
        {"message": "token does not have at least one of required scope(s)"},
        KeyReason.WRONG_SCOPE,
    ),
    (404, {"message": "not here"}, KeyReason.UNCLEAR),
    (429, error("slow down", code="rate_limit_exceeded"), KeyReason.RATE_LIMITED),
    (429, error("You exceeded your current quota", "insufficient_quota"), KeyReason.NO_CREDIT),
    (429, PAGE, KeyReason.RATE_LIMITED),
    (500, PAGE, KeyReason.PROVIDER_DOWN),
    (503, error("overloaded"), KeyReason.PROVIDER_DOWN),
    (529, {"type": "error", "error": {"type": "overloaded_error"}}, KeyReason.PROVIDER_DOWN),
]


@pytest.mark.parametrize(("status", "body", "reason"), CASES)
def test_an_answer_means_one_reason(status: int, body: Any, reason: KeyReason) -> None:
    assert judge(answer(status, body), MODELS).reason is reason


MISSING: list[tuple[int, Any, KeyReason]] = [
    (404, error("The model does not exist", code="model_not_found"), KeyReason.WORKS),
    (400, error("Model not found"), KeyReason.WORKS),
    (404, {"detail": "Not Found"}, KeyReason.UNCLEAR),
    (401, error("Invalid API key for any model"), KeyReason.WRONG_KEY),
    (400, error("Incorrect API key for this model"), KeyReason.WRONG_KEY),
    (404, PAGE, KeyReason.UNCLEAR),
]


@pytest.mark.parametrize(("status", "body", "reason"), MISSING)
def test_that_a_model_is_missing_shows_that_the_key_was_taken(
    status: int, body: Any, reason: KeyReason
) -> None:
    assert judge(answer(status, body), NO_MODEL).reason is reason


W, K, S, U, D = (
    KeyVerdict(reason)
    for reason in (
        KeyReason.WORKS,
        KeyReason.WRONG_KEY,
        KeyReason.WRONG_SCOPE,
        KeyReason.UNCLEAR,
        KeyReason.PROVIDER_DOWN,
    )
)


@pytest.mark.parametrize(
    ("first", "second", "both"),
    [
        (W, W, W),
        (W, K, K),
        (W, S, S),
        (W, U, W),
        (W, D, W),
        (S, W, W),
        (S, U, S),
        (U, W, W),
        (U, K, U),
    ],
)
def test_two_answers_make_one_verdict(
    first: KeyVerdict, second: KeyVerdict, both: KeyVerdict
) -> None:
    assert combined(first, second) == both


def test_every_reason_has_a_sentence_and_none_the_words_of_the_provider() -> None:
    provider = table()[0]
    for reason in KeyReason:
        assert KeyVerdict(reason).sentence(provider).startswith(("OpenRouter", "There is no key"))
        assert SENTENCES[reason].endswith(".")
    said = judge(answer(401, error("Incorrect API key provided: sk-or-v1-abc***wxyz")), MODELS)
    assert "sk-or" not in said.sentence(provider)


JSON = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(
            st.sampled_from(["error", "code", "data", "limit_remaining", "message"]), inner
        )
    ),
    max_leaves=8,
)


@given(st.integers(100, 599), JSON | st.binary())
def test_any_answer_means_something(status: int, body: Any) -> None:
    for question in (MODELS, NO_MODEL):
        assert judge(answer(status, body), question).reason in KeyReason


def test_every_sentence_of_a_verdict_begins_with_a_capital() -> None:
    provider = next(p for p in table() if p.slug == "groq")
    said = KeyVerdict(KeyReason.NO_NETWORK, "the stand-in is away.").sentence(provider)
    assert said.endswith("Check its network. The stand-in is away.")
