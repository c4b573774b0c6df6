"""Whatever a daemon answers ends in a model or in one of the five errors, never in a traceback.

`HERO_CASES` sets how many bodies are tried: 2,000 unless told; `python -m tests.soak.answers` tries
100,000. A reader of foreign answers that is not in one of the tables below is not tried.
"""

import copy
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import BaseModel

from services.apps.releases import read_release
from services.clock import SystemClock
from services.contract.service import LIST_SERVICES, ListServices
from services.defaults import DEFAULTS
from services.errors import KINDS, CockpitError
from services.hero.compute import Compute
from services.hero.job_reports import JobSpec, read_job, read_job_id, read_jobs, read_lines
from services.hero.proc import ProcClient
from services.hero.proxy import ProxyClient
from services.hero.proxy_routes import looks_like_routes, read_added, read_routes
from services.hero.reports import looks_like_services, read_service, read_services
from services.hero.secret_reports import read_names, read_value, says_absent, says_exists
from services.hero.vm_reports import looks_like_vms, read_vm, read_vms
from services.keys.providers import Question
from services.keys.verdict import judge
from services.machine.facts import mycelium_address
from services.machine.log_text import read_line
from services.remote import Remote
from services.state.history import first_seen
from services.state.probe import Prober
from services.state.truth import derive
from services.text.visible_text import read_page
from services.wire.discovery import methods_of
from services.wire.node import LocalNode
from services.wire.outside import OutsideAnswer
from services.wire.reply import parse_json, read_failure, read_result
from services.wire.rpc import RpcClient
from tests.services.daemons import Request, http, serving, short_directory

CASES = int(os.environ.get("HERO_CASES", "2000"))
NOW = datetime(2026, 11, 20, 12, 0, 0, tzinfo=UTC)


def verdicts(result: Any) -> Iterator[object]:
    """What a person is told of each service in a list, through history and truth."""
    for report in [*read_services(result), read_service(result, name="x")]:
        past = first_seen(report, NOW)
        past.note(report, now=NOW)
        yield derive(past.known((), said_at=NOW, now=NOW))
        yield report


RESULTS: Mapping[str, Callable[[Any], object]] = {
    "services": verdicts,
    "services' shape": looks_like_services,
    "methods": lambda r: methods_of(r).keys(),
    "job": lambda r: read_job(r, job_id="7"),
    "job id": read_job_id,
    "jobs": read_jobs,
    "lines": read_lines,
    "secret": read_value,
    "secret names": lambda r: read_names(r, context="core"),
    "machines": lambda r: read_vms(r, secret="s"),
    "machine": lambda r: read_vm(r, sid="vm1", secret="s"),
    "machines' shape": looks_like_vms,
    "routes": read_routes,
    "added route": lambda r: read_added(r, domain="books.example"),
    "routes' shape": looks_like_routes,
    "release": read_release,
}
"""Readers of a JSON-RPC result or of a JSON document."""

BODIES: Mapping[str, Callable[[bytes], object]] = {
    "reply": lambda b: read_result(b, request_id=1, daemon="d", method="m"),
    "failure": lambda b: read_failure(b, daemon="d", method="m"),
    "page": lambda b: [read_page(b, kind) for kind in ("text/html", "text/plain", "x;charset=u7")],
    "log line": lambda b: read_line(b.decode("utf-8", "replace")),
    "key": lambda b: [
        judge(OutsideAnswer(status, b, {}), Question("GET", "/models"))
        for status in (200, 400, 401, 402, 403, 404, 429, 500, 503)
    ],
    "words": lambda b: [says_absent(t := b.decode("latin-1")), says_exists(t)],
}
"""Readers of bytes."""

