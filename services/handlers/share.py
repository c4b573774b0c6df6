"""Shares: listing, opening, looking again, closing."""

from services.contract.share import ExposeService, ListShares, OneShare, Share, ShareList
from services.params import NoParams
from services.shares.shares import Shares


class ShareHandler:
    """The operations on shares."""

    def __init__(self, shares: Shares) -> None:
        self._shares = shares

    async def list_shares(self, params: ListShares) -> ShareList:
        return await self._shares.list(closed=params.closed)

    async def expose_service(self, params: ExposeService) -> Share:
        return await self._shares.open(params)

    async def unexpose_service(self, params: OneShare) -> Share:
        return await self._shares.close(params.domain_id)

    async def check_share(self, params: OneShare) -> Share:
        return await self._shares.check(params.domain_id)

    async def close_shares(self, params: NoParams) -> ShareList:
        return await self._shares.close_all()
