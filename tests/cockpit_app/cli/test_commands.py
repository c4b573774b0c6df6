"""The command line against a real node: answers, exit statuses, one sentence per failure."""

import json
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner

from cockpit_app.cli.root import root
from services.operations import OPERATIONS
from tests.cockpit_app.cli.program import Outcome, run
from tests.preview_node import PreviewNode, short_folder, until

SECRET = "gsk_wrong8Qm2Lw9xZcT4"


def _one_sentence(outcome: Outcome, *words: str) -> None:
    """Check that the command failed with one line that holds `words`, and without a trace."""
    assert outcome.status == 1, outcome
    assert outcome.out == ""
    lines = outcome.err.strip().splitlines()
    assert len(lines) == 1, outcome.err
    assert lines[0].startswith("hero_cockpit: ")
    for word in words:
        assert word in lines[0]


def test_services_are_listed_as_a_table_and_as_json(node: PreviewNode) -> None:
    table = run("services", "list", root=node.home)
    assert table.status == 0
    assert "hero_books" in table.out
    listed = run("services", "list", "--json", root=node.home)
    services = json.loads(listed.out)["services"]
    names = {row["name"] for row in node.result("hero_proc", "service.list_full")}
    assert {service["name"] for service in services} == names
    for service in services:
        assert set(service["facts"]) == {"supervisor", "sockets", "health"}


@pytest.mark.parametrize("before", [True, False])
def test_the_socket_may_be_named_before_and_after_the_command(
    node: PreviewNode, before: bool
) -> None:
    socket = ["--socket", str(node.socket("hero_cockpit/rpc.sock"))]
    command = ["services", "show", "hero_books", "--json"]
    outcome = run(*socket, *command) if before else run(*command, *socket)
    assert json.loads(outcome.out)["name"] == "hero_books"


def test_restart_waits_for_the_other_process(node: PreviewNode) -> None:
    before = node.service("hero_db")["pid"]
    outcome = run("services", "restart", "hero_db", "--json", root=node.home)
    assert outcome.status == 0, outcome
    service = json.loads(outcome.out)
    assert service["state"] == "running"
    assert service["pid"] == node.service("hero_db")["pid"] != before


def test_an_unknown_service_is_named_with_what_is_near(node: PreviewNode) -> None:
    _one_sentence(
        run("services", "restart", "hero_bookz", root=node.home), "hero_bookz", "hero_books"
    )


def test_an_unknown_method_is_named(node: PreviewNode) -> None:
    _one_sentence(run("call", "cockpit.restrat_service", root=node.home), "restart_service")


def test_parameters_that_are_not_json_are_told(node: PreviewNode) -> None:
    _one_sentence(run("call", "list_services", "{", root=node.home), "not JSON")


def test_a_raw_call_takes_names_with_and_without_prefix(node: PreviewNode) -> None:
    for method in ("whoami", "cockpit.whoami"):
        outcome = run("call", method, root=node.home)
        assert json.loads(outcome.out)["rights"] == ["read", "write", "admin"]


@pytest.mark.parametrize(
    ("method", "params"),
    [
        ("cockpit.set_byok_key", {"name": "GROQ_API_KEY", "value": SECRET}),
        ("set_byok_key", ["GROQ_API_KEY", SECRET]),
        ("test_byok_key", {"value": SECRET}),
        ("export_home", {"passphrase": SECRET}),
    ],
)
def test_a_secret_among_typed_parameters_is_wrong_usage_and_sent_nowhere(
    method: str, params: object
) -> None:
    with short_folder() as folder:
        outcome = run("call", method, json.dumps(params), root=folder)
    assert (outcome.status, outcome.out) == (2, "")
    assert "standard input" in outcome.err
    assert SECRET not in outcome.err


def test_parameters_are_read_from_standard_input_secrets_too(node: PreviewNode) -> None:
    given = json.dumps({"name": "GROQ_API_KEY", "value": SECRET})
    outcome = run("call", "test_byok_key", "-", root=node.home, typed=given)
    assert outcome.status == 0, outcome
    assert json.loads(outcome.out)["name"] == "GROQ_API_KEY"


def test_a_key_that_does_not_work_is_told_by_the_exit_status(node: PreviewNode) -> None:
    arguments = ["keys", "test", "GROQ_API_KEY", "--ask-value", "--json"]
    tested = run(*arguments, root=node.home, typed=SECRET + "\n")
    assert json.loads(tested.out)["reason"] == "wrong_key"
    assert tested.status == 1


def test_an_option_that_cannot_be_used_is_named_as_it_was_typed() -> None:
    with short_folder() as folder:
        outcome = run("shares", "open", "hero_books_web", "b", "--expires-in", "1s", root=folder)
    assert outcome.status == 2
    assert "The option --expires-in (in seconds) cannot be used" in outcome.err


