import pytest

from services.text.amounts import counted, size_text


@pytest.mark.parametrize(
    ("size_bytes", "text"),
    [
        (0, "0 bytes"),
        (999, "999 bytes"),
        (1000, "1.0 kB"),
        (9_940, "9.9 kB"),
        (24_300, "24 kB"),
        (999_499, "999 kB"),
        (999_600, "1.0 MB"),
        (214_000_000, "214 MB"),
        (8 * 10**9, "8.0 GB"),
        (3 * 10**12, "3.0 TB"),
    ],
)
def test_sizes_are_said_as_people_say_them(size_bytes: int, text: str) -> None:
    assert size_text(size_bytes) == text


def test_one_of_a_thing_has_no_plural() -> None:
    assert [counted(number, "key") for number in (0, 1, 2)] == ["0 keys", "1 key", "2 keys"]
