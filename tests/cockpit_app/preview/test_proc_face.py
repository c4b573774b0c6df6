"""The preview's hero_proc speaks JSON-RPC as the reference says, and tells the truth."""

import contextlib
import json
import os
import signal
import statistics
import time
from typing import Any

import psutil
import pytest

from tests.preview_node import PreviewNode, UnixHttp, until


def post(
    node: PreviewNode, body: bytes, content_type: str = "application/json"
) -> tuple[int, bytes]:
    with contextlib.closing(UnixHttp(node.socket("hero_proc/rpc.sock"))) as connection:
        connection.request("POST", "/rpc", body, {"Content-Type": content_type})
        answer = connection.getresponse()
        return answer.status, answer.read()


def get(node: PreviewNode, path: str, service: str = "hero_proc") -> tuple[int, Any]:
    with contextlib.closing(UnixHttp(node.socket(f"{service}/rpc.sock"))) as connection:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())


def rows(node: PreviewNode) -> dict[str, dict[str, Any]]:
    return {row["name"]: row for row in node.result("hero_proc", "service.list_full")}


def state_becomes(node: PreviewNode, name: str, state: str) -> dict[str, Any]:
    row: dict[str, Any] = until(
        lambda: (row := node.service(name))["state"] == state and row, what=f"{name} is {state}"
    )
    return row


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"[]", -32600),
        (b"7", -32600),
        (b'{"jsonrpc":"1.0","id":1,"method":"service.list"}', -32600),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.lost"}', -32601),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.status"}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.status","params":{"name":7}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.status","params":{"nom":"x"}}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.status","params":["a","b"]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.logs","params":["hero_db",0]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.logs","params":["hero_db",true]}', -32602),
        (b'{"jsonrpc":"2.0","id":1,"method":"service.status","params":{"name":"x"}}', -32000),
    ],
)
def test_errors_travel_in_http_200_with_their_code(
    node: PreviewNode, body: bytes, code: int
) -> None:
    status, answer = post(node, body)
    assert status == 200
    assert json.loads(answer)["error"]["code"] == code


def test_notifications_are_answered_with_204_and_nothing(node: PreviewNode) -> None:
    one = b'{"jsonrpc":"2.0","method":"service.list"}'
    assert post(node, one) == (204, b"")
    assert post(node, b"[" + one + b"]") == (204, b"")


def test_parameters_may_be_positional(node: PreviewNode) -> None:
    assert node.result("hero_proc", "service.status", ["hero_db"])["name"] == "hero_db"


def test_what_is_not_json_by_its_type_is_refused_in_plain_text(node: PreviewNode) -> None:
    status, body = post(node, b"a=b", "application/x-www-form-urlencoded")
    assert status == 415
    assert b"application/json" in body
    assert post(node, b" " * (1 << 20) + b"{}")[0] == 413


@pytest.mark.parametrize("service", ["hero_proc", "hero_proxy", "hero_compute", "hero_books"])
def test_every_service_introduces_itself(node: PreviewNode, service: str) -> None:
    health = get(node, "/health", service)[1]
    assert (health["status"], health["service"]) == ("ok", service)
    assert health["version"]
    manifest = get(node, "/.well-known/heroservice.json", service)[1]
    assert (manifest["protocol"], manifest["name"], manifest["socket"]) == (
        "openrpc",
        service,
        "rpc",
    )
    document = get(node, "/openrpc.json", service)[1]
    assert node.result(service, "rpc.discover") == document
    assert document["openrpc"].startswith("1.")
    assert "rpc.discover" in {method["name"] for method in document["methods"]}


def test_the_document_names_every_parameter(node: PreviewNode) -> None:
    methods = {m["name"]: m for m in get(node, "/openrpc.json")[1]["methods"]}
    assert [p["name"] for p in methods["service.logs"]["params"]] == ["name", "lines"]
    assert [p["required"] for p in methods["service.logs"]["params"]] == [True, False]
    assert all(method["summary"] for method in methods.values())


