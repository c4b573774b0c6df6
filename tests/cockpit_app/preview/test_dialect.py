"""Each switch of the preview's hero_proc changes the wire, and any two of them go together."""

import itertools
import json
import os
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cockpit_app.preview import translation
from cockpit_app.preview.dialect import USUAL, Switch, read_switches, switches_file
from cockpit_app.preview.home import Home, PreviewError, open_home
from cockpit_app.preview.job_methods import JobMethods
from cockpit_app.preview.jobs import Jobs
from cockpit_app.preview.secret_methods import SecretMethods
from tests.cockpit_app.preview.lean import LEAN
from tests.cockpit_app.preview.proc_node import ProcFace, eventually, proc_face, supervised
from tests.preview_node import PreviewNode, UnixHttp, short_folder

UNKNOWN = -32601
INVALID = -32602
AWAKE = {"name": "hero_awake"}
SECRET = {"context": "core", "key": "K"}
SET = {**SECRET, "value": "v"}


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    with supervised() as home:
        yield home


async def names_of(face: ProcFace) -> set[str]:
    _, answer = await face.rpc("rpc.discover")
    document = answer["result"]
    document = json.loads(document) if isinstance(document, str) else document
    return {method["name"] for method in document["methods"]}


async def renamed(face: ProcFace, former: str, now: str) -> bool:
    """Tell whether a method answers by its new name only, and is described by it."""
    code, _ = await face.error(former)
    known = await names_of(face)
    told, words = await face.error(now, {"surplus": 1})
    gone = code == UNKNOWN and former not in known
    return gone and now in known and told == INVALID and now in words


async def missing(face: ProcFace, *names: str) -> bool:
    codes = [(await face.error(name, AWAKE))[0] for name in names]
    return codes == [UNKNOWN] * len(names) and not await names_of(face) & set(names)


async def ended(face: ProcFace, made: Any, method: str = "job.get", key: str = "id") -> Any:
    async def look() -> Any:
        row = await face.result(method, {key: made})
        return row if row.get("state", row.get("phase", "")).lower() == "success" else None

    return await eventually(look, "the job is over")


async def echoed(face: ProcFace) -> list[Any]:
    made = await face.result("job.create", {"script": "echo hi"})
    await ended(face, made)
    lines: list[Any] = await face.result("job.logs", {"id": made})
    return lines


async def underscore(face: ProcFace) -> bool:
    known = await names_of(face)
    assert {name for name in known if "." in name} == {"rpc.discover"}
    return await renamed(face, "service.list", "service_list")


async def service_name(face: ProcFace) -> bool:
    row = await face.result("service.status", {"service_name": "hero_awake"})
    code, words = await face.error("service.status", AWAKE)
    return row["name"] == "hero_awake" and code == INVALID and "name" in words


async def secret_names(face: ProcFace) -> bool:
    address = {"context_name": "core", "name": "K"}
    await face.result("secret.set", {**address, "secret_value": "v"})
    assert (await face.error("secret.get", SECRET))[0] == INVALID
    return bool(await face.result("secret.get", address) == "v")


async def wrapped(face: ProcFace) -> bool:
    assert (await face.error("service.status", AWAKE))[0] == INVALID
    assert await face.result("service.status", [AWAKE]) is not None
    assert await face.result("service.list") == await face.result("service.list", {"input": {}})
    document = await face.result("rpc.discover")
    status = next(m for m in document["methods"] if m["name"] == "service.status")
    assert [p["name"] for p in status["params"]] == ["input"]
    assert list(status["params"][0]["schema"]["properties"]) == ["name"]
    return bool((await face.result("service.status", {"input": AWAKE}))["name"] == "hero_awake")


async def secret_create(face: ProcFace) -> bool:
    assert await missing(face, "secret.set", "secret.update")
    await face.result("secret.create", SET)
    return (await face.error("secret.create", SET))[0] == -32007


async def secret_update(face: ProcFace) -> bool:
    assert await missing(face, "secret.set")
    await face.result("secret.create", SET)
    await face.result("secret.update", {**SET, "value": "w"})
    return bool(await face.result("secret.get", SECRET) == "w")


async def secret_list_reveals(face: ProcFace) -> bool:
    await face.result("secret.set", SET)
    listed = await face.result("secret.list", {"context": "core"})
    return bool(listed == [{"key": "K", "value": "v"}])


async def secret_object(face: ProcFace) -> bool:
    await face.result("secret.set", SET)
    return bool(await face.result("secret.get", SECRET) == {"value": "v"})


