import string
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.errors import Invalid
from services.keys.providers import Provider
from services.keys.values import cleaned, is_masked, last_four
from tests.services.keyed import STARTS, table

TABLE = table()
BY_KEY = {provider.key: provider for provider in TABLE}


def clean(value: str, key: str = "GROQ_API_KEY") -> str:
    return cleaned(value, BY_KEY[key], TABLE)


@pytest.mark.parametrize(
    "pasted", ["gsk_abc", " gsk_abc\n", "\ufeffgsk_abc\u200b", "\tgsk_abc\r\n"]
)
def test_what_was_pasted_around_a_key_is_taken_off(pasted: str) -> None:
    assert clean(pasted) == "gsk_abc"


@pytest.mark.parametrize(
    "pasted",
    ["", " \n", "gsk_a b", "gsk_a\nb", "gsk_a\x00b", "gsk_a\u2026", "gsk_\ud800", "g" * 4097],
)
def test_what_cannot_be_a_key_is_refused_without_showing_it(pasted: str) -> None:
    with pytest.raises(Invalid) as caught:
        clean(pasted)
    assert len(pasted) < 2 or pasted not in caught.value.message


def test_a_key_of_four_kilobytes_is_taken() -> None:
    assert clean("g" * 4096) == "g" * 4096


CROSSED = [
    (given_as, other)
    for given_as in STARTS
    for other in BY_KEY.values()
    if other.prefixes and other.key != given_as
]


@pytest.mark.parametrize(("field", "other"), CROSSED)
def test_a_key_that_is_plainly_of_another_provider_is_refused(field: str, other: Provider) -> None:
    value = f"{other.prefixes[0]}SECRETPART"
    with pytest.raises(Invalid, match=f"key of {other.title}") as caught:
        clean(value, field)
    assert "SECRETPART" not in caught.value.message


@pytest.mark.parametrize("key", STARTS)
def test_keys_as_providers_give_them_out_are_taken(key: str) -> None:
    value = STARTS[key] + "0123456789abcdef"
    assert clean(value, key) == value


@pytest.mark.parametrize(
    ("value", "shown"),
    [(None, ""), ("", ""), ("12345678901", ""), ("123456789012", "9012"), ("********9012", "")],
)
def test_the_last_four_are_told_of_long_values_only(value: str | None, shown: str) -> None:
    assert last_four(value) == shown


@pytest.mark.parametrize("value", ["****", "********abcd", "••••••••"])
def test_stars_are_no_value(value: str) -> None:
    assert is_masked(value)


@pytest.mark.parametrize("value", ["", "abcd", "sk-****x", "gsk_0123456789"])
def test_values_are_no_stars(value: str) -> None:
    assert not is_masked(value)


@given(st.text(min_size=1, max_size=60))
def test_any_text_is_cleaned_or_refused_in_words(value: str) -> None:
    with suppress(Invalid):
        taken = clean(value)
        assert taken in value
        assert set(taken) <= set(string.printable) - set(string.whitespace)
