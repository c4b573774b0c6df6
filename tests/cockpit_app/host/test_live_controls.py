"""The allowance of searches."""

from cockpit_app.host.live_controls import MISS_S, MOST_MISSES, Searches


def test_misses_use_the_allowance_up_and_time_gives_it_back() -> None:
    now = [0.0]
    searches = Searches(lambda: now[0])
    for _ in range(MOST_MISSES):
        assert searches.may_search()
        searches.missed()
    assert not searches.may_search()
    now[0] += MISS_S
    assert searches.may_search()
    searches.missed()
    assert not searches.may_search()


def test_searches_that_find_something_are_free_and_rest_saves_nothing_up() -> None:
    now = [0.0]
    searches = Searches(lambda: now[0])
    for _ in range(10 * MOST_MISSES):
        assert searches.may_search()
    now[0] += 1e6
    for _ in range(MOST_MISSES):
        assert searches.may_search()
        searches.missed()
    assert not searches.may_search()
