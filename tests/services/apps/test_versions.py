import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.apps.versions import is_newer, is_same, version_in

numbers = st.lists(st.integers(0, 99), min_size=2, max_size=4).map(
    lambda parts: ".".join(str(part) for part in parts)
)


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("v0.5.0", "0.5.0"),
        ("hero_books 0.5.0 (build 12)", "0.5.0"),
        ("Version: 1.2.3+b7", "1.2.3"),
        ("0.6.0-dev", "0.6.0-dev"),
        ("latest", ""),
        ("build 42", ""),
        ("", ""),
    ],
)
def test_a_version_is_found_in_what_names_it(text: str, version: str) -> None:
    assert version_in(text) == version


@pytest.mark.parametrize(
    ("newer", "older"),
    [("0.10.0", "0.9.9"), ("1.0.0", "1.0.0-rc.1"), ("1.0.0-rc.10", "1.0.0-rc.2"), ("1.1", "1.0.9")],
)
def test_versions_are_ordered_as_people_count(newer: str, older: str) -> None:
    assert is_newer(newer, older)
    assert not is_newer(older, newer)


def test_what_is_unknown_is_not_newer() -> None:
    assert not is_newer("0.5.0", "")
    assert not is_newer("", "0.5.0")


def test_the_build_and_a_leading_v_make_no_other_version() -> None:
    assert is_same("v0.5.0+12", "0.5.0")
    assert not is_same("0.5.0", "0.5.1")


@given(numbers, numbers)
def test_of_two_versions_at_most_one_is_newer(one: str, other: str) -> None:
    assert not (is_newer(one, other) and is_newer(other, one))
    assert is_newer(one, other) or is_newer(other, one) or not is_newer(one, one)