async def secret_null(face: ProcFace) -> bool:
    return await face.result("secret.get", {**SECRET, "key": "LOST"}) is None


async def secret_hidden(face: ProcFace) -> bool:
    await face.result("secret.set", SET)
    assert (await face.error("secret.get", {**SECRET, "key": "LOST"}))[0] == -32000
    code, words = await face.error("secret.get", SECRET)
    return code == -32012 and words == "The secret core/K is set; it may not be read."


async def job_object(face: ProcFace) -> bool:
    made = await face.result("job.create", {"script": "true"})
    row = await ended(face, made["job_id"], key="job_id")
    assert (await face.error("job.get", {"id": made["job_id"]}))[0] == INVALID
    return list(made) == ["job_id"] and row["job_id"] == made["job_id"] and "id" not in row


async def job_string(face: ProcFace) -> bool:
    made = await face.result("job.create", {"script": "true"})
    row = await ended(face, made)
    assert (await face.error("job.get", {"id": int(made)}))[0] == INVALID
    assert (await face.error("job.get", {"id": "seven"}))[0] == INVALID
    return isinstance(made, str) and row["id"] == made


async def job_phase(face: ProcFace) -> bool:
    row = await ended(face, await face.result("job.create", {"script": "true"}))
    return row["phase"] == "Success" and "state" not in row


async def job_spec(face: ProcFace) -> bool:
    assert (await face.error("job.create", {"script": "true"}))[0] == INVALID
    made = await face.result("job.create", {"spec": {"script": "true"}})
    return bool((await ended(face, made))["exit_code"] == 0)


async def job_script(face: ProcFace) -> bool:
    code, words = await face.error("job.create", {"command": ["true"]})
    return code == INVALID and "no parameter command" in words


async def job_timeout(face: ProcFace) -> bool:
    short = await face.result("job.create", {"script": "sleep 0.6"})
    long = await face.result("job.create", {"script": "sleep 0.6", "timeout_ms": 0})
    assert (await over(face, long))["state"] == "success"
    row = await over(face, short)
    return bool(row.get("error") == "It took longer than it was given.")


async def over(face: ProcFace, job_id: int) -> Any:
    async def look() -> Any:
        row = await face.result("job.get", {"id": job_id})
        return row if row["ended_at"] else None

    return await eventually(look, "the job is over")


async def no_after(face: ProcFace) -> bool:
    assert await echoed(face) == [{"line": "hi"}]
    return (await face.error("job.logs", {"id": 1, "after": 0}))[0] == INVALID


async def list_names(face: ProcFace) -> bool:
    return bool(await face.result("service.list_full") == ["hero_awake", "hero_down"])


async def list_map(face: ProcFace) -> bool:
    states = await face.result("service.list")
    full = await face.result("service.list_full")
    assert "name" not in full["hero_down"]
    return bool(states["hero_down"] == "inactive" == full["hero_down"]["state"])


async def list_wrapped(face: ProcFace) -> bool:
    assert list(await face.result("service.list_full")) == ["services"]
    assert list(await face.result("job.list")) == ["jobs"]
    assert list(await face.result("secret.list", {"context": "core"})) == ["secrets"]
    return bool(await face.result("service.list") == {"services": ["hero_awake", "hero_down"]})


async def state_words(face: ProcFace) -> bool:
    row = await face.result("service.status", {"name": "hero_down"})
    return bool(row["state"] == "Inactive")


async def target(face: ProcFace) -> bool:
    rows = await face.result("service.list_full")
    assert all("status" not in row for row in rows)
    return [row["target"] for row in rows] == ["Up", "Down"]


async def socket_ui(face: ProcFace) -> bool:
    row = await face.result("service.status", AWAKE)
    return [Path(path).name for path in row["sockets"]] == ["rpc.sock", "ui.sock"]


async def logs_strings(face: ProcFace) -> bool:
    assert await echoed(face) == ["hi"]
    return bool(await face.result("service.logs", AWAKE) == ["going to sleep"])


async def logs_objects(face: ProcFace) -> bool:
    assert (await echoed(face))[0]["message"] == "hi"
    told = {"level": 10, "tags": [], "message": "going to sleep"}
    return bool(await face.result("service.logs", AWAKE) == [told])


def actions_answer(said: Any) -> Callable[[ProcFace], Awaitable[bool]]:
    async def check(face: ProcFace) -> bool:
        answers = [
            await face.result("secret.set", SET),
            await face.result("secret.delete", SECRET),
            await face.result("service.enable", AWAKE),
        ]
        return answers == [said] * 3

    return check


