from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest

from tests.cockpit_app.upgrading import Machine, item_of
from tests.preview_node import running_preview

FORMER, NEWEST = "0.4.2", "0.5.0"
SERVES_AGAIN_WITHIN_S = 60
TRUTH = {
    "hero_books": ("does_not_start", "hero_books does not start"),
    "hero_collab": ("dies_later", "hero_collab does not stay up"),
    "hero_slides": ("does_not_answer", "hero_slides runs, but does not answer"),
    "hero_memory": ("wrong_version", "hero_memory says that it is 0.4.9, and 0.5.0 was expected"),
    "hero_osis": ("disk_full", "No space left on device"),
}
"""Each app with the way in which its next build is broken, and what is to be told of it."""
GOOD, STOPPED, UNBUILT = "hero_whiteboard", "hero_voice", "hero_aibroker"

pytestmark = pytest.mark.timeout(240)


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    with running_preview() as node:
        yield Machine(node)


@pytest.fixture(scope="module")
def job(machine: Machine) -> dict[str, Any]:
    """One upgrade of everything, in which five builds are broken and one is not to be had."""
    for app, (flaw, _) in TRUTH.items():
        machine.lab("rehearse", app, flaw)
    machine.lab("rehearse", UNBUILT, "build_fails")
    return machine.ended(machine.upgrade(*TRUTH, GOOD, STOPPED, UNBUILT))


@pytest.mark.parametrize("app", TRUTH)
def test_after_a_broken_build_the_former_version_serves_again_and_the_report_is_true(
    machine: Machine, job: dict[str, Any], app: str
) -> None:
    item = item_of(job, app)
    assert item["state"] == "rolled_back"
    assert TRUTH[app][1] in item["sentence"]
    assert item["sentence"].endswith(f"The former version {FORMER} serves again.")
    assert (item["version_before"], item["version_after"]) == (FORMER, FORMER)
    assert machine.served(app) == FORMER
    assert machine.receipt(app)["version"] == FORMER
    assert machine.is_whole(app)
    detected = next(at for at, text in machine.log(job["id"], app) if TRUTH[app][1] in text)
    took = datetime.fromisoformat(item["ended_at"]) - detected
    assert took.total_seconds() < SERVES_AGAIN_WITHIN_S


def test_a_build_that_fails_changes_nothing(machine: Machine, job: dict[str, Any]) -> None:
    item = item_of(job, UNBUILT)
    assert item["state"] == "failed"
    assert "could not compile" in item["sentence"]
    assert item["sentence"].endswith("Nothing was changed.")
    assert machine.served(UNBUILT) == FORMER


def test_failures_do_not_stop_the_others(machine: Machine, job: dict[str, Any]) -> None:
    item = item_of(job, GOOD)
    assert (item["state"], item["version_after"]) == ("done", NEWEST)
    assert {machine.served(GOOD, kind) for kind in ("rpc", "web", "admin")} == {NEWEST}


def test_a_stopped_service_is_renewed_and_stays_stopped(
    machine: Machine, job: dict[str, Any]
) -> None:
    item = item_of(job, STOPPED)
    assert item["state"] == "done"
    assert "It is stopped, as it was" in item["sentence"]
    assert machine.receipt(STOPPED)["version"] == NEWEST
    assert machine.pid(STOPPED) == 0


def test_the_job_as_a_whole_is_not_called_done(job: dict[str, Any]) -> None:
    assert job["state"] == "failed"
    assert job["sentence"] == "Of 8 apps: 2 renewed, 1 not changed, 5 put back."
