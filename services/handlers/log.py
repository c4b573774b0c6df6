"""Logs of services."""

from services.contract.log import ReadLogs, ServiceLog
from services.machine.logs import Logs


class LogHandler:
    """The operation on logs."""

    def __init__(self, logs: Logs) -> None:
        self._logs = logs

    async def read_logs(self, params: ReadLogs) -> ServiceLog:
        return await self._logs.read(
            params.name, lines=params.lines, contains=params.contains, level=params.level
        )
