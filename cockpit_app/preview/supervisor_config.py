"""Writes supervisord's configuration from the list of programs.

supervisord runs in the home, and every path in it is relative: some are expanded twice, so that no
escape of a percent sign would be right. Source: supervisor 4.3 documentation, "Configuration File".
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from cockpit_app.preview.home import Home
from cockpit_app.preview.programs import STOP_WAIT_S, Program, WantedStates
from cockpit_app.preview.records import write_private

LEASH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")))
"""Put before a command, it keeps the command from outliving the process that starts it."""

GROUP = "hero"
START_SECONDS = 1
START_RETRIES = 3


def config_path(home: Home) -> Path:
    """Return where the configuration of this home is written."""
    return home.state / "supervisord.conf"


def write_config(home: Home, programs: Iterable[Program], wanted: WantedStates) -> None:
    """Write the configuration that runs `programs`, those that are wanted up at once."""
    programs = list(programs)
    # One group: supervisord stops groups one after the other, the members of one all at once.
    members = ",".join(program.name for program in programs)
    group = _section(f"group:{GROUP}", {"programs": members})
    sections = [_head(home), group]
    sections += [_program(home, program, start=wanted.of(program)) for program in programs]
    write_private(config_path(home), "\n".join(sections).encode())


def _head(home: Home) -> str:
    server = _section(
        "supervisord",
        {
            "nodaemon": "true",
            "silent": "true",
            "logfile": _inside(home, home.log_of("supervisord")),
            "logfile_maxbytes": "1MB",
            "logfile_backups": "1",
            "pidfile": _inside(home, home.state / "supervisord.pid"),
            "childlogdir": _inside(home, home.logs),
            "umask": "077",
        },
    )
    door = _section(
        "unix_http_server", {"file": _inside(home, home.supervisor_socket), "chmod": "0600"}
    )
    factory = "supervisor.rpcinterface:make_main_rpcinterface"
    face = _section("rpcinterface:supervisor", {"supervisor.rpcinterface_factory": factory})
    return "\n".join((server, door, face))


def _program(home: Home, program: Program, *, start: bool) -> str:
    return _section(
        f"program:{program.name}",
        {
            "command": " ".join(_word(word) for word in (*LEASH, *program.command)),
            "autostart": "true" if start else "false",
            "autorestart": "unexpected",
            "exitcodes": "0",
            "startsecs": str(START_SECONDS),
            "startretries": str(START_RETRIES),
            "stopwaitsecs": str(STOP_WAIT_S),
            "stopasgroup": "true",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": _inside(home, home.log_of(program.name)),
            "stdout_logfile_maxbytes": "1MB",
            "stdout_logfile_backups": "1",
        },
    )


def _section(name: str, options: Mapping[str, str]) -> str:
    lines = [f"{key}={value}" for key, value in options.items() if value]
    return "\n".join((f"[{name}]", *lines, ""))


def _inside(home: Home, path: Path) -> str:
    return str(path.relative_to(home.root))


def _word(word: str) -> str:
    """Return one word of a command, which is expanded, cut at ` ;` and ` #`, and split by shlex."""
    escaped = word.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    for comment in ";#":
        escaped = escaped.replace(f" {comment}", f' ""{comment}')
    return f'"{escaped}"'
