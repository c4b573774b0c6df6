"""What a list costs at 20, 200 and 2,000 services, and how soon a change wakes who watches.

The cockpit is the real one, in a process of its own; hero_proc and the services are small servers
on real sockets in this process.
"""

import asyncio
import os
import resource
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.figures import Figure, ratio, spread
from tests.preview_node import UnixHttp, result_of, short_folder, until
from tests.services.daemons import HttpServer, Supervisor, health_handler

SIZES = (20, 200, 2000)
CALLS = 100
WAKES = 20
STALE_S = 1.05


def figures() -> list[Figure]:
    """Measure each size with a cockpit of its own; the ratio is that of the largest."""
    resource.setrlimit(
        resource.RLIMIT_NOFILE, (8192, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    )
    found: list[Figure] = []
    lists: list[Figure] = []
    for size in SIZES:
        with _machine(size) as (socket, supervisor):
            known, bare = _list_times(socket, supervisor)
            lists.append(known[0])
            found += [
                *known,
                *bare,
                ratio("  cockpit (known) / hero_proc's own list", known[0], bare[0]),
            ]
            found += _polled(socket, size)
            found += _wakes(socket, size)
    found.append(ratio("list of 2000 / list of 20", lists[-1], lists[0]))
    return found


def _list_times(socket: Path, supervisor: Path) -> tuple[list[Figure], list[Figure]]:
    count = len(result_of(socket, "cockpit.list_services")["services"])
    ours, theirs = [], []
    for _ in range(CALLS):
        ours.append(_timed(socket, "cockpit.list_services"))
        theirs.append(_timed(supervisor, "service.list_full"))
    return (
        spread(f"cockpit.list_services of {count} (known)", ours),
        spread(f"service.list_full of {count}", theirs),
    )


def _polled(socket: Path, size: int) -> list[Figure]:
    times = []
    for _ in range(5):
        time.sleep(STALE_S)
        times.append(_timed(socket, "cockpit.list_services"))
    return spread(f"cockpit.list_services of {size}, polled first", times)


def _wakes(socket: Path, size: int) -> list[Figure]:
    """Time from an accepted start or stop to the answer of a watch that was waiting."""
    times = []
    for _ in range(WAKES):
        since = result_of(socket, "cockpit.watch", timeout_s=0)["revision"]
        woken: list[float] = []
        watcher = threading.Thread(target=_watch, args=(socket, since, woken))
        watcher.start()
        time.sleep(0.05)
        begun = time.perf_counter()
        result_of(socket, "cockpit.restart_service", name="hero_app0000", wait=False)
        watcher.join()
        times.append(woken[0] - begun)
        until(lambda: not _pending(socket))
    return spread(f"watch wakes after an action, {size} services", times)


def _watch(socket: Path, since: int, woken: list[float]) -> None:
    result_of(socket, "cockpit.watch", since=since, timeout_s=20)
    woken.append(time.perf_counter())


def _pending(socket: Path) -> bool:
    return result_of(socket, "cockpit.get_service", name="hero_app0000")["pending"] is not None


def _timed(socket: Path, method: str) -> float:
    connection = UnixHttp(socket)
    connection.connect()
    body = f'{{"jsonrpc":"2.0","id":1,"method":"{method}","params":{{}}}}'
    start = time.perf_counter()
    connection.request("POST", "/rpc", body, {"Content-Type": "application/json"})
    connection.getresponse().read()
    taken = time.perf_counter() - start
    connection.close()
    return taken


@contextmanager
def _machine(size: int) -> Iterator[tuple[Path, Path]]:
    """Run `size` services, their hero_proc and a cockpit; give the sockets of the last two."""
    with short_folder() as root, _servers(root / "var" / "sockets", size) as supervisor:
        environment = os.environ | {"PATH_ROOT": str(root)}
        cockpit = subprocess.Popen(
            [sys.executable, "-m", "cockpit_app", "serve"],
            env=environment,
            stderr=subprocess.DEVNULL,
        )
        try:
            socket = root / "var" / "sockets" / "hero_cockpit" / "rpc.sock"
            until(socket.exists, within_s=30)
            until(lambda: _all_seen(socket, size), within_s=120, what="all services seen")
            yield socket, supervisor
        finally:
            cockpit.send_signal(signal.SIGTERM)
            cockpit.wait(20)


def _all_seen(socket: Path, size: int) -> bool:
    try:
        counts = result_of(socket, "cockpit.system_info")["counts"]
    except OSError:
        return False
    return bool(counts.get("running") == size)


@contextmanager
def _servers(sockets: Path, size: int) -> Iterator[Path]:
    """Serve from a loop in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(60)

    supervisor = Supervisor()
    served = [HttpServer(sockets / "hero_proc" / "rpc.sock", supervisor.handler())]
    for number in range(size):
        name = f"hero_app{number:04}"
        path = sockets / name / "web.sock"
        supervisor.add(name, sockets=[str(path)])
        served.append(HttpServer(path, health_handler))
    try:
        for server in served:
            do(server.start())
        yield sockets / "hero_proc" / "rpc.sock"
    finally:
        for server in served:
            do(server.stop())
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