REAL = (
    [{"name": "hero_books", "state": "running", "status": "start", "pid": 7, "uptime_ms": 5000,
      "restart_count": 1, "sockets": ["rpc"], "memory_bytes": 1, "last_exit": {"exit_code": 3}}],
    {"services": {"hero_books": {"spec": {"status": "stop"}, "state": "retrying",
                                 "next_retry_ms": 900, "signal": 9}}},
    {"hero_books": "Running", "hero_db": "Error"},
    {"job": {"id": 7, "phase": "success", "exit_code": 0, "name": "lab build"}},
    {"lines": [{"line": "up", "level": 30, "epoch": 1763640000.5, "timestamp": "2026-11-20"}]},
    ["[info] one\ntwo", "1763640000\t1\t7\t254\ttag\ttext"],
    {"secrets": [{"context": "core", "key": "GROQ_API_KEY", "value": "v"}]},
    {"vms": [{"sid": "vm1", "secret": "s", "state": "Running", "cpu": 2,
              "mycelium_ip": "400::1"}]},
    {"domains": [{"id": 3, "domain": "books.example", "target": "/s/web.sock",
                  "auth_mode": "oauth", "allowed_emails": ["a@b.c"]}]},
    {"tag_name": "v1.2.3", "name": "latest", "body": "- notes", "prerelease": False},
    {"openrpc": "1.2.6", "methods": [{"name": "service.list", "params": [
        {"name": "input", "schema": {"properties": {"name": {"type": "string"}}}}]}]},
    {"jsonrpc": "2.0", "id": 1, "error": {"code": -32601, "message": "Method not found"}},
    {"error": {"message": "Incorrect API key", "code": "invalid_api_key", "type": "x"}},
)  # fmt: skip
"""Answers as daemons really give them; the mutations start here."""


def words_of(value: Any) -> Iterator[str]:
    """Every key and text in a value: what readers look for."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from words_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from words_of(inner)
    elif isinstance(value, str):
        yield value


WORDS = sorted({word for value in REAL for word in words_of(value)})
numbers = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0, -1, 2**31, 2**63, -(2**64), 10**400, 1e308, -1e308, 5e-324, 1e16]),
)
texts = st.text(max_size=20) | st.sampled_from(
    [*WORDS, "x" * 5000, "\x1b[31m", "\u202e", "2026-99-99", "9999-12-31T23:59:59-23:59", "1e400"]
)
leaves = st.one_of(st.none(), st.booleans(), numbers, texts)
any_json = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(WORDS) | st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=8,
)


@st.composite
def bent(draw: st.DrawFn) -> Any:
    """A real answer in which some values were replaced by any others, or left out."""
    holder = [copy.deepcopy(draw(st.sampled_from(REAL)))]
    for _ in range(draw(st.integers(1, 6))):
        place: Any = holder
        while True:
            keys = range(len(place)) if isinstance(place, list) else list(place)
            key = draw(st.sampled_from(keys))
            if not isinstance(place[key], dict | list) or not place[key] or draw(st.booleans()):
                break
            place = place[key]
        if isinstance(place, dict) and draw(st.integers(0, 4)) == 0:
            del place[key]
            if not holder[0]:
                break
        else:
            alike = numbers if isinstance(place[key], int | float) else texts
            place[key] = draw(alike if draw(st.booleans()) else any_json)
            if not isinstance(holder[0], dict | list) or not holder[0]:
                break
    return holder[0]


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A real answer with bytes cut out, put in, or turned into others."""
    body = json.dumps(draw(st.sampled_from(REAL))).encode()
    begin, end = sorted(draw(st.tuples(*[st.integers(0, len(body))] * 2)))
    return body[:begin] + draw(st.binary(max_size=8)) + body[end:]


nested = st.integers(1, 3000).map(lambda depth: b"[" * depth + b"]" * depth)
results = any_json | bent()
envelopes = results.map(lambda r: json.dumps({"jsonrpc": "2.0", "id": 1, "result": r}).encode())
plain = results.map(lambda r: json.dumps(r).encode())
bodies = st.one_of(plain, envelopes, torn(), st.binary(max_size=300), nested)


def settle(value: object) -> None:
    """Take a reader's outcome apart to the last text; each must fit into UTF-8 and JSON."""
    if isinstance(value, BaseModel):
        value.model_dump_json()
    elif is_dataclass(value) and not isinstance(value, type):
        settle(asdict(value))
    elif isinstance(value, Mapping):
        settle([*value.keys(), *value.values()])
    elif isinstance(value, str):
        value.encode()
    elif isinstance(value, Iterator | list | tuple | set | frozenset):
        for inner in value:
            settle(inner)


def told(error: CockpitError) -> None:
    """An error is of one of the five kinds and says something that fits on a page."""
    assert isinstance(error, KINDS)
    assert error.message
    assert len(error.message) < 2000
    error.message.encode()


