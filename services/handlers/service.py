"""Services: listing, watching, starting, stopping."""

from services.contract.service import ChangeService, ListServices, OneService, ServiceList, Watch
from services.errors import Unreachable
from services.models import Service, Snapshot
from services.state.actions import Actions
from services.state.store import Store


class ServiceHandler:
    """The operations on services, over the store and its actions."""

    def __init__(self, store: Store, actions: Actions) -> None:
        self._store = store
        self._actions = actions

    async def list_services(self, params: ListServices) -> ServiceList:
        snapshot = await self._heard()
        wanted = [service for service in snapshot.services if _matches(service, params)]
        return ServiceList(
            services=tuple(wanted),
            source=snapshot.source,
            revision=snapshot.revision,
            at=snapshot.at,
        )

    async def get_service(self, params: OneService) -> Service:
        return await self._actions.find(params.name)

    async def start_service(self, params: ChangeService) -> Service:
        return await self._actions.run("start", params.name, wait=params.wait)

    async def stop_service(self, params: ChangeService) -> Service:
        return await self._actions.run("stop", params.name, wait=params.wait)

    async def restart_service(self, params: ChangeService) -> Service:
        return await self._actions.run("restart", params.name, wait=params.wait)

    async def watch(self, params: Watch) -> Snapshot:
        return await self._store.watch(since=params.since, timeout_s=params.timeout_s)

    async def _heard(self) -> Snapshot:
        """Return a fresh snapshot; raises Unreachable when hero_proc never answered."""
        snapshot = await self._store.fresh()
        if snapshot.at is None:
            raise Unreachable(snapshot.source.sentence)
        return snapshot


def _matches(service: Service, params: ListServices) -> bool:
    sought = params.filter.casefold().strip()
    texts = (service.name, service.title, service.description)
    return (params.state is None or service.state is params.state) and (
        not sought or any(sought in text.casefold() for text in texts)
    )
