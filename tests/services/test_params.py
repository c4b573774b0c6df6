from typing import Any

import pytest

from services.contract.console import OpenConsole, ReadConsole, ResizeConsole
from services.contract.service import ChangeService, ListServices, Watch
from services.errors import Invalid
from services.models import State
from services.params import NoParams, did_you_mean, read_params


def test_parameters_come_by_name_or_in_the_order_of_the_fields() -> None:
    wanted = ListServices(filter="x", state=State.RUNNING)
    assert read_params(ListServices, {"filter": "x", "state": "running"}) == wanted
    assert read_params(ListServices, ["x", "running"]) == wanted
    assert read_params(ListServices, None) == ListServices(filter="", state=None)
    assert read_params(ListServices, []) == read_params(ListServices, {})


WRONG: list[tuple[Any, Any, str]] = [
    (ListServices, {"fliter": 1}, "Unknown parameter 'fliter'; known are: filter, state."),
    (NoParams, {"x": 1}, "Unknown parameter 'x'; there are none."),
    (NoParams, [1], "Too many parameters: 1 given; there are none."),
    (ChangeService, {}, "The parameter name is missing; known are: name, wait."),
    (ChangeService, {"name": ""}, "The parameter name cannot be used: "),
    (ChangeService, {"name": "x", "wait": "perhaps"}, "The parameter wait cannot be used: "),
    (Watch, {"timeout_s": 56}, "The parameter timeout_s cannot be used: "),
    (Watch, {"since": -1}, "The parameter since cannot be used: "),
    (OpenConsole, {"name": "../x"}, "The parameter name cannot be used: "),
    (OpenConsole, {"name": "x" * 33}, "The parameter name cannot be used: "),
    (ReadConsole, {"console": "a\n"}, "The parameter console cannot be used: "),
    (ResizeConsole, {"console": "a", "rows": 1, "columns": 80}, "The parameter rows cannot"),
    (ResizeConsole, {"console": "a", "rows": 24, "columns": 10**9}, "The parameter columns"),
]


@pytest.mark.parametrize(("model", "given", "words"), WRONG)
def test_what_cannot_be_used_is_told_with_what_is_known(model: Any, given: Any, words: str) -> None:
    with pytest.raises(Invalid) as caught:
        read_params(model, given)
    assert caught.value.message.startswith(words)


def test_a_name_that_looks_alike_is_suggested() -> None:
    assert did_you_mean("hero_boks", ["hero_books", "hero_db"]) == " Did you mean hero_books?"
    assert did_you_mean("zzz", ["hero_books"]) == ""