async def api_domain(face: ProcFace) -> bool:
    assert (await face.http("POST", "/rpc", b"{}"))[0] == 404
    assert (await face.http("GET", "/openrpc.json"))[0] == 404
    assert (await face.http("GET", "/api/main/openrpc.json"))[0] == 200
    assert (await face.http("GET", "/health"))[0] == 200
    _, answer = await face.rpc("service.list", target="/api/main/rpc")
    return bool(answer["result"] == ["hero_awake", "hero_down"])


async def no_document(face: ProcFace) -> bool:
    assert (await face.http("GET", "/openrpc.json"))[0] == 404
    return (await face.error("rpc.discover"))[0] == UNKNOWN


async def document_string(face: ProcFace) -> bool:
    assert (await face.http("GET", "/openrpc.json"))[0] == 404
    told = await face.result("rpc.discover")
    return isinstance(told, str) and json.loads(told)["openrpc"] == "1.3.2"


async def http_errors(face: ProcFace) -> bool:
    calls = [("no.such", {}), ("service.status", {}), ("service.stop", {"name": "hero_down"})]
    answers = [await face.rpc(name, params) for name, params in calls]
    assert [answer["error"]["code"] for _, answer in answers] == [UNKNOWN, INVALID, -32003]
    assert (await face.rpc("service.list"))[0] == 200
    return [status for status, _ in answers] == [404, 400, 500]


async def unknown_32000(face: ProcFace) -> bool:
    return await face.error("no.such") == (-32000, "Method not found: no.such")


CHANGES: dict[Switch, Callable[[ProcFace], Awaitable[bool]]] = {
    Switch.UNDERSCORE: underscore,
    Switch.JOB_SUBMIT: lambda face: renamed(face, "job.create", "job.submit"),
    Switch.JOB_STATUS: lambda face: renamed(face, "job.get", "job.status"),
    Switch.JOB_STOP: lambda face: renamed(face, "job.cancel", "job.stop"),
    Switch.LOGS_GET: lambda face: renamed(face, "service.logs", "logs.get"),
    Switch.SERVICE_NAME: service_name,
    Switch.SECRET_NAMES: secret_names,
    Switch.WRAPPED: wrapped,
    Switch.SECRET_CREATE: secret_create,
    Switch.SECRET_UPDATE: secret_update,
    Switch.SECRET_LIST_REVEALS: secret_list_reveals,
    Switch.SECRET_OBJECT: secret_object,
    Switch.SECRET_NULL: secret_null,
    Switch.SECRET_HIDDEN: secret_hidden,
    Switch.NO_SECRET_LIST: lambda face: missing(face, "secret.list"),
    Switch.JOB_OBJECT: job_object,
    Switch.JOB_STRING: job_string,
    Switch.JOB_PHASE: job_phase,
    Switch.JOB_SPEC: job_spec,
    Switch.JOB_SCRIPT: job_script,
    Switch.JOB_TIMEOUT: job_timeout,
    Switch.NO_AFTER: no_after,
    Switch.LIST_NAMES: list_names,
    Switch.LIST_MAP: list_map,
    Switch.LIST_WRAPPED: list_wrapped,
    Switch.STATE_WORDS: state_words,
    Switch.TARGET: target,
    Switch.SOCKET_UI: socket_ui,
    Switch.LOGS_STRINGS: logs_strings,
    Switch.LOGS_OBJECTS: logs_objects,
    Switch.RESULTS_NULL: actions_answer(None),
    Switch.RESULTS_BOOL: actions_answer(True),
    Switch.RESULTS_OK: actions_answer("ok"),
    Switch.NO_LIST_FULL: lambda face: missing(face, "service.list_full"),
    Switch.NO_RESTART: lambda face: missing(face, "service.restart"),
    Switch.NO_ENABLE: lambda face: missing(face, "service.enable", "service.disable"),
    Switch.NO_SERVICE_LOGS: lambda face: missing(face, "service.logs"),
    Switch.API_DOMAIN: api_domain,
    Switch.NO_DOCUMENT: no_document,
    Switch.DOCUMENT_STRING: document_string,
    Switch.HTTP_ERRORS: http_errors,
    Switch.UNKNOWN_32000: unknown_32000,
}
"""What is different under each switch."""


