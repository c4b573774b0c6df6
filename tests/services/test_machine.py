import platform
from pathlib import Path

import pytest

from services.machine import machine_facts, mycelium_address


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
