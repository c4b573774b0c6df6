"""What a list of services costs: the cockpit's against supervisord's own XML-RPC, in one run."""

import json
import time
import xmlrpc.client
from collections.abc import Callable
from pathlib import Path

from supervisor.xmlrpc import SupervisorTransport

from tests.bench.figures import Figure, ratio, spread
from tests.preview_node import PreviewNode, UnixHttp

CALLS = 200
POLLED_CALLS = 10
STALE_S = 1.05
"""After this the cockpit asks hero_proc and the sockets again before it answers."""


def figures(node: PreviewNode) -> list[Figure]:
    """Measure the same list three ways, interleaved, on connections that are kept."""
    supervisor = _supervisor(node)
    proc = _json_rpc(node.socket("hero_proc/rpc.sock"), "service.list_full")
    cockpit = _json_rpc(node.socket("hero_cockpit/rpc.sock"), "cockpit.list_services")
    times: dict[str, list[float]] = {"supervisord": [], "hero_proc": [], "cockpit": []}
    calls = {"supervisord": supervisor, "hero_proc": proc, "cockpit": cockpit}
    for _ in range(CALLS):
        for name, call in calls.items():
            times[name].append(_timed(call))
    polled = []
    for _ in range(POLLED_CALLS):
        time.sleep(STALE_S)
        polled.append(_timed(cockpit))
    count = len(node.result("hero_proc", "service.list_full"))
    base = spread(f"supervisord getAllProcessInfo, {count} services", times["supervisord"])
    face = spread("preview's hero_proc service.list_full", times["hero_proc"])
    known = spread("cockpit.list_services, snapshot younger than 1 s", times["cockpit"])
    fresh = spread("cockpit.list_services, polled and probed first", polled)
    return [
        *base,
        *face,
        *known,
        ratio("  cockpit (known) / supervisord", known[0], base[0]),
        *fresh,
        ratio("  cockpit (polled, all sockets probed) / supervisord", fresh[0], base[0]),
    ]


def _timed(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def _supervisor(node: PreviewNode) -> Callable[[], object]:
    path = next((node.home / "var").rglob("supervisor*.sock"))
    transport = SupervisorTransport(serverurl=f"unix://{path}")
    server = xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport)
    return lambda: server.supervisor.getAllProcessInfo()


def _json_rpc(path: Path, method: str) -> Callable[[], object]:
    connection = UnixHttp(path)
    body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": {}})

    def call() -> object:
        connection.request("POST", "/rpc", body, {"Content-Type": "application/json"})
        return json.loads(connection.getresponse().read())["result"]

    return call
