"""A machine is visible to whoever has its secret, and to nobody else."""

import json
from pathlib import Path

import pytest

from cockpit_app.preview.compute_rpc import SECRET, ComputeMethods
from cockpit_app.preview.face import About, Face
from cockpit_app.preview.home import open_home
from cockpit_app.rpc.jsonrpc import Fault

OPEN = {"sid": "a", "name": "open", "hypervisor_id": "1", "secret": ""}
SEALED = {"sid": "b", "name": "sealed", "hypervisor_id": "2", "secret": "s3cret"}


@pytest.fixture
def face(folder: Path) -> Face:
    home = open_home(folder)
    (home.state / "machines.json").write_text(json.dumps([OPEN, SEALED]))
    return Face(About("hero_compute", "", "", ""), ComputeMethods(home).methods())


@pytest.mark.parametrize(("secret", "names"), [("", ["open"]), ("no", ["open"])])
async def test_a_wrong_secret_opens_only_what_is_open(
    face: Face, secret: str, names: list[str]
) -> None:
    seen = await face.call("ComputeService.list_vms", {"secret": secret})
    assert [machine["name"] for machine in seen] == names
    with pytest.raises(Fault, match="There is no virtual machine 'b'"):
        await face.call("ComputeService.get_vm", {"sid": "b", "secret": secret})


async def test_the_right_secret_opens_a_machine_and_is_not_told_back(face: Face) -> None:
    machine = await face.call("ComputeService.get_vm", {"sid": "b", "secret": "s3cret"})
    assert machine == {"sid": "b", "name": "sealed", "hypervisor_id": "2"}


async def test_a_new_home_has_a_machine_that_runs_one_that_is_stopped_and_a_protected_one(
    folder: Path,
) -> None:
    methods = ComputeMethods(open_home(folder)).methods()
    face = Face(About("hero_compute", "", "", ""), methods)
    seen = await face.call("ComputeService.list_vms", {})
    assert [(row["sid"], row["status"]) for row in seen] == [
        ("vm0001", "running"),
        ("vm0002", "stopped"),
    ]
    opened = await face.call("ComputeService.list_vms", {"secret": SECRET})
    assert "vm0003" in {row["sid"] for row in opened}
    assert SECRET not in json.dumps(opened)