def test_a_machine_without_a_cockpit_is_told_with_its_socket() -> None:
    with short_folder() as folder:
        _one_sentence(run("services", "list", root=folder), "rpc.sock", "--start", "PATH_ROOT")
        assert list(folder.iterdir()) == []


def test_wrong_usage_is_status_2(node: PreviewNode) -> None:
    assert run("services", "restart", root=node.home).status == 2
    assert run("no-such-command").status == 2
    assert run("--start", "--stop").status == 2


def test_a_second_server_of_the_same_sockets_is_refused(node: PreviewNode) -> None:
    _one_sentence(run("serve", root=node.home), "already served")
    assert run("services", "list", root=node.home).status == 0


def test_a_taken_port_is_refused_and_nothing_is_left() -> None:
    with short_folder() as folder, socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        _one_sentence(run("serve", "--port", port, root=folder), port)
        assert [path for path in folder.rglob("*") if path.is_socket()] == []


@pytest.mark.parametrize("content", [b"[front\n", b"[front]\nweb = 'x'\n", b"\xff\xfe", b"a = 1\n"])
def test_a_wrong_settings_file_is_named_and_left_alone(content: bytes) -> None:
    with short_folder() as folder:
        path = folder / "cfg" / "cockpit" / "cockpit.toml"
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        _one_sentence(run("serve", root=folder), "cockpit.toml")
        assert path.read_bytes() == content


def test_a_console_without_a_terminal_says_how_to_read_one(node: PreviewNode) -> None:
    _one_sentence(run("console", root=node.home), "consoles read main")


def test_a_console_is_written_and_read_by_commands(node: PreviewNode) -> None:
    assert run("consoles", "open", "--name", "cli", root=node.home).status == 0
    until(lambda: "$" in run("consoles", "read", "cli", root=node.home).out)
    written = run("consoles", "write", "cli", "--text", "echo $((6*7))\n", root=node.home)
    assert written.status == 0, written
    until(lambda: "42" in run("consoles", "read", "cli", root=node.home).out.splitlines())
    assert run("consoles", "close", "cli", root=node.home).status == 0
    _one_sentence(run("consoles", "read", "cli", root=node.home), "no console 'cli'")


def test_every_operation_has_its_command_with_help() -> None:
    for operation in OPERATIONS.values():
        group, verb = operation.command
        told = CliRunner().invoke(root, [group, verb, "--help"])
        assert told.exit_code == 0
        assert operation.name in told.output


def test_status_tells_by_its_exit_status(node: PreviewNode) -> None:
    running = run("--status", "--json", root=node.home)
    assert running.status == 0
    assert json.loads(running.out)["pid"] == node.service("hero_cockpit")["pid"]
    with short_folder() as folder:
        assert run("--status", root=folder).status == 1


def test_start_and_stop_without_a_supervisor() -> None:
    with short_folder() as folder:
        started = run("--start", "--json", root=folder)
        assert started.status == 0, started
        status = json.loads(started.out)
        assert status["running"]
        assert not status["supervised"]
        assert run("--start", root=folder).status == 0
        stopped = run("--stop", "--json", root=folder)
        assert stopped.status == 0, stopped
        assert not json.loads(stopped.out)["running"]
        assert _sockets(folder) == []


@contextmanager
def _silent_proc(root: Path) -> Iterator[None]:
    """Have a hero_proc at `root` that takes connections and never answers."""
    place = root / "var" / "sockets" / "hero_proc"
    place.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place / "rpc.sock"))
        listening.listen(64)
        yield


def test_nothing_is_started_beside_a_supervisor_that_is_silent() -> None:
    with short_folder() as folder, _silent_proc(folder):
        _one_sentence(run("--start", root=folder), "hero_proc does not answer", "--start")
        told = run("--status", "--json", root=folder)
        assert told.status == 1
        assert json.loads(told.out)["supervised"] is None
        assert not (folder / "var" / "hero_cockpit").exists()


def test_nothing_is_stopped_that_a_silent_supervisor_may_start_again() -> None:
    with short_folder() as folder:
        assert run("--start", root=folder).status == 0
        with _silent_proc(folder):
            _one_sentence(run("--stop", root=folder), "hero_proc does not answer", "--stop")
            assert run("--status", root=folder).status == 0
        shutil.rmtree(folder / "var" / "sockets" / "hero_proc")
        assert run("--stop", root=folder).status == 0


def test_the_cockpit_of_a_preview_that_does_not_run_is_not_started_alone() -> None:
    with short_folder() as folder:
        (folder / "var" / "preview").mkdir(parents=True)
        _one_sentence(run("--start", root=folder), f"hero_cockpit preview --home {folder}")


def test_a_preview_without_a_folder_is_refused() -> None:
    _one_sentence(run("preview", "--home", ""), "--home names no folder")


def test_info_is_json_for_the_installer() -> None:
    told = json.loads(run("--info").out)
    assert told["name"] == "hero_cockpit"
    assert [binary["kind"] for binary in told["binaries"]] == ["server"]


def _sockets(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_socket()]
