from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.hero.reports import Report, Word, read_service, read_services, state_word
from services.models import Wanted


def read(result: Any) -> dict[str, Report]:
    return {report.name: report for report in read_services(result)}


BOOKS = {"name": "hero_books", "state": "running", "pid": 7}
SHAPES: dict[str, Any] = {
    "objects": [BOOKS],
    "name to object": {"hero_books": {"state": "running", "pid": 7}},
    "services": {"services": [BOOKS]},
    "items": {"items": [BOOKS], "total": 1},
    "result": {"result": {"services": [BOOKS]}},
    "data": {"data": {"hero_books": {"state": "running", "pid": 7}}},
    "spec inside": [{"spec": {"name": "hero_books"}, "state": "running", "pid": 7}],
    "runtime inside": [{"name": "hero_books", "runtime": {"state": "running", "pid": 7}}],
    "one object": BOOKS,
    "service_name": [{"service_name": "hero_books", "state": "Running", "pid": 7}],
    "doubles": [BOOKS, BOOKS],
}


@pytest.mark.parametrize("result", SHAPES.values(), ids=SHAPES.keys())
def test_each_shape_of_a_full_list_is_read(result: Any) -> None:
    found = read(result)
    assert list(found) == ["hero_books"]
    assert (found["hero_books"].word, found["hero_books"].pid) == (Word.RUNNING, 7)


@pytest.mark.parametrize("result", [["a", "b"], {"services": ["a", "b"]}, [{"name": "a"}, "b"]])
def test_lists_of_names_are_read(result: Any) -> None:
    assert list(read(result)) == ["a", "b"]


def test_a_map_of_state_words_is_read() -> None:
    found = read({"a": "Running", "b": "Success", "c": "Error"})
    assert [r.word for r in found.values()] == [Word.RUNNING, Word.STOPPED, Word.FAILED]


@pytest.mark.parametrize(
    "result", [[], {}, None, {"services": []}, {"items": {}}, {"services": {}}]
)
def test_an_empty_list_is_no_services(result: Any) -> None:
    assert read(result) == {}


def test_a_number_is_a_name_too() -> None:
    assert list(read([{"id": 5, "state": "running"}, 6])) == ["5", "6"]


ODD = ["hero books", "héro", "a.b:c@1", "'; DROP", "名前", "x" * 300, "..", "a/b", "services"]


@pytest.mark.parametrize("name", ODD)
def test_odd_names_are_kept_as_they_are(name: str) -> None:
    assert list(read([{"name": name, "state": "running"}])) == [name]


WORDS = {
    Word.RUNNING: ["running", "Running", "RUNNING", "up", "started"],
    Word.STARTING: ["starting", "Spawned", "pending", "blocked"],
    Word.RETRYING: ["retrying", "BACKOFF", "crash-loop"],
    Word.STOPPING: ["stopping"],
    Word.STOPPED: ["inactive", "stopped", "exited", "success", "down"],
    Word.FAILED: ["failed", "error", "failure", "TestFailure", "test_failure", "FATAL"],
    Word.DEGRADED: ["unhealthy", "degraded"],
    Word.UNKNOWN: ["", "odd", "???"],
}


@pytest.mark.parametrize(("word", "raws"), WORDS.items())
def test_state_words_are_folded_whatever_their_case(word: Word, raws: list[str]) -> None:
    assert {raw: state_word(raw) for raw in raws} == dict.fromkeys(raws, word)


STATES = [
    # fields, word, wanted
    ({"state": "running", "status": "start"}, Word.RUNNING, Wanted.UP),
    ({"state": "inactive", "status": "stop"}, Word.STOPPED, Wanted.DOWN),
    ({"state": "inactive", "status": "ignore"}, Word.STOPPED, Wanted.DOWN),
    ({"state": "inactive", "status": "spec"}, Word.STOPPED, Wanted.UNKNOWN),
    ({"status": "running"}, Word.RUNNING, Wanted.UNKNOWN),
    ({"status": "running", "wanted": "start"}, Word.RUNNING, Wanted.UP),
    ({"status": "start"}, Word.UNKNOWN, Wanted.UP),
    ({"state": "Running", "target": "Up"}, Word.RUNNING, Wanted.UP),
    ({"state": "Success", "target": "Down"}, Word.STOPPED, Wanted.DOWN),
]


@pytest.mark.parametrize(("fields", "word", "wanted"), STATES)
def test_wanted_and_runtime_state_are_kept_apart(
    fields: dict[str, str], word: Word, wanted: Wanted
) -> None:
    report = read_service(fields, name="x")
    assert (report.word, report.wanted) == (word, wanted)


def test_all_known_fields_are_read_and_unknown_ones_kept() -> None:
    item = {
        "name": "x",
        "state": "failed",
        "exit_code": -9,
        "restart_count": 3,
        "uptime_ms": 1500,
        "next_retry_ms": 7000,
        "memory_bytes": 4096,
        "cpu_percent": 1.5,
        "sockets": [{"path": "/s/x/rpc.sock"}, "web", {"name": "admin"}, 5],
        "version": "1.0",
        "novelty": [1],
    }
    report = read_service(item, name="x")
    assert (report.signal, report.exit_code, report.restarts) == (9, None, 3)
    assert (report.uptime_s, report.next_try_s) == (1.5, 7.0)
    assert (report.memory_bytes, report.cpu_percent) == (4096, 1.5)
    assert report.sockets == ("/s/x/rpc.sock", "web", "admin")
    assert report.raw["novelty"] == [1]


@pytest.mark.parametrize("result", [None, 5, [], "Running", {"service": {"state": "running"}}])
def test_each_shape_of_a_status_is_read(result: Any) -> None:
    report = read_service(result, name="x")
    assert report.name == "x"
    assert report.word is (Word.RUNNING if isinstance(result, str | dict) else Word.UNKNOWN)


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "name",
                    "state",
                    "status",
                    "pid",
                    "sockets",
                    "services",
                    "spec",
                    "uptime",
                    "signal",
                ]
            )
            | st.text(),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)


@settings(max_examples=400)
@given(values)
def test_any_json_is_read_as_some_reports_and_never_raises(result: Any) -> None:
    for report in read_services(result):
        assert report.name
        assert report.pid is None or isinstance(report.pid, int)
    assert read_service(result, name="x").name == "x"


@pytest.mark.parametrize("number", [10**400, -(10**400), float("inf"), float("nan")])
def test_a_number_that_no_float_can_hold_is_left_out(number: float) -> None:
    report = read_service({"state": "running", "uptime_s": number, "pid": number}, name="x")
    assert (report.word, report.uptime_s, report.pid) == (Word.RUNNING, None, None)
