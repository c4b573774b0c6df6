"""Apps: the catalog, installing, upgrading."""

from services.contract.job import Job
from services.contract.upgrade import Catalog, ListCatalog, OneApp, Upgrade, UpgradePlan
from services.upgrades.works import Upgrades


class UpgradeHandler:
    """The operations on apps."""

    def __init__(self, upgrades: Upgrades) -> None:
        self._upgrades = upgrades

    async def list_catalog(self, params: ListCatalog) -> Catalog:
        return await self._upgrades.catalog(params)

    async def install_service(self, params: OneApp) -> Job:
        return await self._upgrades.install(params.name)

    async def plan_upgrade(self, params: Upgrade) -> UpgradePlan:
        return await self._upgrades.plan(params)

    async def upgrade(self, params: Upgrade) -> Job:
        return await self._upgrades.upgrade(params)
