from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from services.models import Fact, Service, Snapshot

AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def test_values_are_replaced_and_never_changed() -> None:
    service = Service(name="x", app="x")
    with pytest.raises(ValidationError):
        service.name = "y"  # type: ignore[misc] # that it cannot be is what is tested


def test_values_of_a_newer_cockpit_are_read_without_what_is_unknown_here() -> None:
    service = Service.model_validate({"name": "x", "app": "x", "novelty": 1})
    assert service == Service(name="x", app="x")
    assert Service.model_validate_json(service.model_dump_json()) == service


def test_a_fact_knows_its_age() -> None:
    assert Fact(at=AT).age_s(AT + timedelta(seconds=3)) == 3.0
    assert Fact(at=AT).age_s(AT - timedelta(seconds=3)) == 0.0
    assert Fact().age_s(AT) is None
    age = Fact(at=datetime.now(UTC)).age_s()
    assert age is not None
    assert age < 60


def test_a_snapshot_finds_services_by_their_exact_name() -> None:
    snapshot = Snapshot(services=(Service(name="x", app="x"),))
    assert snapshot.service("x") is snapshot.services[0]
    assert snapshot.service("X") is None
