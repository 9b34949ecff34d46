"""The audit log of what is asked: every answer, who had it, and how many rows it was."""

import asyncio
import contextlib
import logging
import time
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from otel_lift.api.backend import Backend
from otel_lift.api.callers import Caller
from otel_lift.api.errors import ApiError
from otel_lift.api.work import Work
from otel_lift.errors import OtelLiftError
from otel_lift.jobs import Audited, JobContext
from otel_lift.jobs.audit_file import AuditRow
from otel_lift.jobs.audit_log import audit, record
from otel_lift.jobs.running import told

__all__ = ["Trail", "actor"]

logger = logging.getLogger(__name__)

_PERIOD = 1.0  # seconds in which reads are gathered
_MOST = 20_000  # reads that may wait to be recorded; past that, nobody is answered


def actor(caller: Caller) -> str:
    """Answer how the audit log names a caller."""
    return f"api:{caller.user}"


@dataclass(frozen=True, slots=True)
class _Noted:
    tenant: str
    row: AuditRow


class Trail:
    """Writes reads a second's worth at a time, so that they cost their reader nothing, and changes before they are made."""

    def __init__(self, backend: Backend, work: Work) -> None:
        """`work` has the threads in which it writes."""
        self._backend = backend
        self._work = work
        self._waiting: list[_Noted] = []

    def read(
        self,
        caller: Caller,
        context: JobContext,
        action: str,
        rows: Mapping[str, int],
        details: Mapping[str, str],
        person: str = "",
    ) -> None:
        """Note what was read, and about whom if it is one; raises ApiError 503 where too much waits to be written."""
        if len(self._waiting) >= _MOST:
            raise ApiError(503, "audit", "the audit log does not take more now; try again", {"Retry-After": "1"})
        row = AuditRow(
            uuid.uuid4().hex,
            time.time_ns(),
            actor(caller),
            action,
            context.gateway,
            person=person,
            rows=dict(rows),
            details=dict(details),
            outcome="done",
        )
        self._waiting.append(_Noted(caller.tenant, row))

    async def change(self, caller: Caller, context: JobContext, action: str, audited: Audited) -> None:
        """Record a change that is about to be made; raises RetryableError if that cannot be kept."""
        await self._work.run(audit, context, actor(caller), action, audited, "done")

    async def run(self) -> None:
        """Write what was noted, again and again, until cancelled; then what is left."""
        try:
            while True:
                await asyncio.sleep(_PERIOD)
                await self._flush()
        finally:
            with contextlib.suppress(OtelLiftError):
                self._write(self._taken())

    async def _flush(self) -> None:
        taken = self._taken()
        if taken:
            await asyncio.shield(self._work.run(self._write, taken))

    def _taken(self) -> list[_Noted]:
        taken, self._waiting = self._waiting, []
        return taken

    def _write(self, taken: list[_Noted]) -> None:
        by_tenant: dict[str, list[AuditRow]] = {}
        for one in taken:
            by_tenant.setdefault(one.tenant, []).append(one.row)
        for tenant, rows in by_tenant.items():
            try:
                record(self._backend.context_of(tenant), rows)
            except (OtelLiftError, ApiError) as error:
                logger.error("%s reads are not in the audit log: %s", len(rows), told(error))  # noqa: TRY400 - no personal text
