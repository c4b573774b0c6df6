"""Consoles: opening, reading, typing."""

import base64

from services.contract.console import (
    ConsoleList,
    ConsoleScreen,
    ConsoleSummary,
    OneConsole,
    OpenConsole,
    OpenedConsole,
    ReadConsole,
    ResizeConsole,
    WriteConsole,
)
from services.errors import Invalid
from services.machine.consoles import Consoles
from services.models import Accepted
from services.params import NoParams


class ConsoleHandler:
    """The operations on consoles."""

    def __init__(self, consoles: Consoles) -> None:
        self._consoles = consoles

    async def list_consoles(self, params: NoParams) -> ConsoleList:
        return await self._consoles.list()

    async def open_console(self, params: OpenConsole) -> OpenedConsole:
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


def _typed(params: WriteConsole) -> bytes:
    if (params.text is None) == (params.data_base64 is None):
        raise Invalid("Give either text or data_base64, and only one of them.")
    if params.text is not None:
        return params.text.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(params.data_base64 or "", validate=True)
    except ValueError as error:
        raise Invalid("The parameter data_base64 is not Base64.") from error
