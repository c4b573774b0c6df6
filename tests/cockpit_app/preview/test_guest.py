"""The guest behind the vsock: the handshake row by row, and shells that are real and separate."""

import hashlib
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import pytest

from tests.preview_node import PreviewNode, until

PROMPT = b"driver@preview:~$ "


@contextmanager
def vsock(node: PreviewNode) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(10)
        connection.connect(str(node.home / ".chvm/vms/preview/vsock.sock"))
        yield connection


@contextmanager
def shell(node: PreviewNode) -> Iterator[socket.socket]:
    with vsock(node) as connection:
        connection.sendall(b"CONNECT 1025\n")
        read_until(connection, PROMPT)
        yield connection


def read_until(connection: socket.socket, words: bytes) -> bytes:
    seen = b""
    while words not in seen:
        data = connection.recv(65536)
        assert data, f"the guest hung up after {seen[-200:]!r}"
        seen += data
    return seen


def say(connection: socket.socket, line: str, until_words: bytes) -> bytes:
    connection.sendall(line.encode() + b"\n")
    return read_until(connection, until_words)


def pid_of(connection: socket.socket) -> int:
    # The sum keeps the line that the terminal echoes apart from the answer.
    words = say(connection, "echo pid=$$.$((40+2))", b".42\r\n")
    return int(words.rpartition(b"pid=")[2].partition(b".")[0])


def test_the_console_port_is_answered_with_the_number_of_another(node: PreviewNode) -> None:
    with vsock(node) as connection:
        connection.sendall(b"CONNECT 1025\n")
        line, _, _ = read_until(connection, b"\n").partition(b"\n")
        word, number = line.split()
        assert word == b"OK"
        assert number.isdigit()
        assert number != b"1025"


@pytest.mark.parametrize(
    "words",
    [
        b"CONNECT 1024\n",
        b"CONNECT 22\n",
        b"connect 1025\n",
        b"CONNECT\n",
        b"CONNECT x\n",
        b"CONNECT -1025\n",
        b"GET / HTTP/1.1\r\n",
        b"CONNECT " + b"1" * 40,
        b"\n",
    ],
)
def test_anything_else_is_hung_up_on_without_an_answer(node: PreviewNode, words: bytes) -> None:
    with vsock(node) as connection:
        connection.sendall(words)
        assert connection.recv(100) == b""


def test_what_follows_the_request_in_the_same_write_reaches_the_shell(node: PreviewNode) -> None:
    with vsock(node) as connection:
        connection.sendall(b"CONNECT 1025\necho early-$((6*7))\n")
        assert read_until(connection, b"early-42").startswith(b"OK ")


def test_a_shell_is_a_login_on_a_terminal_of_24_by_80(node: PreviewNode) -> None:
    with shell(node) as connection:
        assert b"24 80" in say(connection, "stty size", b"24 80")
        assert b"xterm-256color C.UTF-8 driver" in say(
            connection, 'echo "$TERM $LANG" $USER', b"driver\r\n"
        )
        home = str(node.home / "guest").encode()
        assert home in say(connection, "pwd; echo $((1+1))done", b"2done")
        assert b"/dev/" in say(connection, "tty", b"/dev/pts")


def test_a_shell_knows_nothing_of_the_machine_it_runs_on(node: PreviewNode) -> None:
    with shell(node) as connection:
        variables = say(connection, "env | cut -d= -f1; echo $((1+1))done", b"2done")
        names = {line.strip().decode() for line in variables.splitlines()}
        assert "HOME" in names
        assert not {name for name in names if name.startswith(("PYTHON", "SUPERVISOR"))}
        assert "PATH_ROOT" not in names


def test_two_shells_are_independent(node: PreviewNode) -> None:
    with shell(node) as one, shell(node) as two:
        say(one, "x=first; cd /; echo $((1+1))ok", b"2ok")
        seen = say(two, 'echo "[$x]$((1+1))"; pwd', b"guest\r\n")
        assert b"[]2" in seen
        assert pid_of(one) != pid_of(two)


def test_ctrl_c_reaches_the_program_in_front(node: PreviewNode) -> None:
    with shell(node) as connection:
        connection.sendall(b"sleep 4324\n")
        until(lambda: node.processes("sleep 4324"), what="the program runs")
        connection.sendall(b"\x03")
        read_until(connection, PROMPT)
        assert not node.processes("sleep 4324")