@settings(max_examples=CASES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(body=bodies)
def test_any_bytes_end_in_a_model_or_in_one_of_the_five_errors(body: bytes) -> None:
    for read in BODIES.values():
        try:
            settle(read(body))
        except CockpitError as error:
            told(error)
    try:
        value = parse_json(body)
    except ValueError:
        return
    inner = value.get("result") if isinstance(value, dict) else None
    for read_value_of in RESULTS.values():
        settle(read_value_of(value))
        settle(read_value_of(inner))


@settings(max_examples=max(20, CASES // 20), deadline=None)
@given(content=st.binary(max_size=200) | bodies)
def test_any_bytes_in_a_file_of_the_machine_are_an_address_or_none(content: bytes) -> None:
    with short_directory() as home:
        (home / "cfg").mkdir()
        (home / "cfg" / "hero_cfg.toml").write_bytes(content)
        assert mycelium_address(home) is None


Call = Callable[[Path], Awaitable[object]]


@asynccontextmanager
async def supervisor(socket: Path) -> AsyncIterator[ProcClient]:
    proc = ProcClient(RpcClient(LocalNode(), [socket], daemon="hero_proc"))
    try:
        yield proc
    finally:
        await proc.close()


def of_proc(ask: Callable[[ProcClient], Awaitable[object]]) -> Call:
    async def call(socket: Path) -> object:
        async with supervisor(socket) as proc:
            return await ask(proc)

    return call


async def machines(socket: Path) -> object:
    compute = Compute(
        RpcClient(LocalNode(), [socket], daemon="hero_compute"), vms=socket.parent / "vms"
    )
    try:
        return await compute.list(secret="s")
    finally:
        await compute.close()


async def names(socket: Path) -> object:
    proxy = ProxyClient(RpcClient(LocalNode(), [socket], daemon="hero_proxy"))
    try:
        return await proxy.list()
    finally:
        await proxy.close()


async def cockpit(socket: Path) -> object:
    async with Remote(LocalNode(), socket) as remote:
        params = ListServices.model_validate({})
        return await remote.call(LIST_SERVICES, params)


async def health(socket: Path) -> object:
    prober = Prober(LocalNode(), SystemClock(), http_kinds=DEFAULTS.http_kinds)
    await prober.look([socket])
    return prober.seen(socket)


CALLS: Mapping[str, Call] = {
    "list": of_proc(lambda p: p.list()),
    "status": of_proc(lambda p: p.status("hero_books")),
    "restart": of_proc(lambda p: p.restart("hero_books")),
    "enable": of_proc(lambda p: p.enable("hero_books")),
    "logs": of_proc(lambda p: p.logs("hero_books")),
    "submit": of_proc(lambda p: p.submit(JobSpec("x", ("true",)))),
    "job": of_proc(lambda p: p.job("7")),
    "jobs": of_proc(lambda p: p.jobs()),
    "job logs": of_proc(lambda p: p.job_logs("7")),
    "secret": of_proc(lambda p: p.secret("core", "GROQ_API_KEY")),
    "set secret": of_proc(lambda p: p.set_secret("core", "GROQ_API_KEY", "v")),
    "secret names": of_proc(lambda p: p.secret_names("core")),
    "machines": machines,
    "names": names,
    "cockpit": cockpit,
    "health": health,
}
"""What clients ask over a real socket, where the daemon answers everything alike."""


@settings(
    max_examples=max(20, CASES // 10), deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
@given(ask=st.sampled_from(sorted(CALLS)), result=results, body=bodies, status=st.integers(0, 9))
async def test_clients_meet_any_answer_with_a_model_or_one_of_the_five_errors(
    ask: str, result: Any, body: bytes, status: int
) -> None:
    async def answer(request: Request) -> bytes:
        try:
            sent = json.loads(request.body)["id"]
        except ValueError:
            return http(body)
        if status > 6:
            return http(body, (401, 404, 500)[status - 7])
        reply = json.dumps({"jsonrpc": "2.0", "id": sent, "result": result})
        return http(reply if status > 2 else body)

    with short_directory() as folder:
        async with serving(folder / "web.sock", answer):
            try:
                settle(await CALLS[ask](folder / "web.sock"))
            except CockpitError as error:
                told(error)