def test_the_list_describes_every_program_truly(node: PreviewNode) -> None:
    described = rows(node)
    assert sorted(described) == node.result("hero_proc", "service.list")
    assert len(described) >= 18
    books = state_becomes(node, "hero_books", "running")
    process = psutil.Process(books["pid"])
    assert process.cmdline()[-1].endswith("/hero_books")
    assert books["sockets"] == [
        str(node.socket(f"hero_books/{kind}.sock")) for kind in ("rpc", "web", "admin")
    ]
    assert books["status"] == "start"
    assert books["memory_bytes"] > 1_000_000
    assert books["cpu_percent"] >= 0
    assert books["uptime_ms"] < 3_600_000
    voice = described["hero_voice"]
    assert (voice["state"], voice["status"], voice["pid"]) == ("inactive", "stop", None)
    whiteboard = {
        path for name in described if "whiteboard" in name for path in described[name]["sockets"]
    }
    assert whiteboard == {
        str(node.socket(f"hero_whiteboard/{kind}.sock")) for kind in ("rpc", "web", "admin")
    }


def test_a_restart_ends_with_another_process(node: PreviewNode) -> None:
    before = state_becomes(node, "hero_slides", "running")
    begun = time.monotonic()
    node.result("hero_proc", "service.restart", {"name": "hero_slides"})
    assert time.monotonic() - begun < 3
    after = state_becomes(node, "hero_slides", "running")
    assert after["pid"] != before["pid"]
    assert after["restart_count"] == before["restart_count"]  # it counts those nobody asked for
    assert not psutil.pid_exists(before["pid"])


def test_stop_and_start_change_what_is_and_what_is_wanted(node: PreviewNode) -> None:
    node.result("hero_proc", "service.stop", {"name": "hero_memory"})
    stopped = node.service("hero_memory")
    assert (stopped["state"], stopped["status"], stopped["pid"]) == ("inactive", "stop", None)
    assert stopped["uptime_ms"] is None
    assert not node.socket("hero_memory/rpc.sock").exists()
    error = node.rpc("hero_proc", "service.stop", {"name": "hero_memory"})["error"]
    assert (error["code"], error["message"]) == (-32003, "hero_memory is not running.")
    node.result("hero_proc", "service.start", {"name": "hero_memory"})
    assert state_becomes(node, "hero_memory", "running")["status"] == "start"
    error = node.rpc("hero_proc", "service.start", {"name": "hero_memory"})["error"]
    assert (error["code"], error["message"]) == (-32002, "hero_memory is running already.")


@pytest.mark.parametrize("verb", ["status", "start", "stop", "restart", "logs"])
def test_an_unknown_name_is_said_to_be_unknown(node: PreviewNode, verb: str) -> None:
    error = node.rpc("hero_proc", f"service.{verb}", {"name": "hero_lost"})["error"]
    assert error["code"] == -32000
    assert error["message"] == "There is no service named 'hero_lost'."


def test_a_killed_service_is_up_again_and_its_restart_is_counted(node: PreviewNode) -> None:
    before = state_becomes(node, "hero_osis", "running")
    os.kill(before["pid"], signal.SIGKILL)
    after = until(
        lambda: (row := node.service("hero_osis"))["pid"] not in (None, before["pid"]) and row,
        what="another process",
    )
    assert after["restart_count"] == before["restart_count"] + 1
    state_becomes(node, "hero_osis", "running")


def test_the_logs_of_a_service_are_its_last_lines(node: PreviewNode) -> None:
    with contextlib.closing(UnixHttp(node.socket("hero_embedder/rpc.sock"))) as connection:
        connection.request("GET", "/a-path-for-the-log")
        connection.getresponse().read()
    lines = until(
        lambda: logged(node, "hero_embedder", "a-path-for-the-log"), what="the request is logged"
    )
    assert "started, process" in "\n".join(lines)
    assert len(node.result("hero_proc", "service.logs", {"name": "hero_embedder", "lines": 1})) == 1


def test_the_full_list_is_quick(node: PreviewNode) -> None:
    times_ms = []
    for _ in range(40):
        begun = time.perf_counter()
        rows(node)
        times_ms.append((time.perf_counter() - begun) * 1000)
    assert statistics.median(times_ms) < 50  # 5 ms on an idle machine


def logged(node: PreviewNode, name: str, word: str) -> list[str] | None:
    lines = [line["line"] for line in node.result("hero_proc", "service.logs", {"name": name})]
    return lines if any(word in line for line in lines) else None
