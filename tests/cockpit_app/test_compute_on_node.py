"""The virtual machine of a whole preview, as hero_compute tells it."""

import pytest

from services.contract.compute import VmState
from services.errors import NotFound
from services.hero.compute import Compute
from services.wire.node import LocalNode
from tests.preview_node import PreviewNode


async def test_the_machine_of_a_preview_is_found_with_its_console(node: PreviewNode) -> None:
    sockets, machines = node.home / "var" / "sockets", node.home / ".chvm" / "vms"
    compute = Compute.at(LocalNode(), sockets, vms=machines)
    try:
        listed = await compute.list()
        assert listed.present
        vms = {vm.sid: vm for vm in listed.vms}
        guest = vms["vm0001"]
        assert (guest.state, guest.console) == (VmState.RUNNING, "preview")
        assert await compute.get("vm0001") == guest
        assert [sid for sid, vm in vms.items() if vm.console] == ["vm0001"]
        for sid in ("vm0003", "vm9999"):
            with pytest.raises(NotFound):
                await compute.get(sid, secret="guess")
    finally:
        await compute.close()
