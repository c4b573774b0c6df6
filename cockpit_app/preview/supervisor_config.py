"""Writes supervisord's configuration from the list of programs.

Source: supervisor 4.3 documentation, "Configuration File"; percent signs are expanded by it, and
a value is cut at a blank followed by `;` or `#`, which `open_home` keeps out of paths.
"""

import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from cockpit_app.preview.home import Home, write_private
from cockpit_app.preview.programs import STOP_WAIT_S, Program, WantedStates

LEASH = (sys.executable, "-I", "-S", str(Path(__file__).with_name("leash.py")))
"""Put before a command, it keeps the command from outliving the process that starts it."""

GROUP = "hero"
START_SECONDS = 1
START_RETRIES = 5


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
            "logfile": _plain(str(home.log_of("supervisord"))),
            "logfile_maxbytes": "1MB",
            "logfile_backups": "1",
            "pidfile": _plain(str(home.state / "supervisord.pid")),
            "childlogdir": _plain(str(home.logs)),
            "directory": _plain(str(home.root)),
            "umask": "077",
        },
    )
    door = _section(
        "unix_http_server", {"file": _plain(str(home.supervisor_socket)), "chmod": "0600"}
    )
    factory = "supervisor.rpcinterface:make_main_rpcinterface"
    face = _section("rpcinterface:supervisor", {"supervisor.rpcinterface_factory": factory})
    return "\n".join((server, door, face))


def _program(home: Home, program: Program, *, start: bool) -> str:
    return _section(
        f"program:{program.name}",
        {
            "command": " ".join(_word(word) for word in (*LEASH, *program.command)),
            "environment": ",".join(f"{k}={_quoted(v)}" for k, v in program.environment.items()),
            "autostart": "true" if start else "false",
            "autorestart": "unexpected",
            "exitcodes": "0",
            "startsecs": str(START_SECONDS),
            "startretries": str(START_RETRIES),
            "stopwaitsecs": str(STOP_WAIT_S),
            "stopasgroup": "true",
            "killasgroup": "true",
            "redirect_stderr": "true",
            "stdout_logfile": _plain(str(home.log_of(program.name))),
            "stdout_logfile_maxbytes": "1MB",
            "stdout_logfile_backups": "1",
        },
    )


def _section(name: str, options: Mapping[str, str]) -> str:
    lines = [f"{key}={value}" for key, value in options.items() if value]
    return "\n".join((f"[{name}]", *lines, ""))


def _plain(value: str) -> str:
    """Return a value that is taken as it stands: percent signs doubled."""
    return value.replace("%", "%%")


def _quoted(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return _plain(f'"{escaped}"')


def _word(word: str) -> str:
    """Return one word of a command line, which supervisord splits as a shell would."""
    return _quoted(word) if set(word) & set(" \t'\"\\;") or not word else _plain(word)
