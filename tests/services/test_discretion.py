from datetime import UTC, datetime

import pytest

from services.claims import GUEST, Identity, Right
from services.contract.job import ItemState, Job, JobItem, JobList, JobState
from services.contract.machine import SystemInfo
from services.contract.service import ServiceList
from services.contract.upgrade import Catalog
from services.discretion import shown_to, without_paths
from services.models import Endpoint, Fact, Facts, Service, Snapshot, Source, State

PATH = "/home/driver/hero/var/sockets/hero_books/web.sock"
AT = datetime(2026, 11, 20, tzinfo=UTC)
BAD = Fact(ok=False, says=f"{PATH}: nobody listens there", at=AT)
SERVICE = Service(
    name="hero_books",
    app="hero_books",
    pid=4711,
    state=State.DEGRADED,
    sentence=f"Running, but its web socket is missing: {PATH}. A restart makes it anew.",
    facts=Facts(supervisor=BAD, sockets=BAD, health=BAD),
    endpoints=(Endpoint(kind="web", path=PATH, accepts=BAD, answers=BAD),),
)
SOURCE = Source(sentence=f"hero_proc cannot be reached: there is no socket {PATH}.")
SYSTEM = SystemInfo(
    version="1",
    python="3",
    flet="1",
    hostname="vm-4711",
    os="Debian",
    kernel="6.1",
    cpu_count=2,
    load=(0, 0, 0),
    home="/home/driver/hero",
    mycelium_address="400::4711",
    health=f"Nothing is known: {PATH}",
    counts={},
    source=SOURCE,
)
JOB = Job(
    id=7,
    kind="upgrade",
    title="Upgrade",
    state=JobState.FAILED,
    sentence=f"hero_books: {PATH} is missing.",
    items=(JobItem(name="hero_books", state=ItemState.BROKEN, sentence=f"{PATH}: gone"),),
    by="owner@example.org",
    began_at=AT,
    last_sign_at=AT,
)
VALUES = [
    JOB,
    JobList(jobs=(JOB,)),
    Catalog(sentence=f"{PATH} cannot be read."),
    SERVICE,
    Snapshot(services=(SERVICE,), source=SOURCE),
    ServiceList(services=(SERVICE,), source=SOURCE),
    SYSTEM,
]
VIEWER = Identity(user="viewer", right=Right.READ)


@pytest.mark.parametrize("value", VALUES)
def test_a_guest_sees_no_path_no_pid_and_no_address(
    value: Service | Snapshot | ServiceList | SystemInfo,
) -> None:
    text = shown_to(GUEST, value).model_dump_json()
    assert "4711" not in text
    assert "/home" not in text
    assert "/" not in text.replace("T00:00:00Z", "")


def test_a_guest_hears_of_a_job_what_it_is_and_how_it_stands_but_none_of_its_words() -> None:
    shown = shown_to(GUEST, JOB)
    assert (shown.kind, shown.title, shown.state) == (JOB.kind, JOB.title, JOB.state)
    assert [(i.name, i.state, i.sentence) for i in shown.items] == [
        ("hero_books", ItemState.BROKEN, "")
    ]
    assert shown.sentence == "It failed."
    under_way = JOB.model_copy(update={"state": JobState.RUNNING, "sentence": "1 of 2: building."})
    assert shown_to(GUEST, under_way).sentence == "1 of 2: building."


@pytest.mark.parametrize("value", VALUES)
def test_whoever_signed_in_sees_all(value: Service | Snapshot | ServiceList | SystemInfo) -> None:
    assert shown_to(VIEWER, value) is value


def test_a_known_path_with_a_space_is_hidden_whole() -> None:
    path = "/home/a b/web.sock"
    ill = Endpoint(kind="web", path=path)
    service = SERVICE.model_copy(update={"sentence": f"Ill: {path}.", "endpoints": (ill,)})
    assert shown_to(GUEST, service).sentence == "Ill: web.sock."


def test_sentences_keep_their_sense_without_paths() -> None:
    assert shown_to(GUEST, SERVICE).sentence == (
        "Running, but its web socket is missing: web.sock. A restart makes it anew."
    )
    assert without_paths("a /b/c: d (/e) f/g 2/3") == "a c: d (e) f/g 2/3"
    assert (
        without_paths("no socket /home/Jane Doe/hero/rpc.sock: gone") == "no socket rpc.sock: gone"
    )