@pytest.fixture
def fresh(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.state / "secrets.json").unlink(missing_ok=True)
    monkeypatch.setattr(translation, "JOB_TIMEOUT_MS", 200)  # a test is not to wait 5 s


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("switch", Switch)
async def test_each_switch_changes_the_wire(home: Home, switch: Switch) -> None:
    async with proc_face(home, switch) as face:
        assert await CHANGES[switch](face)


@pytest.fixture(scope="module")
async def usual(home: Home) -> AsyncIterator[ProcFace]:
    async with proc_face(home, name="usual/rpc.sock") as face:
        yield face


@pytest.mark.usefixtures("fresh")
@pytest.mark.parametrize("switch", Switch)
async def test_without_its_switch_the_wire_is_as_usual(usual: ProcFace, switch: Switch) -> None:
    try:
        changed = await CHANGES[switch](usual)
    except (AssertionError, KeyError, TypeError, AttributeError, ValueError):
        changed = False
    assert not changed


def test_any_two_switches_go_together(home: Home) -> None:
    jobs = JobMethods(home, Jobs(home, owner=os.getpid()))
    usual = [*jobs.methods(), *SecretMethods(home).methods()]
    for pair in itertools.combinations(Switch, 2):
        offered = translation.translate(usual, frozenset(pair))
        assert {"job", "secret"} == {name.replace("_", ".").split(".")[0] for name in offered}
        for name, method in offered.items():
            described = json.loads(json.dumps(method.describe()))
            assert described["name"] == name
            outer = [parameter["name"] for parameter in described["params"]]
            assert (outer == ["input"]) == (Switch.WRAPPED in pair and bool(method.parameters))


@pytest.mark.usefixtures("fresh")
async def test_many_switches_at_once_are_one_dialect(home: Home) -> None:
    on = (
        Switch.UNDERSCORE,
        Switch.WRAPPED,
        Switch.JOB_SUBMIT,
        Switch.JOB_SPEC,
        Switch.JOB_OBJECT,
        Switch.JOB_STRING,
        Switch.SECRET_NAMES,
        Switch.SECRET_LIST_REVEALS,
        Switch.LIST_MAP,
        Switch.LIST_NAMES,
        Switch.LIST_WRAPPED,
        Switch.STATE_WORDS,
    )
    async with proc_face(home, *on) as face:
        made = await face.result("job_submit", {"input": {"spec": {"script": "true"}}})
        assert made["job_id"].isdecimal()
        assert await face.result("job_get", {"input": made})
        address = {"context_name": "core", "name": "K", "secret_value": "v"}
        await face.result("secret_set", {"input": address})
        listed = await face.result("secret_list", {"input": {"context_name": "core"}})
        assert listed == {"secrets": [{"name": "K", "secret_value": "v"}]}
        for name in ("service_list", "service_list_full"):
            states = (await face.result(name))["services"]
            assert states["hero_down"] == "Inactive"


def test_switches_are_read_from_the_home_one_word_a_line(home: Home) -> None:
    assert read_switches(home) == USUAL
    throw(home, "# of the ancestor\nunderscore\n\n  state_words  # all seven\n")
    assert read_switches(home) == {Switch.UNDERSCORE, Switch.STATE_WORDS}


@pytest.mark.parametrize("content", [b"underscor\n", b"\xff\n"])
def test_a_wrong_switch_is_told_with_the_file(content: bytes) -> None:
    with short_folder() as folder:
        home = open_home(folder / "h")
        throw(home, content)
        with pytest.raises(PreviewError) as caught:
            read_switches(home)
        assert str(switches_file(home)) in caught.value.message
        done = subprocess.run(
            [*LEAN, "--home", str(home.root)], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 1
        assert done.stderr.strip() == caught.value.message


def test_every_switch_says_who_says_so() -> None:
    assert all("(" in switch.source and switch.source.endswith(")") for switch in Switch)


def test_a_preview_speaks_the_dialect_of_its_home() -> None:
    with short_folder() as folder:
        home = open_home(folder / "h")
        throw(home, "socket_ui\nlist_wrapped\n")
        node = PreviewNode(home.root, "--port", "0", "--few", command=LEAN)
        try:
            node.wait_ready()
            names = node.result("hero_proc", "service.list")["services"]
            assert "hero_books" in names
            paths = node.service("hero_books")["sockets"]
            (ui,) = (Path(path) for path in paths if path.endswith("ui.sock"))
            connection = UnixHttp(ui)
            connection.request("GET", "/health")
            assert connection.getresponse().status == 200
            connection.close()
        finally:
            node.stop()


def throw(home: Home, content: str | bytes) -> None:
    path = switches_file(home)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
