"""Carries the operations out on this machine: the only place where rights are checked."""

import asyncio
import base64
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel

from services.actions import Actions
from services.api import Operation
from services.claims import Right, current_identity, require
from services.consoles import Consoles
from services.contract.console import (
    ConsoleList,
    ConsoleScreen,
    ConsoleSummary,
    OneConsole,
    OpenConsole,
    ReadConsole,
    ResizeConsole,
    WriteConsole,
)
from services.contract.machine import SystemInfo, Whoami
from services.contract.service import ChangeService, ListServices, OneService, ServiceList, Watch
from services.discretion import shown_to, told_to_guest
from services.errors import CockpitError, Invalid, Unreachable
from services.health import counts, health_sentence
from services.machine import machine_facts
from services.models import Accepted, Service, Snapshot
from services.params import NoParams
from services.store import Store

P = TypeVar("P", bound=BaseModel)
R = TypeVar("R", bound=BaseModel)


class Cockpit:
    """Everything a user can do, done here; one method per operation, named like it."""

    def __init__(
        self, *, store: Store, actions: Actions, consoles: Consoles, home: Path, version: str
    ) -> None:
        """Serve the machine whose Hero directories are below `home`."""
        self._store = store
        self._actions = actions
        self._consoles = consoles
        self._home = home
        self._version = version
        self._started = time.monotonic()

    async def call(self, operation: Operation[P, R], params: P) -> R:
        """Check the caller's right, carry `operation` out, hide what the caller may not see.

        Raises one of the five kinds of `CockpitError`.
        """
        identity = require(operation.right, operation.short.replace("_", " ").capitalize())
        if not isinstance(params, operation.params):
            raise Invalid(f"{operation.name} takes {operation.params.__name__}.")
        method: Callable[[Any], Any] = getattr(self, operation.short)
        try:
            result: R = await method(params)
        except CockpitError as error:
            if not identity.is_guest:
                raise
            raise told_to_guest(error) from error
        return shown_to(identity, result)

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

    async def system_info(self, params: NoParams) -> SystemInfo:
        snapshot = await self._store.fresh()
        facts = await asyncio.to_thread(machine_facts, self._home)
        return SystemInfo(
            version=self._version,
            cockpit_uptime_s=int(time.monotonic() - self._started),
            health=health_sentence(snapshot),
            counts=counts(snapshot),
            source=snapshot.source,
            **facts,
        )

    async def whoami(self, params: NoParams) -> Whoami:
        identity = current_identity()
        return Whoami(
            name=identity.name,
            user=identity.user,
            guest=identity.is_guest,
            rights=tuple(right for right in Right if identity.may(right)),
            via=identity.via,
            impersonator=identity.impersonator,
        )

    async def list_consoles(self, params: NoParams) -> ConsoleList:
        return await self._consoles.list()

    async def open_console(self, params: OpenConsole) -> ConsoleSummary:
        return await self._consoles.open(name=params.name, vm=params.vm)

    async def read_console(self, params: ReadConsole) -> ConsoleScreen:
        return await self._consoles.read(
            params.console, since=params.since, timeout_s=params.timeout_s
        )

    async def write_console(self, params: WriteConsole) -> Accepted:
        await self._consoles.write(params.console, _typed(params))
        return Accepted()

    async def resize_console(self, params: ResizeConsole) -> ConsoleSummary:
        return await self._consoles.resize(params.console, rows=params.rows, columns=params.columns)

    async def close_console(self, params: OneConsole) -> Accepted:
        await self._consoles.end(params.console)
        return Accepted()

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


def _typed(params: WriteConsole) -> bytes:
    if (params.text is None) == (params.data_base64 is None):
        raise Invalid("Give either text or data_base64, and only one of them.")
    if params.text is not None:
        return params.text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(params.data_base64 or "", validate=True)
    except ValueError as error:
        raise Invalid("The parameter data_base64 is not Base64.") from error
