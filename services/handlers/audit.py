"""The audit and the time line."""

from services.audit.log import AuditLog
from services.audit.timeline import TimeLines
from services.contract.audit import (
    AskWhatChanged,
    AuditPage,
    AuditVerdict,
    ReadTimeLine,
    SearchAudit,
    TimeLine,
    WhatChanged,
)
from services.params import NoParams


class AuditHandler:
    """The operations that look back."""

    def __init__(self, audit: AuditLog, lines: TimeLines) -> None:
        self._audit = audit
        self._lines = lines

    async def search_audit(self, params: SearchAudit) -> AuditPage:
        return await self._audit.search(params)

    async def verify_audit(self, params: NoParams) -> AuditVerdict:
        return await self._audit.verify()

    async def read_time_line(self, params: ReadTimeLine) -> TimeLine:
        return await self._lines.read(params)

    async def what_changed(self, params: AskWhatChanged) -> WhatChanged:
        return await self._lines.what_changed(params.name)
