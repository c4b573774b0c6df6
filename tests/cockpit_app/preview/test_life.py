"""How a preview begins and ends: whatever happens, nothing of it stays behind."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from tests.cockpit_app.preview.lean import LEAN
from tests.preview_node import PreviewNode, until

FEW = ("--port", "0", "--few")


@contextmanager
def preview(home: Path, *options: str, command: tuple[str, ...] = LEAN) -> Iterator[PreviewNode]:
    node = PreviewNode(home, *(options or FEW), command=command)
    try:
        yield node
    finally:
        if node.process.poll() is None:
            node.process.kill()
        node.process.wait()
        assert node.process.stdout is not None
        node.process.stdout.close()
        if node.link:
            until(lambda: not node.processes(), what="no process is left")


def assert_nothing_left(node: PreviewNode) -> None:
    until(lambda: not node.processes(), within_s=8, what="no process is left")
    assert node.sockets() == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_everything_within_5_s(folder: Path, number: int) -> None:
    with preview(folder / "h") as node:
        node.wait_ready()
        assert len(node.processes()) >= 6
        node.process.send_signal(number)
        assert node.process.wait(5) == 0
        assert node.processes() == []
        assert node.sockets() == []


def test_what_does_not_end_when_asked_is_killed_within_the_5_s(folder: Path) -> None:
    with preview(folder / "h", *FEW, "--stubborn") as node:
        node.wait_ready()
        deaf = node.home / "var/logs/hero_stubborn.log"
        until(lambda: "deaf" in deaf.read_text(), what="it does not listen")
        node.process.send_signal(signal.SIGTERM)
        assert node.process.wait(5) == 0
        assert node.processes() == []


def test_a_signal_during_the_start_ends_everything(folder: Path) -> None:
    with preview(folder / "h") as node:
        until(node.processes, what="the first process")
        node.process.send_signal(signal.SIGTERM)
        assert node.process.wait(5) == 0
        assert_nothing_left(node)


def test_killing_the_preview_leaves_nothing(folder: Path) -> None:
    with preview(folder / "h") as node:
        node.wait_ready()
        node.process.kill()
        node.process.wait()
        assert_nothing_left(node)


def test_the_preview_itself_stays_light() -> None:
    """It must start quickly and leave the memory to what it runs."""
    heavy = ("flet", "httpx", "starlette", "uvicorn", "pydantic", "services", "views", "terminal")
    script = "import sys, cockpit_app.preview.node; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert set(heavy).isdisjoint(done.stdout.split())


def test_killing_supervisord_ends_the_preview_with_a_reason_and_leaves_nothing(
    folder: Path,
) -> None:
    with preview(folder / "h") as node:
        node.wait_ready()
        child(node, "supervisord").kill()
        assert node.process.wait(10) == 1
        assert "supervisord ended by itself" in node.stderr
        assert_nothing_left(node)


def test_the_death_of_whoever_started_it_leaves_nothing(folder: Path) -> None:
    home = folder / "h"
    script = (
        "import subprocess, sys; p = subprocess.Popen(sys.argv[1:], stdout=subprocess.PIPE);"
        "sys.stdout.write(p.stdout.readline().decode()); sys.stdout.flush(); p.wait()"
    )
    command = (sys.executable, "-c", script, *LEAN)
    with preview(home, *FEW, command=command) as starter:
        starter.wait_ready()
        starter.process.kill()
        starter.process.wait()
        until(lambda: not lean_processes(home), what="the preview ends with its parent")
        assert_nothing_left(starter)


@pytest.mark.parametrize("how", ["setsid", "nohup"])
def test_one_that_was_sent_away_outlives_whoever_started_it(folder: Path, how: str) -> None:
    home, out = folder / "h", folder / "out"
    out.touch()
    command = ["sh", "-c", f"{how} {' '.join(LEAN)} --home {home} --few >{out} 2>&1 &"]
    subprocess.run(command, check=True)
    until(lambda: "ready" in out.read_text(), within_s=30, what="the ready line")
    (running,) = lean_processes(home)
    assert psutil.Process(running.pid).ppid() != os.getpid()
    running.terminate()
    psutil.wait_procs([running], timeout=10)
    assert lean_processes(home) == []


def test_what_a_guest_left_running_ends_with_the_preview(folder: Path) -> None:
    with preview(folder / "h") as node:
        node.wait_ready()
        with console(node) as guest:
            guest.sendall(b"setsid sleep 4321 &\n")
            until(lambda: node.processes("sleep 4321"), what="the sleeper runs")
        assert len(node.processes("sleep 4321")) == 1
        node.stop()
        assert_nothing_left(node)


def test_a_second_preview_on_the_home_is_refused_and_the_first_is_unharmed(folder: Path) -> None:
    with preview(folder / "h") as first:
        first.wait_ready()
        before = {process.pid for process in first.processes()}
        with preview(folder / "h") as second:
            assert second.process.wait(10) == 1
            said = second.stderr
        # Both write the same file of errors; the refused one wrote last.
        assert f"A preview already runs on {first.home} (process {first.process.pid}, " in said
        assert f"http://127.0.0.1:{first.port})" in said
        assert f"hero_cockpit preview --home {first.home} --link" in said
        assert {process.pid for process in first.processes()} == before
        assert first.service("hero_books")["state"] in {"starting", "running"}


def test_a_taken_port_is_refused_before_anything_starts(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with preview(folder / "h", "--port", str(port), "--few") as node:
            assert node.process.wait(10) == 1
            assert f"Port {port} of 127.0.0.1 is taken; choose another with --port" in node.stderr
            assert node.processes() == []
            assert not (node.home / "var/preview/supervisord.conf").exists()


def test_a_home_that_cannot_be_written_is_told_in_one_sentence(folder: Path) -> None:
    in_the_way = folder / "h/var/preview/running.json"
    (in_the_way / "x").mkdir(parents=True)
    with preview(folder / "h") as node:
        assert node.process.wait(10) == 1
        assert node.stderr.splitlines() == [
            f"The preview cannot go on in {node.home}: Is a directory. "
            "Mend that, or choose another folder with --home."
        ]


def test_a_home_that_is_moved_away_ends_the_preview_with_a_sentence(folder: Path) -> None:
    with preview(folder / "h") as node:
        node.wait_ready()
        node.home.rename(folder / "moved")
        assert node.process.wait(10) == 1
        assert "was moved or removed while the preview ran in it" in node.stderr
        assert "Traceback" not in node.stderr
        until(lambda: not node.processes(), within_s=8, what="no process is left")


def test_the_next_start_finds_everything_as_it_was_left(folder: Path) -> None:
    home = folder / "h"
    with preview(home) as node:
        node.wait_ready()
        cookie = node.sign_in("viewer")
        node.result("hero_proc", "service.stop", {"name": "hero_books"})
        node.result("hero_proc", "service.start", {"name": "hero_voice"})
        target = str(node.socket("hero_aibroker/rpc.sock"))
        node.result("hero_proxy", "domain.add", {"domain": "ai.localhost", "target": target})
        node.stop()
    with preview(home) as node:
        node.wait_ready()
        assert node.service("hero_books")["state"] == "inactive"
        assert node.service("hero_books")["status"] == "stop"
        assert node.service("hero_voice")["state"] in {"starting", "running"}
        names = [row["domain"] for row in node.result("hero_proxy", "domain.list")]
        assert names == ["ai.localhost"]
        answer, _ = node.http("GET", "/hero_aibroker/admin/", headers={"Cookie": cookie})
        assert answer.status == 200
        node.stop()


def test_leftovers_of_a_crashed_run_are_swept_by_the_next(folder: Path) -> None:
    home = folder / "h"
    with preview(home) as node:
        node.wait_ready()
        with console(node) as shell:
            shell.sendall(b"setsid sleep 4321 &\n")
            (sleeper,) = until(lambda: node.processes("sleep 4321"), what="the sleeper runs")
            node.process.send_signal(signal.SIGSTOP)  # so that it cannot clean up
            for name in ("preview.guest", "supervisord"):
                child(node, name).kill()
            node.process.kill()
            node.process.wait()
        until(lambda: node.processes() == [sleeper], what="only the sleeper is left")
        assert node.socket("hero_compute/rpc.sock").is_socket()
        with preview(home) as again:
            again.wait_ready()
            assert not sleeper.is_running()
            assert again.result("hero_compute", "ComputeService.list_vms")
            again.stop()


def test_hero_proc_is_started_again_when_it_dies(folder: Path) -> None:
    with preview(folder / "h", *FEW, "--restart-proc-after", "1") as node:
        node.wait_ready()
        child(node, "proc_rpc").kill()
        until(lambda: "hero_proc ended" in node.stderr, what="a line on stderr")
        assert "started again in 1 s" in node.stderr
        until(lambda: answers(node), what="hero_proc answers again")
        node.stop()


def test_a_program_that_gives_up_is_named_with_the_end_of_its_log(folder: Path) -> None:
    with preview(folder / "h", *FEW, "--broken") as node:
        assert node.process.wait(40) == 1
        assert "hero_broken does not start." in node.stderr
        assert "cannot go on" in node.stderr
        assert_nothing_left(node)


def child(node: PreviewNode, word: str) -> psutil.Process:
    (found,) = node.processes(word)
    return found


def lean_processes(home: Path) -> list[psutil.Process]:
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        line = process.info["cmdline"] or []
        if LEAN[2] in line and str(home) in line and "-m" in line[:2]:
            found.append(process)
    return found


def answers(node: PreviewNode) -> bool:
    try:
        return "result" in node.rpc("hero_proc", "service.list")
    except OSError:
        return False


@contextmanager
def console(node: PreviewNode) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as guest:
        guest.settimeout(10)
        guest.connect(str(node.home / ".chvm/vms/preview/vsock.sock"))
        guest.sendall(b"CONNECT 1025\n")
        read_until(guest, b"OK ")
        yield guest


def read_until(guest: socket.socket, words: bytes) -> bytes:
    seen = b""
    while words not in seen:
        seen += guest.recv(4096)
    return seen
