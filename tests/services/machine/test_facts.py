import platform
import shutil
from pathlib import Path

import pytest

from services.machine.facts import DISK, MEMORY, machine_facts, mycelium_address, shortages


def test_the_facts_are_those_of_this_machine(tmp_path: Path) -> None:
    facts = machine_facts(tmp_path)
    assert facts["hostname"] == platform.node()
    assert facts["memory"].total_bytes > facts["memory"].available_bytes > 0
    assert facts["disk"].total_bytes >= facts["disk"].free_bytes > 0
    assert facts["uptime_s"] > 0
    assert facts["cpu_count"] >= 1
    assert facts["flet"].count(".") == 2


def test_facts_of_a_home_that_is_not_there_are_left_out(tmp_path: Path) -> None:
    facts = machine_facts(tmp_path / "nothing")
    assert facts["disk"] is None
    assert facts["mycelium_address"] is None


CONFIGURATIONS = [
    ('[mycelium]\nipv6_address = "400:1::2"\n', "400:1::2"),
    ('[mycelium]\nipv6_address = "400:1::2/64"\n', "400:1::2"),
    ('[mycelium]\nipv6_address = "10.0.0.1"\n', None),
    ('[mycelium]\nipv6_address = "x; rm"\n', None),
    ("[mycelium]\n", None),
    ("mycelium = 5\n", None),
    ("not toml", None),
    ("", None),
]


@pytest.mark.parametrize(("text", "address"), CONFIGURATIONS)
def test_the_mycelium_address_is_read_if_it_is_one(
    tmp_path: Path, text: str, address: str | None
) -> None:
    (tmp_path / "cfg").mkdir()
    (tmp_path / "cfg" / "hero_cfg.toml").write_text(text)
    assert mycelium_address(tmp_path) == address


def with_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, available_kib: int) -> None:
    usage = type(shutil.disk_usage(tmp_path))(200_000_000_000, 0, 100_000_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    meminfo = tmp_path / "meminfo"
    meminfo.write_text(f"MemTotal: 8000000 kB\nMemAvailable: {available_kib} kB\n")
    monkeypatch.setattr("services.machine.facts.MEMINFO", meminfo)


@pytest.mark.parametrize(
    ("available_kib", "was", "short"),
    [
        (4_000_000, frozenset(), []),
        (350_000, frozenset(), [MEMORY]),
        (450_000, frozenset(), []),
        (450_000, frozenset({MEMORY}), [MEMORY]),
        (650_000, frozenset({MEMORY}), []),
    ],
)
def test_memory_runs_short_below_a_limit_and_is_enough_well_above_it(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    available_kib: int,
    was: frozenset[str],
    short: list[str],
) -> None:
    with_memory(tmp_path, monkeypatch, available_kib)
    assert list(shortages(tmp_path, was)) == short


def test_a_shortage_is_said_with_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with_memory(tmp_path, monkeypatch, 350_000)
    usage = type(shutil.disk_usage(tmp_path))(200_000_000_000, 0, 1_200_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage)
    assert shortages(tmp_path) == {
        DISK: "The disk is nearly full: 1.2 GB of 200 GB are free.",
        MEMORY: "Memory is nearly used up: 358 MB of 8.2 GB are free.",
    }
