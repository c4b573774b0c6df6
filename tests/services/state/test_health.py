from datetime import UTC, datetime

import pytest

from services.models import Fix, Service, Snapshot, Source, State
from services.state.health import counts, health_sentence

AT = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)
START = Fix(operation="cockpit.start_service", label="Start")
R, S, D, F, U = State.RUNNING, State.STOPPED, State.DEGRADED, State.FAILED, State.UNKNOWN


def snapshot_of(*states: State, reachable: bool = True, fix: Fix | None = None) -> Snapshot:
    services = [
        Service(name=f"s{n}", app="a", state=state, fix=fix) for n, state in enumerate(states)
    ]
    source = Source(reachable=reachable, sentence="hero_proc cannot be reached.")
    return Snapshot(at=AT, source=source, services=tuple(services))


SENTENCES = [
    (snapshot_of(*[R] * 14), "All 14 services answer."),
    (snapshot_of(R), "The only service answers."),
    (snapshot_of(R, R, S), "All 2 running services answer; 1 is stopped, as asked."),
    (snapshot_of(R, S, S), "The running service answers; 2 are stopped, as asked."),
    (
        snapshot_of(R, R, State.STARTING),
        "All 2 running services answer; 1 is starting or stopping.",
    ),
    (snapshot_of(S), "1 is stopped, as asked."),
    (snapshot_of(S, fix=START), "1 of 1 service needs attention: s0 (stopped)."),
    (snapshot_of(R, D, F), "2 of 3 services need attention: s1 (degraded), s2 (failed)."),
    (
        snapshot_of(*[U] * 7),
        "7 of 7 services need attention: s0 (unknown), s1 (unknown), s2 (unknown), "
        "s3 (unknown), s4 (unknown) and 2 more.",
    ),
    (snapshot_of(), "hero_proc has no services."),
    (
        snapshot_of(R, reachable=False),
        "hero_proc has not answered since 12:00:00 UTC; what is shown may have changed.",
    ),
    (
        Snapshot(source=Source(sentence="hero_proc cannot be reached.")),
        "Nothing is known of the services: hero_proc cannot be reached.",
    ),
]


@pytest.mark.parametrize(("snapshot", "sentence"), SENTENCES)
def test_health_is_one_sentence(snapshot: Snapshot, sentence: str) -> None:
    assert health_sentence(snapshot) == sentence


def test_services_are_counted_by_state() -> None:
    assert counts(snapshot_of(R, R, D)) == {R: 2, D: 1}
