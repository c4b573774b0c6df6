"""What is written for supervisord is what it reads, whatever signs are in it."""

import contextlib
import shlex
from pathlib import Path
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from supervisor.options import ServerOptions

from cockpit_app.preview.apps import catalog
from cockpit_app.preview.first_builds import furnish
from cockpit_app.preview.home import Home, open_home
from cockpit_app.preview.programs import Program, WantedStates, load_programs, save_programs
from cockpit_app.preview.supervisor_config import LEASH, config_path, write_config
from tests.preview_node import short_folder

WORDS = st.text(st.characters(min_codepoint=32, max_codepoint=126))


def program(*command: str) -> Program:
    return Program(name="odd", title="", description="", version="", command=command)


def read_by_supervisord(home: Home) -> list[Any]:
    options = ServerOptions()
    with contextlib.chdir(home.root):
        options.realize(["-c", str(config_path(home))])
    (group,) = options.process_group_configs
    assert group.name == "hero"
    return list(group.process_configs)


@settings(max_examples=60)
@given(words=st.lists(WORDS, min_size=1, max_size=4), name=st.sampled_from(["h", "%(x)s", "a ;b#"]))
def test_commands_and_paths_arrive_as_they_were_given(words: list[str], name: str) -> None:
    with short_folder() as folder:
        home = open_home(folder / name)
        write_config(home, [program("sh", *words)], WantedStates(home))
        (read,) = read_by_supervisord(home)
        assert shlex.split(read.command) == [*LEASH, "sh", *words]
        assert home.root / read.stdout_logfile == home.log_of("odd")


def test_only_wanted_programs_are_started_with_supervisord(folder: Path) -> None:
    home = open_home(folder / "h")
    furnish(home, catalog())
    wanted = WantedStates(home)
    wanted.set("hero_books", False)
    wanted.set("hero_voice", True)
    write_config(home, catalog(), WantedStates(home))
    down = {read.name for read in read_by_supervisord(home) if not read.autostart}
    not_installed = {app.name for app in catalog() if not app.installed}
    assert down == {"hero_books", "hero_foundry"} | not_installed


def test_what_was_taken_away_is_not_started_though_it_is_wanted(folder: Path) -> None:
    home = open_home(folder / "h")
    furnish(home, catalog())
    (home.bin / "hero_books").unlink()
    write_config(home, catalog(), WantedStates(home))
    (books,) = [read for read in read_by_supervisord(home) if read.name == "hero_books"]
    assert not books.autostart


def test_programs_are_read_as_they_were_noted(folder: Path) -> None:
    home = open_home(folder / "h")
    assert load_programs(home) == []
    save_programs(home, catalog())
    assert load_programs(home) == catalog()
