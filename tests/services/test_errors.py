from services.errors import KINDS, CockpitError


def test_the_five_kinds_differ_in_code_and_word_for_programs() -> None:
    assert len(KINDS) == 5
    assert len({kind.code for kind in KINDS}) == len({kind.kind for kind in KINDS}) == 5


def test_a_message_is_what_is_told_and_the_detail_is_not() -> None:
    for kind in KINDS:
        error: CockpitError = kind("In words.", "raw")
        assert str(error) == error.message == "In words."
        assert error.detail == "raw"
