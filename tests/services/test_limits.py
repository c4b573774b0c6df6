import pytest

from services.errors import Refused
from services.limits import RateLimit
from tests.services.clocks import HandClock


def test_so_many_are_taken_in_a_span_that_moves() -> None:
    clock = HandClock()
    limit = RateLimit(clock, times=2, per_s=60, what="Sending")
    limit.take("a")
    clock.advance(40)
    limit.take("a")
    with pytest.raises(Refused, match=r"^Sending is possible 2 times in 1 minute\. .* in 20 s\.$"):
        limit.take("a")
    clock.advance(20)
    limit.take("a")
    with pytest.raises(Refused, match="in 40 s"):
        limit.take("a")


def test_each_key_has_its_own_count() -> None:
    limit = RateLimit(HandClock(), times=1, per_s=3600)
    limit.take("a")
    limit.take("b")
    with pytest.raises(Refused, match=r"This is possible once in 1 hour\. Try again in 1 hour"):
        limit.take("a")


def test_a_refusal_is_not_counted() -> None:
    clock = HandClock()
    limit = RateLimit(clock, times=1, per_s=10)
    limit.take("a")
    for _ in range(5):
        clock.advance(1)
        with pytest.raises(Refused):
            limit.take("a")
    clock.advance(5)
    limit.take("a")


def test_keys_of_long_ago_cost_no_memory() -> None:
    clock = HandClock()
    limit = RateLimit(clock, times=1, per_s=10)
    for number in range(5000):
        limit.take(str(number))
    assert len(limit._taken) <= 1001
    clock.advance(10)
    limit.take("last")
    assert list(limit._taken) == ["last"]