def test_hanging_up_ends_the_shell_and_its_jobs(node: PreviewNode) -> None:
    with shell(node) as connection:
        connection.sendall(b"sleep 4325 & sleep 4326\n")
        until(lambda: node.processes("sleep 4325") and node.processes("sleep 4326"))
    until(lambda: not (node.processes("sleep 4325") or node.processes("sleep 4326")), within_s=40)


def test_a_shell_that_ends_closes_the_connection(node: PreviewNode) -> None:
    with shell(node) as connection:
        connection.sendall(b"exit\n")
        while connection.recv(4096):
            continue


def test_what_ignores_the_hang_up_is_killed_with_its_jobs(node: PreviewNode) -> None:
    with shell(node) as connection:
        connection.sendall(b"trap '' HUP; sleep 4327 & exec sleep 4329\n")
        until(lambda: node.processes("sleep 4327") and node.processes("sleep 4329"))
    until(lambda: not (node.processes("sleep 4327") or node.processes("sleep 4329")))


def test_what_was_told_to_stay_outlives_its_shell(node: PreviewNode) -> None:
    with shell(node) as connection:
        connection.sendall(b"nohup sleep 4330 >/dev/null 2>&1 &\n")
        (stays,) = until(lambda: node.processes("sleep 4330"), what="the job runs")
        pid = pid_of(connection)
    until(lambda: pid not in {p.pid for p in node.processes()}, what="the shell is gone")
    assert stays.is_running()
    stays.kill()


def test_a_flood_waits_for_its_reader_and_loses_nothing(node: PreviewNode) -> None:
    with shell(node) as connection, shell(node) as other:
        connection.sendall(b"seq 1 200000; echo $((1+1))end\n")
        say(other, "echo $((20+3))alive", b"23alive")  # while the first is not read
        seen = read_until(connection, b"2end\r\n")
        numbers = [line for line in seen.split(b"\r\n") if line.isdigit()]
        # The first stands behind the shell's own escape sequence.
        assert numbers == [str(n).encode() for n in range(2, 200_001)]


def test_a_long_paste_arrives_whole(node: PreviewNode) -> None:
    with shell(node) as connection:
        say(connection, "stty -echo -icanon; echo $((1+1))raw", b"2raw")
        connection.sendall(b"head -c 300000 | md5sum; stty sane\n")
        connection.sendall(b"x" * 300_000)
        read_until(connection, hashlib.md5(b"x" * 300_000).hexdigest().encode())


def test_connections_that_come_and_go_do_the_guest_no_harm(node: PreviewNode) -> None:
    guest = psutil.Process(node.service("hero_compute")["pid"])
    until(lambda: not guest.children(), within_s=40, what="the shells of other tests are gone")
    before = guest.num_fds()
    for number in range(60):
        with vsock(node) as connection:
            connection.sendall(b"CONNECT 1025\n")
            if number % 2:  # hang up while the shell is being started, or at its first word
                connection.recv(3)
    until(lambda: not guest.children(), within_s=40, what="every shell is gone")
    until(lambda: guest.num_fds() <= before, within_s=40, what="every descriptor is closed")
    assert node.service("hero_compute")["pid"] == guest.pid


def test_the_socket_is_private(node: PreviewNode) -> None:
    mode = (node.home / ".chvm/vms/preview/vsock.sock").stat().st_mode
    assert stat.S_IMODE(mode) == 0o600


def test_the_record_of_the_machine_leads_to_its_socket(node: PreviewNode) -> None:
    machine, stopped = node.result("hero_compute", "ComputeService.list_vms")
    assert stopped["status"] == "stopped"
    folder = node.home / ".chvm/vms" / machine["hypervisor_id"]
    assert (folder / "vsock.sock").is_socket()
    assert machine["status"] == "running"
    same = node.result("hero_compute", "ComputeService.get_vm", {"sid": machine["sid"]})
    assert same == machine
    assert "secret" not in machine
    error = node.rpc("hero_compute", "ComputeService.get_vm", {"sid": "vm9"})["error"]
    assert error["code"] == -32000
