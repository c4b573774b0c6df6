import os
import signal
from collections.abc import Iterator

import pytest

from tests.cockpit_app.upgrading import Machine, item_of
from tests.preview_node import running_preview, until

pytestmark = pytest.mark.timeout(180)

JOBS = ("hero_proc", "job.list")


@pytest.fixture(scope="module")
def machine() -> Iterator[Machine]:
    """A machine that keeps few apps."""
    with running_preview() as node:
        found = Machine(node)
        found.call("set_profile", profile="lightweight")
        yield found


def test_the_plan_says_what_would_change_and_the_cockpit_is_last(machine: Machine) -> None:
    plan = machine.call("plan_upgrade", apps=["hero_cockpit", "hero_books", "hero_db"])
    assert plan["may_start"]
    assert [(item["app"], item["will"]) for item in plan["items"]] == [
        ("hero_db", "skip"),
        ("hero_books", "upgrade"),
        ("hero_cockpit", "upgrade"),
    ]
    books = plan["items"][1]
    assert (books["version"], books["available"]) == ("0.4.2", "0.5.0")
    assert "Books tells version 0.5.0" in books["notes"]
    assert {check["name"]: check["ok"] for check in plan["checks"]} == {
        "disk": True,
        "supervisor": True,
        "lab": True,
        "network": True,
        "other job": True,
    }


def test_an_app_is_installed_with_all_its_parts_and_kept(machine: Machine) -> None:
    job = machine.ended(int(machine.call("install_service", name="hero_agent")["id"]))
    assert job["state"] == "done"
    assert [machine.served("hero_agent", kind) for kind in ("rpc", "web")] == ["0.5.0", "0.5.0"]
    (entry,) = machine.call("list_catalog", filter="hero_agent")["apps"]
    assert (entry["installed"], entry["enabled"], entry["missing"]) == (True, True, [])
    answer = machine.node.rpc("hero_cockpit", "cockpit.install_service", {"name": "hero_agent"})
    assert "installed already" in answer["error"]["message"]


def test_an_install_that_fails_leaves_nothing_half(machine: Machine) -> None:
    machine.lab("rehearse", "hero_office", "does_not_start")
    job = machine.ended(int(machine.call("install_service", name="hero_office")["id"]))
    assert job["state"] == "failed"
    assert job["sentence"].endswith("What it had brought was removed.")
    assert not (machine.node.home / "bin" / "hero_office").exists()
    assert machine.receipt("hero_office") == {}
    (entry,) = machine.call("list_catalog", filter="hero_office")["apps"]
    assert (entry["installed"], entry["enabled"]) == (False, False)


def test_what_is_not_in_the_catalog_never_reaches_lab(machine: Machine) -> None:
    for name in ("../hero_books", "hero_books; true", "lab", "--force"):
        for operation, params in (
            ("install_service", {"name": name}),
            ("upgrade", {"apps": [name]}),
            ("plan_upgrade", {"apps": [name]}),
        ):
            answer = machine.node.rpc("hero_cockpit", f"cockpit.{operation}", params)
            assert answer["error"]["data"]["kind"] == "not_found"


def test_a_stopped_upgrade_ends_before_its_next_app(machine: Machine) -> None:
    number = machine.upgrade("hero_aibroker", "hero_memory")
    until(lambda: machine.call("get_job", job=number)["items"][0]["state"] == "running")
    answer = machine.node.rpc("hero_cockpit", "cockpit.upgrade", {"apps": ["hero_slides"]})
    assert "Another job is under way" in answer["error"]["message"]
    machine.call("stop_job", job=number)
    job = machine.ended(number)
    assert job["state"] == "stopped"
    assert [item["state"] for item in job["items"]] == ["done", "skipped"]
    assert machine.served("hero_memory") == "0.4.2"


def test_a_cockpit_that_does_not_start_is_put_back_by_its_guardian(machine: Machine) -> None:
    machine.lab("rehearse", "hero_cockpit", "does_not_start")
    before = machine.receipt("hero_cockpit")["version"]
    job = machine.ended(machine.upgrade("hero_cockpit"))
    item = item_of(job, "hero_cockpit")
    assert item["state"] == "rolled_back"
    assert item["sentence"].startswith("hero_cockpit does not start")
    assert item["sentence"].endswith(f"The former version {before} serves again.")
    assert machine.call("system_info")["version"] == before


@pytest.mark.parametrize(
    ("flaw", "why"),
    [
        ("does_not_answer", "did not take its place"),  # put back by the sentry
        ("wrong_version", "says that it is"),  # it takes the job up, and gives way
    ],
)
def test_a_cockpit_that_ends_before_its_guardian_came_is_put_back(
    machine: Machine, flaw: str, why: str
) -> None:
    """hero_proc starts the new file by itself then."""
    machine.lab("rehearse", "hero_cockpit", flaw)
    before = machine.receipt("hero_cockpit")["version"]
    program = machine.node.home / "bin" / "hero_cockpit"
    former = program.read_bytes()
    job = machine.upgrade("hero_cockpit")
    until(lambda: f"hero_cockpit-{job}-hero_cockpit" in str(machine.node.result(*JOBS)))
    cockpit = machine.pid("hero_cockpit")
    os.kill(cockpit, signal.SIGSTOP)
    until(lambda: program.read_bytes() != former)
    os.kill(cockpit, signal.SIGKILL)
    item = item_of(machine.ended(job), "hero_cockpit")
    assert item["state"] == "rolled_back", item["sentence"]
    assert why in item["sentence"]
    assert item["sentence"].endswith(f"The former version {before} serves again.")
    assert machine.call("system_info")["version"] == before
    assert program.read_bytes() == former


def test_the_cockpit_renews_itself_and_finishes_the_job_as_the_new_one(machine: Machine) -> None:
    machine.lab("rehearse", "hero_cockpit", "none")
    job = machine.ended(machine.upgrade("hero_slides", "hero_cockpit"))
    assert job["state"] == "done"
    newest = item_of(job, "hero_cockpit")["version_after"]
    assert machine.call("system_info")["version"] == newest
    assert machine.served("hero_slides") == "0.5.0"
