"""A machine is visible to whoever has its secret, and to nobody else."""

import json
from pathlib import Path

import pytest

from cockpit_app.preview.compute_rpc import ComputeMethods
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
