from pathlib import Path

import pytest

from services.claims import Identity, Right, acting_as
from services.cockpit import Cockpit
from services.contract import compute, share
from services.contract.compute import ListVms, OneVm
from services.contract.share import ExposeService, ListShares, OneShare, ShareState
from services.errors import NotAllowed, NotFound
from services.handlers.compute import ComputeHandler
from services.handlers.share import ShareHandler
from services.hero.compute import Compute
from services.params import NoParams
from services.wire.node import LocalNode
from tests.services.sharing import sharing

OWNER = Identity(user="owner", right=Right.WRITE)
VIEWER = Identity(user="viewer", right=Right.READ)


async def test_every_operation_on_shares_is_there_and_the_owners(sockets: Path) -> None:
    async with sharing(sockets) as s:
        cockpit = Cockpit([ShareHandler(s.shares)])
        example = ExposeService.model_validate(share.EXPOSE_SERVICE.example)
        with acting_as(OWNER):
            opened = await cockpit.call(share.EXPOSE_SERVICE, example)
            one = OneShare(domain_id=opened.domain_id)
            assert (await cockpit.call(share.CHECK_SHARE, one)).state is ShareState.OPEN
            listed = await cockpit.call(share.LIST_SHARES, ListShares())
            assert [found.subdomain for found in listed.shares] == ["mik"]
            assert (await cockpit.call(share.UNEXPOSE_SERVICE, one)).state is ShareState.CLOSED
            assert (await cockpit.call(share.CLOSE_SHARES, NoParams())).shares == ()


@pytest.mark.parametrize("who", [VIEWER, Identity()], ids=["viewer", "guest"])
async def test_nobody_else_shares_or_sees_shares(sockets: Path, who: Identity) -> None:
    async with sharing(sockets) as s:
        cockpit = Cockpit([ShareHandler(s.shares)])
        example = ExposeService.model_validate(share.EXPOSE_SERVICE.example)
        with acting_as(who):
            for asked in (
                cockpit.call(share.EXPOSE_SERVICE, example),
                cockpit.call(share.LIST_SHARES, ListShares()),
                cockpit.call(share.CLOSE_SHARES, NoParams()),
            ):
                with pytest.raises(NotAllowed):
                    await asked
        assert s.front.calls == []


async def test_the_operations_on_virtual_machines_are_there(sockets: Path) -> None:
    daemon = Compute.at(LocalNode(), sockets, vms=sockets / "vms")
    cockpit = Cockpit([ComputeHandler(daemon)])
    with acting_as(OWNER):
        assert not (await cockpit.call(compute.LIST_VMS, ListVms())).present
        with pytest.raises(NotFound):
            await cockpit.call(compute.GET_VM, OneVm(sid="vm0001"))
    await daemon.close()
