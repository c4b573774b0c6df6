from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.models import Endpoint, Fact, Facts, Fix, Service, State
from services.state.picture import is_visibly_same

AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
LATER = AT + timedelta(seconds=2)


def endpoint(at: datetime, *, ok: bool = True) -> Endpoint:
    return Endpoint(kind="web", path="/s/web.sock", accepts=Fact(ok=ok, says="accepts", at=at))


def service(**changes: Any) -> Service:
    known: dict[str, Any] = {
        "name": "x",
        "app": "x",
        "pid": 1,
        "memory_bytes": 10_000_000,
        "cpu_percent": 1.0,
        "endpoints": (endpoint(AT),),
        "facts": Facts(supervisor=Fact(ok=True, says="running", at=AT)),
    }
    return Service(**{**known, **changes})


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"memory_bytes": 10_000_001},
        {"cpu_percent": 3.0},
        {"endpoints": (endpoint(LATER),)},
        {"facts": Facts(supervisor=Fact(ok=True, says="running", at=LATER))},
    ],
)
def test_times_and_small_figures_are_no_news(changes: dict[str, Any]) -> None:
    assert is_visibly_same(service(), service(**changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"pid": 2},
        {"pid": None},
        {"state": State.RUNNING},
        {"sentence": "Running."},
        {"pending": "stop"},
        {"restarts": 1},
        {"since": AT},
        {"version": "2"},
        {"fix": Fix(operation="cockpit.start_service", label="Start")},
        {"memory_bytes": 20_000_000},
        {"memory_bytes": None},
        {"cpu_percent": 50.0},
        {"endpoints": ()},
        {"endpoints": (endpoint(AT, ok=False),)},
    ],
)
def test_whatever_a_person_would_see_is_news(changes: dict[str, Any]) -> None:
    assert not is_visibly_same(service(), service(**changes))
