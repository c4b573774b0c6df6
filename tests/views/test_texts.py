"""Words for times, sizes and counts."""

import pytest

from views.texts import ago, size, span, t, tn


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (59.9, "59 s"), (60, "1 min"), (7199, "1 h"), (86_400 * 3, "3 d")],
)
def test_a_length_of_time_is_told_in_its_largest_unit(seconds: float, words: str) -> None:
    assert span(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"), [(None, "never"), (0.5, "just now"), (8, "8 s ago"), (200, "3 min ago")]
)
def test_an_age_is_told_in_a_few_words(seconds: float | None, words: str) -> None:
    assert ago(seconds) == words


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (None, ""),
        (0, "0 B"),
        (999, "999 B"),
        (1_500, "1.5 kB"),
        (22_400_000, "22 MB"),
        (5_300_000_000_000, "5300 GB"),
    ],
)
def test_a_number_of_bytes_is_told_in_its_largest_unit(count: int | None, words: str) -> None:
    assert size(count) == words


def test_names_in_a_text_are_filled_in_and_plain_texts_may_hold_braces() -> None:
    assert t("Open {name}", name="Books") == "Open Books"
    assert t("{not a name}") == "{not a name}"


def test_the_form_fits_the_count() -> None:
    forms = ("{count} service", "{count} services")
    assert tn(*forms, 1) == "1 service"
    assert tn(*forms, 2) == "2 services"
